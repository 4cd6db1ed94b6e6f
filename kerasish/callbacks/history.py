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
        # Not every value comes in every epoch (`validation_freq`).
        self._epochs: dict[str, list[int]] = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget the epochs."""
        self.epoch: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Keep the logs."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
            self._epochs.setdefault(name, []).append(epoch)
        self.model.history = self

    def plot(self, *names: str) -> Any:
        """Draw the curves, each metric with its validation, and return matplotlib's axes.

        Args:
            *names: Metrics to draw; all by default.

        Raises:
            ImportError: Without matplotlib.
            KeyError: If there is no such metric.
        """
        try:
            import matplotlib.pyplot as plt
            from matplotlib.ticker import MaxNLocator
        except ImportError as error:
            raise ImportError(
                f"plot needs matplotlib: pip install 'kerasish[examples]'. Received: {error}"
            ) from error
        shown = names or tuple(name for name in self.history if not name.startswith("val_"))
        for name in shown:
            if name not in self.history:
                raise KeyError(f"There are {sorted(self.history)}. Received: {name!r}")
        _, axes = plt.subplots(
            1, len(shown), squeeze=False, figsize=(5 * len(shown), 4), layout="constrained"
        )
        for axis, name in zip(axes[0], shown, strict=True):
            for label in (name, f"val_{name}"):
                if label in self.history:
                    values = self.history[label]
                    epochs = self._epochs.get(label, range(len(values)))
                    axis.plot(epochs, values, label=label, marker="." if len(values) < 2 else None)
            axis.set(title=name, xlabel="epoch")
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            axis.grid(alpha=0.3)
            axis.legend()
        return axes[0]
