"""What callbacks share that wait for a better value."""

from __future__ import annotations

import warnings
from typing import Any

from kerasish.callbacks.callback import Callback, Logs
from kerasish.trainers.compile_metrics import CompileMetrics


class Monitor(Callback):
    """A callback that compares the values of one metric.

    Args:
        monitor: Name of the value in the logs.
        mode: `"min"`, `"max"`, or `"auto"`: by the metric of that name, losses to smaller values.
        min_delta: Smallest change that counts.
    """

    def __init__(self, monitor: str, mode: str = "auto", min_delta: float = 0.0) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__}: `mode` is 'auto', 'min' or 'max'; 'auto' is taken for "
                f"mode={mode!r}.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.min_delta = abs(min_delta)
        self._sign: int | None = {"min": -1, "max": 1}.get(mode)

    def direction(self) -> int:
        """Return 1 if larger values are better, and -1 if smaller ones are.

        Raises:
            ValueError: If the metric's name does not tell.
        """
        if self._sign is None:
            self._sign = self._automatic()
        return self._sign

    def _automatic(self) -> int:
        name = self.monitor.removeprefix("val_")
        if name == "loss" or name.endswith("_loss"):
            return -1
        if name.startswith("fmeasure"):
            return 1
        found: list[Any] = []
        for metric in getattr(self.model, "metrics", ()):
            compiled = isinstance(metric, CompileMetrics)
            found += metric.metrics if compiled else [metric]
        for metric in found:
            if metric.name == name or name.endswith(f"_{metric.name}"):
                known = getattr(metric, "_direction", None)
                if known is not None:
                    return 1 if known == "up" else -1
                if "acc" in metric.name or "auc" in metric.name.lower():
                    return 1
        if "acc" in name:
            return 1
        raise ValueError(
            f"{type(self).__name__} can't tell whether {self.monitor!r} gets better upwards or "
            f"downwards; say mode='min' or mode='max'. Received: mode='auto'"
        )

    def is_better(self, value: Any, best: Any) -> bool:
        """Whether a value is better than the best one by more than `min_delta`."""
        if best is None:
            return True
        sign = self.direction()
        return sign * (float(value) - float(best)) > self.min_delta

    def value_in(self, logs: Logs) -> Any:
        """Return the value; None with a warning if it is not in the logs."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__} found no {self.monitor!r} in the logs; there are "
                f"{sorted(logs or {})}.",
                stacklevel=3,
            )
        return value
