"""`Progbar`: a progress bar that is told how far things are."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from kerasish.interactive_logging import print_message
from kerasish.models.progress import duration

_BOLD, _GREEN, _WHITE, _PLAIN = "\x1b[1m", "\33[32m", "\33[37m", "\x1b[0m"


class Progbar:
    """A progress bar reading as Keras's: `3/10 ━━━━ 2s 281ms/step - loss: 0.3121`.

    Args:
        target: Number of steps, or None if it is not known.
        width: Width of the bar, in characters.
        verbose: 1 for a bar, 2 for a line at the end, 0 for nothing.
        interval: Least seconds from one drawing to the next.
        stateful_metrics: Names of values that are shown as they are; others are averaged.
        stateless_metrics: Names of values that are averaged; others are shown as they are. Not
            together with `stateful_metrics`.
        unit_name: What a step is called.

    Raises:
        ValueError: If both kinds of names are given.

    See https://keras.io/api/utils/python_utils/#progbar-class.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Progbar takes `stateful_metrics` or `stateless_metrics`, not both. "
                f"Received: {list(stateful_metrics)} and {list(stateless_metrics)}"
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = None if stateful_metrics is None else set(stateful_metrics)
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        # Sum and weight of each value, in the order in which they came.
        self._sums: dict[str, tuple[Any, int]] = {}
        self._done = 0
        self._start = time.time()
        self._first: float | None = None
        self._drawn = 0.0
        self._drawn_width = 0
        self._moving = (
            getattr(sys.stdout, "isatty", lambda: False)()
            or "ipykernel" in sys.modules
            or "posix" in sys.modules
            or "PYCHARM_HOSTED" in os.environ
        )

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Go some steps on; see `update`."""
        self.update(self._done + n, values)

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Tell how far things are.

        Args:
            current: Number of steps done.
            values: Pairs of names and values of the steps since the last call.
            finalize: Whether this is the end; when `target` is reached by default.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            weight = max(current - self._done, 1)
            total, before = self._sums.get(name, (0.0, 0))
            if finalize or not self._is_averaged(name):
                total, before, weight = 0.0, 0, 1
            self._sums[name] = (total + value * weight, before + weight)
        self._done = current
        now = time.time()
        per_step = self._per_step(current, now)
        if self.verbose == 1:
            if now - self._drawn < self.interval and not finalize:
                return
            self._draw(current, now, per_step, finalize)
        elif self.verbose == 2 and finalize and self.target:
            elapsed = now - self._start
            print_message(
                f"{self._count(current)} - {elapsed:.0f}s - {duration(per_step)}/{self.unit_name}"
                f"{self._averages()}"
            )
        self._drawn = now

    def _is_averaged(self, name: str) -> bool:
        if self.stateless_metrics is not None:
            return name in self.stateless_metrics
        return name not in (self.stateful_metrics or ())

    def _per_step(self, current: int, now: float) -> float:
        """Mean seconds of a step; the first, which warms things up, is left out if it can be."""
        if not current:
            return 0
        if self._first is not None and current > 1:
            return (now - self._first) / (current - 1)
        if current == 1:
            self._first = now
        return (now - self._start) / current

    def _count(self, current: int) -> str:
        return f"{current:{len(str(self.target))}d}/{self.target}"

    def _draw(self, current: int, now: float, per_step: float, finalize: bool) -> None:
        seconds, left = f"{now - self._start:.0f}s", 0
        if self.target:
            full = int(self.width * current / self.target)
            left = self.width - full
            bar = f"{_GREEN}{'━' * full}{_PLAIN}" if full > 0 else ""
            line = f"{_BOLD}{self._count(current)}{_PLAIN} {bar}{_WHITE}{'━' * left}{_PLAIN}"
            if not finalize:
                seconds = _remaining(per_step * (self.target - current))
        else:
            line = f"{current:7d}/Unknown"
        line += f" {_BOLD}{seconds}{_PLAIN} {duration(per_step)}/{self.unit_name}"
        line += self._averages()
        shown = line
        for code in (_BOLD, _GREEN, _WHITE, _PLAIN):
            shown = shown.replace(code, "")
        blanks = " " * max(0, self._drawn_width - len(shown))
        start = "\b" * self._drawn_width + "\r" if self._moving else "\n"
        print_message(f"{start}{line}{blanks}" + ("\n" if finalize else ""), line_break=False)
        self._drawn_width = len(shown)

    def _averages(self) -> str:
        text = ""
        for name, (total, weight) in self._sums.items():
            mean = (total if isinstance(total, float) else np.mean(total)) / max(1, weight)
            # Keras writes all negative numbers with an exponent where there is a line alone.
            size = mean if self.verbose == 2 else abs(mean)
            text += f" - {name}: " + (f"{mean:.4f}" if size > 1e-3 else f"{mean:.4e}")
        return text


def _remaining(seconds: float) -> str:
    whole = int(seconds)
    if seconds > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if seconds > 60 else f"{whole}s"
