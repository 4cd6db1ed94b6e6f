"""The progress bar of a run over batches, reading as Keras's: `3/3 ━━━━ 0s 12ms/step`."""

from __future__ import annotations

import sys
from typing import Any

_LAYOUT = "{n_fmt}/{total_fmt} {bar:20} {seconds} {per_step}/step"


class Progress:
    """Shows how many batches are done.

    Args:
        total: Number of batches, or None if it is not known.
        verbose: 0 for nothing, 1 or `"auto"` for a bar, 2 for a line at the end.
    """

    def __init__(self, total: int | None, verbose: int | str) -> None:
        if verbose not in (0, 1, 2, "auto", True, False):
            raise ValueError(
                f"verbose is 0 (silent), 1 (a bar), 2 (a line) or 'auto'. Received: {verbose!r}"
            )
        self._bar = _make_bar(total) if verbose else None
        self._only_end = verbose == 2 and verbose is not True

    def step(self) -> None:
        """Count one batch."""
        if self._bar is None:
            return
        if self._only_end:
            self._bar.n += 1
        else:
            self._bar.update(1)

    def close(self) -> None:
        """Show the final state and end the line."""
        if self._bar is not None:
            self._bar.total = self._bar.n
            self._bar.refresh()
            self._bar.close()


def _make_bar(total: int | None) -> Any:
    from tqdm import tqdm

    class KerasBar(tqdm):
        """Writes the time as Keras does: seconds, and milliseconds a step."""

        @property
        def format_dict(self) -> dict[str, Any]:
            values = super().format_dict
            done, elapsed = values["n"], values["elapsed"]
            values["seconds"] = f"{int(elapsed)}s"
            values["per_step"] = _duration(elapsed / done) if done else "?"
            return values

    return KerasBar(
        total=total,
        bar_format=_LAYOUT if total is not None else "{n_fmt} {seconds} {per_step}/step",
        ascii=" ━",
        file=sys.stdout,
        mininterval=0.1,
        delay=1e-9,  # nothing is shown before the first step
        leave=True,
    )


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
