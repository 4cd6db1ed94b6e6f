"""What a running call hands down to the calls inside it."""

from __future__ import annotations

import threading


class CallContext(threading.local):
    """State of the running calls of one thread.

    Attributes:
        training: The flag that an enclosing call was given, or None where no call was given one.
        depth: How many calls of layers are running, one inside the other.
        any_losses: Whether any layer has ever added a loss; where none has, none need clearing.
    """

    training: bool | None = None
    depth: int = 0
    any_losses: bool = False


CALL_CONTEXT = CallContext()
