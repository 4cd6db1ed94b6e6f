"""The base class of callbacks."""

from __future__ import annotations

from typing import Any

Logs = dict[str, Any] | None


class Callback:
    """Base class: methods that `fit`, `evaluate` and `predict` call; override some.

    Attributes:
        params: `verbose`, `epochs` and `steps` of the run.
        model: The model.
        takes_tensors: Whether the methods for batches take logs with tensors in them. By default
            they get numbers, for which each step waits until a GPU is done.

    See https://keras.io/api/callbacks/base_callback/.
    """

    takes_tensors: bool = False

    def __init__(self) -> None:
        self.params: dict[str, Any] | None = None
        self._model: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Take the parameters of the run."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take the model."""
        self._model = model

    @property
    def model(self) -> Any:
        """The model."""
        return self.__dict__.get("_model")

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Old name of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Called before an epoch of training."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Called after an epoch of training, with losses and metrics."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before a step of training."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after a step of training, with losses and metrics so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before a step of evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after a step of evaluation."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before a step of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after a step of `predict`."""

    def on_train_begin(self, logs: Logs = None) -> None:
        """Called at the beginning of `fit`."""

    def on_train_end(self, logs: Logs = None) -> None:
        """Called at the end of `fit`, with the logs of the last epoch."""

    def on_test_begin(self, logs: Logs = None) -> None:
        """Called at the beginning of an evaluation."""

    def on_test_end(self, logs: Logs = None) -> None:
        """Called at the end of an evaluation."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Called at the beginning of `predict`."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """Called at the end of `predict`."""
