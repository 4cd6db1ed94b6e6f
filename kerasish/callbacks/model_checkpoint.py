"""`ModelCheckpoint`."""

from __future__ import annotations

import os
import warnings
from typing import Any

from kerasish.callbacks.callback import Logs
from kerasish.callbacks.callback_list import numbers
from kerasish.callbacks.monitoring import Monitor
from weight_port import formats

_ENDINGS = {
    "weights.h5": ".weights.h5",
    "h5": ".h5",
    "safetensors": ".safetensors",
    "torch": ".pt",
    "npz": ".npz",
}


class ModelCheckpoint(Monitor):
    """Saves the model, or its weights, after epochs or batches.

    Args:
        filepath: Where to write; `{epoch:02d}` and names in the logs are filled in.
        monitor: Name of the value in the logs.
        verbose: 1 says when a file is written.
        save_best_only: Whether only better models are written.
        save_weights_only: Whether weights alone are written.
        mode: `"min"`, `"max"` or `"auto"`.
        save_freq: `"epoch"`, or a number of batches.
        initial_value_threshold: Value that the first model has to exceed.
        period: Keras 2's number of epochs between files.

    Raises:
        ValueError: If `save_freq` is neither, or no file can be written under such a name.

    See https://keras.io/api/callbacks/model_checkpoint/.
    """

    takes_tensors = True
    _kept = ("best", "_batches", "_since")

    def __init__(
        self,
        filepath: str | os.PathLike,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
        period: int | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                "ModelCheckpoint: `save_freq` is 'epoch' or a number of batches. "
                f"Received: save_freq={save_freq!r}"
            )
        if period is not None:
            warnings.warn(
                "`period` is Keras 2's; `save_freq` counts batches.", DeprecationWarning, 2
            )
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.period = period or 1
        self.best = initial_value_threshold
        self._epoch = self._batches = self._since = 0
        self._last_batch = -1
        self._check_ending()

    def _check_ending(self) -> None:
        kinds = _ENDINGS if self.save_weights_only else {"keras": ".keras", "h5": ".h5"}
        try:
            if formats.format_of_name(self.filepath) in kinds:
                return
        except formats.FileFormatError:
            pass
        raise ValueError(
            f"ModelCheckpoint: the name of the file ends in {' or '.join(kinds.values())}. "
            f"Received: filepath={self.filepath!r}, save_weights_only={self.save_weights_only}"
        )

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Note the epoch."""
        self._epoch, self._last_batch = epoch, -1

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Save after a number of batches."""
        if isinstance(self.save_freq, int):
            self._batches += batch - self._last_batch
            self._last_batch = batch
            if self._batches >= self.save_freq:
                self._batches = 0
                self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Save after epochs."""
        if self.save_freq == "epoch":
            self._since += 1
            if self._since >= self.period:
                self._since = 0
                self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        logs = numbers(logs)
        names: dict[str, Any] = {**logs, "epoch": epoch + 1}
        if batch is not None:
            names["batch"] = batch + 1
        try:
            path = self.filepath.format(**names)
        except KeyError as error:
            raise KeyError(
                f"ModelCheckpoint can't fill in {self.filepath!r}; there are {sorted(names)}. "
                f"Received: {error}"
            ) from error
        said = f"\nEpoch {epoch + 1}: "
        if self.save_best_only:
            value = self.value_in(logs)
            if value is not None:
                best = "None" if self.best is None else f"{self.best:.5f}"
                if not self.is_better(value, self.best):
                    if self.verbose:
                        print(f"{said}{self.monitor} did not improve from {best}")
                    return
                self.best = value
                said += f"{self.monitor} improved from {best} to {value:.5f}, "
        if self.verbose:
            print(f"{said}saving model to {path}")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: finished saving model to {path}")
