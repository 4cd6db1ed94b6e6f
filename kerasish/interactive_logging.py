"""Whether messages and progress bars go to the screen or to Python's logging."""

from __future__ import annotations

import logging
import sys

_logger = logging.getLogger("kerasish")
_interactive = True


def enable_interactive_logging() -> None:
    """Let messages go to the screen, as they do from the start."""
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Let messages go to the logger `kerasish` of Python's `logging`, with level INFO."""
    global _interactive
    _interactive = False


def is_interactive_logging_enabled() -> bool:
    """Whether messages go to the screen."""
    return _interactive


def print_message(message: str, line_break: bool = True) -> None:
    """Write a message to the screen, or log it.

    Args:
        message: The message. Characters that the screen can't show are replaced.
        line_break: Whether the line ends after it.
    """
    if not _interactive:
        _logger.info(message.strip("\r\n\b"))
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        message.encode(encoding)
    except UnicodeEncodeError:
        message = message.replace("━", "=").encode(encoding, errors="ignore").decode(encoding)
    sys.stdout.write(f"{message}\n" if line_break else message)
    sys.stdout.flush()
