"""`LambdaCallback`: a callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.callbacks.callback import Callback


class LambdaCallback(Callback):
    """Calls functions.

    Args:
        on_epoch_begin: Function of `(epoch, logs)`.
        on_epoch_end: Function of `(epoch, logs)`.
        on_train_begin: Function of `(logs)`.
        on_train_end: Function of `(logs)`.
        on_train_batch_begin: Function of `(batch, logs)`.
        on_train_batch_end: Function of `(batch, logs)`.
        **kwargs: Functions in place of other methods.
    """

    def __init__(
        self,
        on_epoch_begin: Callable | None = None,
        on_epoch_end: Callable | None = None,
        on_train_begin: Callable | None = None,
        on_train_end: Callable | None = None,
        on_train_batch_begin: Callable | None = None,
        on_train_batch_end: Callable | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        self.__dict__.update({name: value for name, value in given.items() if value is not None})
        self.__dict__.update(kwargs)
