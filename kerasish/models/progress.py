"""The progress bar of a run over batches, reading as Keras's: `3/3 ━━━━ 0s 12ms/step`."""

from __future__ import annotations

import functools
import sys
import time
from typing import Any

_KNOWN = "{count} {bar:20} {seconds} {per_step}/step"
_UNKNOWN = "{count} {seconds} {per_step}/step"


class Progress:
    """Shows how many batches are done.

    Args:
        total: Number of batches, or None if it is not known.
        verbose: 0 for nothing, 1 or `"auto"` for a bar, 2 for a line at the end.

    Raises:
        ValueError: For another value of `verbose`.
    """

    def __init__(self, total: int | None, verbose: int | str) -> None:
        if verbose not in (0, 1, 2, "auto"):
            raise ValueError(
                "`verbose` is 0 (silent), 1 (a bar), 2 (a line) or 'auto'. "
                f"Received: verbose={verbose!r}"
            )
        self._bar = _bar_class()(total) if verbose in (1, "auto") else None
        self._writes_line = verbose == 2
        self._pace = Pace() if verbose == 2 else None

    def step(self) -> None:
        """Count one batch."""
        if self._pace is not None:
            self._pace.count()
        elif self._bar is not None:
            self._bar.pace.count()
            self._bar.update(1)

    def close(self) -> None:
        """Show the final state and end the line."""
        if self._pace is not None:
            done = self._pace.done
            print(
                f"{done}/{done} - {self._pace.elapsed:.0f}s - {duration(self._pace.per_step)}/step"
            )
        elif self._bar is not None:
            self._bar.finish()


class Pace:
    """How long the steps of a run take.

    Attributes:
        done: Number of steps so far.
    """

    def __init__(self) -> None:
        self.done = 0
        self._start = self._first = time.perf_counter()

    def count(self) -> None:
        """Count one step."""
        self.done += 1
        if self.done == 1:
            self._first = time.perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._start

    @property
    def per_step(self) -> float:
        """Mean seconds a step; the first, which warms things up, is left out if there are more."""
        if self.done > 1:
            return (time.perf_counter() - self._first) / (self.done - 1)
        return self.elapsed / max(self.done, 1)


@functools.lru_cache(maxsize=1)
def _bar_class() -> type:
    # Imported when first needed: most calls show no bar.
    from tqdm import tqdm

    class Bar(tqdm):
        """A bar with Keras's words."""

        def __init__(self, total: int | None) -> None:
            self.pace = Pace()
            super().__init__(
                total=total,
                bar_format=_KNOWN if total is not None else _UNKNOWN,
                ascii=" ━",
                file=sys.stdout,
                mininterval=0.05,
                delay=1e-9,  # nothing is shown before the first step
                leave=True,
            )

        @property
        def format_dict(self) -> dict[str, Any]:
            values = super().format_dict
            done, total = values["n"], values["total"]
            per_step = self.pace.per_step
            if total is None:
                values["count"] = f"{done:7d}/Unknown"
                seconds = self.pace.elapsed
            else:
                values["count"] = f"{done:>{len(str(total))}}/{total}"
                seconds = per_step * (total - done) if done < total else self.pace.elapsed
            values["seconds"] = remaining(seconds)
            values["per_step"] = duration(per_step)
            return values

        def finish(self) -> None:
            """Show all steps as done."""
            self.total, self.bar_format = self.n, _KNOWN
            self.refresh()
            self.close()

    return Bar


def duration(seconds: float) -> str:
    """Write the time of a step: `2s`, `13ms`, `650us`."""
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def remaining(seconds: float) -> str:
    """Write a time to wait: `42s`, `3:07`, `1:02:03`."""
    whole = int(seconds)
    if seconds > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if seconds > 60 else f"{seconds:.0f}s"
