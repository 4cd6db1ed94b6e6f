"""`EarlyStopping`."""

from __future__ import annotations

from typing import Any

from kerasish.callbacks.callback import Logs
from kerasish.callbacks.monitoring import Monitor


class EarlyStopping(Monitor):
    """Stops training when a value has not become better for some epochs.

    Args:
        monitor: Name of the value in the logs.
        min_delta: Smallest change that counts.
        patience: Number of epochs without a better value.
        verbose: 1 says when training stops.
        mode: `"min"`, `"max"` or `"auto"`.
        baseline: Value that has to be exceeded.
        restore_best_weights: Whether the weights of the best epoch come back.
        start_from_epoch: Epoch that counting begins with.

    See https://keras.io/api/callbacks/early_stopping/.
    """

    _kept = ("wait", "best", "best_epoch", "best_weights")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin to count."""
        self.wait = 0
        self.stopped_epoch = 0
        self.best: Any = None
        self.best_weights: Any = None
        self.best_epoch = 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Count, and stop."""
        value = self.get_monitor_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.is_better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.is_better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def get_monitor_value(self, logs: Logs) -> Any:
        """Return the value that is watched; None, with a warning, if the logs lack it."""
        return self.value_in(logs)

    def on_train_end(self, logs: Logs = None) -> None:
        """Bring the best weights back."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print(
                    "Restoring model weights from the end of the best epoch: "
                    f"{self.best_epoch + 1}."
                )
            self.model.set_weights(self.best_weights)
