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

    def __init__(self) -> None:
        # On the instance, not the class, so that what `torch.compile` guards never appears or goes.
        self.training: bool | None = None
        self.depth = 0
        self.any_losses = False


CALL_CONTEXT = CallContext()
