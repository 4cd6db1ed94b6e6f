"""The progress of a run over batches, reading as Keras's: `3/3 ━━━━ 0s 12ms/step - loss: 0.31`."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import time
from collections.abc import Mapping
from typing import Any

# Seconds from one drawing to the next.
_INTERVAL = 0.05


class Progress:
    """Shows how many batches are done.

    In a terminal or notebook the bar moves, as Keras's does; in a file its last state is written
    alone, and without colours.

    Args:
        total: Number of batches, or None if it is not known.
        verbose: 0 for nothing, 1 or `"auto"` for a bar, 2 for a line at the end.

    Raises:
        ValueError: For another value of `verbose`.
    """

    def __init__(self, total: int | None, verbose: int | str) -> None:
        from kerasish.utils.progbar import Progbar

        if verbose not in (0, 1, 2, "auto"):
            raise ValueError(
                "`verbose` is 0 (silent), 1 (a bar), 2 (a line) or 'auto'. "
                f"Received: verbose={verbose!r}"
            )
        terminal = getattr(sys.stdout, "isatty", lambda: False)()
        self._shows_bar = verbose in (1, "auto")
        self._moves = self._shows_bar and (terminal or "ipykernel" in sys.modules)
        self._bar: Any = None
        if verbose:
            self._bar = Progbar(total, verbose=1 if self._shows_bar else 2, stateless_metrics=())
        self._done, self._drawn = 0, 0.0

    @property
    def target(self) -> int | None:
        """Number of batches, known at the end at the latest."""
        return None if self._bar is None else self._bar.target

    def step(self, done: int, logs: Mapping[str, Any] | None = None) -> None:
        """Tell that so many batches are done; logs are read only if they are drawn."""
        self._done = done
        if not self._shows_bar:
            return
        now = time.time()
        if self._moves and now - self._drawn >= _INTERVAL:
            self._drawn = now
            # By names, as Keras gives the logs of batches; those of epochs are in order, with what
            # callbacks added at the end.
            self._bar.update(done, sorted(_values(logs)), finalize=False)
        elif done == 1:  # the first step warms things up, and does not count in the pace
            self._bar._per_step(done, now)

    def close(self, logs: Mapping[str, Any] | None = None) -> None:
        """Show the final state and end the line."""
        bar = self._bar
        if bar is None:
            return
        if bar.target is None:
            bar.target = self._done
        if self._moves or not self._shows_bar:
            bar.update(bar.target, _values(logs), finalize=True)
            return
        with contextlib.redirect_stdout(io.StringIO()) as written:
            bar.update(bar.target, _values(logs), finalize=True)
        print(re.sub(r"\x1b\[\d+m|[\r\b]", "", written.getvalue()), end="", flush=True)


def _values(logs: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return [
        (name, value if isinstance(value, (str, float, int)) else float(value))
        for name, value in (logs or {}).items()
    ]


def duration(seconds: float) -> str:
    """Write the time of a step: `2s`, `13ms`, `650us`."""
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
