"""`CallbackList`: many callbacks that are called as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from kerasish.callbacks.callback import Callback, Logs
from kerasish.callbacks.history import History
from kerasish.callbacks.progbar_logger import ProgbarLogger


class CallbackList(Callback):
    """Calls callbacks in their order.

    Args:
        callbacks: A callback, or a list of them.
        add_history: Whether a `History` is added if there is none.
        add_progbar: Whether a `ProgbarLogger` is added if there is none.
        model: The model.
        **params: What the callbacks get as `params`.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        listed = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
        self.callbacks: list[Any] = [callback for callback in listed if callback is not None]
        history = [one for one in self.callbacks if isinstance(one, History)]
        if add_history and not history:
            history = [History()]
            self.callbacks.append(history[0])
        if add_progbar and not any(isinstance(one, ProgbarLogger) for one in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        if model is not None:
            self.set_model(model)
            if history:
                object.__setattr__(model, "history", history[-1])
            for callback in self.callbacks:
                callback.set_model(model)
        self.params = params
        for callback in self.callbacks:
            if params:
                callback.set_params(params)
        self._hooked: dict[str, list[tuple[Any, bool]]] = {}

    def append(self, callback: Any) -> None:
        """Add a callback."""
        self.callbacks.append(callback)
        self._hooked.clear()

    def _batch(self, name: str, batch: int, logs: Logs) -> None:
        """Call a method of those that have it; numbers are read only for who asks for them."""
        found = self._hooked.get(name)
        if found is None:
            found = [
                (getattr(one, name), not getattr(one, "takes_tensors", False))
                for one in self.callbacks
                if _overrides(one, name)
            ]
            self._hooked[name] = found
        values: Logs = None
        for method, wants_numbers in found:
            if wants_numbers:
                values = numbers(logs) if values is None else values
                method(batch, values)
            else:
                method(batch, logs)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._batch("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._batch("on_train_batch_end", batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._batch("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._batch("on_test_batch_end", batch, logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._batch("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._batch("on_predict_batch_end", batch, logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        logs = dict(logs or {})  # callbacks add to it, for those after them
        # What makes a backup comes last, so that the backup has what the others change.
        for callback in sorted(self.callbacks, key=lambda one: getattr(one, "runs_last", False)):
            callback.on_epoch_end(epoch, logs)

    def on_train_begin(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        for callback in self.callbacks:
            callback.on_train_begin(logs or {})

    def on_train_end(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        for callback in self.callbacks:
            callback.on_train_end(logs or {})

    def on_test_begin(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        for callback in self.callbacks:
            callback.on_test_begin(logs or {})

    def on_test_end(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        for callback in self.callbacks:
            callback.on_test_end(logs or {})

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        for callback in self.callbacks:
            callback.on_predict_begin(logs or {})

    def on_predict_end(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        for callback in self.callbacks:
            callback.on_predict_end(logs or {})

    def states(self) -> list[dict[str, Any]]:
        """Return what callbacks count from epoch to epoch, for a backup."""
        return [
            {"class": type(one).__name__, "kept": {name: getattr(one, name) for name in kept}}
            for one in self.callbacks
            if (kept := getattr(one, "_kept", ()))
        ]

    def restore_states(self, states: Sequence[Mapping[str, Any]]) -> None:
        """Let callbacks go on counting, if they are those of the backup."""
        counting = [one for one in self.callbacks if getattr(one, "_kept", ())]
        if [type(one).__name__ for one in counting] != [state["class"] for state in states]:
            return
        for one, state in zip(counting, states, strict=True):
            for name, value in state["kept"].items():
                setattr(one, name, value)


def numbers(logs: Logs) -> dict[str, Any]:
    """Return logs with numbers for tensors."""
    return {
        name: value.tolist() if isinstance(value, (torch.Tensor, np.generic)) else value
        for name, value in (logs or {}).items()
    }


_OLD = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


def _overrides(callback: Any, name: str) -> bool:
    cls = type(callback)
    for one in (name, _OLD.get(name, name)):
        if one in callback.__dict__ or getattr(cls, one, None) is not getattr(Callback, one):
            return True
    return False
