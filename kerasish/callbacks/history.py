"""`History`: what `fit` returns."""

from __future__ import annotations

from typing import Any

from kerasish.callbacks.callback import Callback, Logs


class History(Callback):
    """Keeps losses and metrics of every epoch.

    Attributes:
        history: A list of values by name.
        epoch: The numbers of the epochs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget the epochs."""
        self.epoch: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Keep the logs."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self

    def plot(self, *names: str) -> Any:
        """Draw the curves, each metric with its validation, and return matplotlib's axes.

        Args:
            *names: Metrics to draw; all by default.

        Raises:
            ImportError: Without matplotlib.
            KeyError: If there is no such metric.
        """
        import matplotlib.pyplot as plt

        names = names or tuple(name for name in self.history if not name.startswith("val_"))
        _, axes = plt.subplots(1, len(names), squeeze=False, figsize=(5 * len(names), 4))
        for axis, name in zip(axes[0], names, strict=True):
            for label in (name, f"val_{name}"):
                if label in self.history or label == name:
                    values = self.history[label]
                    axis.plot(self.epoch[-len(values) :], values, label=label)
            axis.set_xlabel("epoch")
            axis.legend()
        return axes[0]
