"""Callbacks run in the first process; what they change is told to the others."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch

from kerasish.callbacks.callback import Logs
from kerasish.callbacks.callback_list import CallbackList
from kerasish.callbacks.history import History
from kerasish.callbacks.progbar_logger import ProgbarLogger
from kerasish.distribution import processes
from kerasish.distribution.parallel_call import share_weights
from kerasish.optimizers.base.optimizer import Optimizer

_BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end")


class SharedCallbacks(CallbackList):
    """Calls callbacks in the first process alone, and lets their effects reach all processes.

    Files, bars and prints so come once. A callback may change the weights, the optimizer, the
    learning rate and `stop_training`; all processes go on with what the first one has then.

    Args:
        callbacks: The callbacks, in the first process; elsewhere a list with a `History`.
        model: The model.
    """

    def __init__(self, callbacks: CallbackList, model: Any) -> None:
        super().__init__()
        self.callbacks = callbacks.callbacks
        self.params = callbacks.params
        self._inner = callbacks
        self._trained = model
        watched = any(
            not isinstance(one, (History, ProgbarLogger))
            and any(
                getattr(type(one), name, None) is not getattr(CallbackList.__base__, name)
                for name in _BATCH_HOOKS
            )
            for one in self.callbacks
        )
        self._after_batches = processes.from_first(watched)

    def _call(self, name: str, *args: Any, share: bool) -> None:
        before = _fingerprint(self._trained) if share else None
        with processes.alone():
            getattr(self._inner, name)(*args)
        if share:
            _share_effects(self._trained, before)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_train_batch_begin", batch, logs, share=self._after_batches)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_train_batch_end", batch, logs, share=self._after_batches)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_test_batch_begin", batch, logs, share=False)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_test_batch_end", batch, logs, share=False)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_epoch_begin", epoch, logs, share=True)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_epoch_end", epoch, logs, share=True)

    def on_train_begin(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_train_begin", logs, share=True)

    def on_train_end(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_train_end", logs, share=True)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_test_begin", logs, share=True)

    def on_test_end(self, logs: Logs = None) -> None:
        """Call all callbacks."""
        self._call("on_test_end", logs, share=True)


def share_random_state() -> None:
    """Let all processes draw what the first one draws: orders, initial weights, masks."""
    # The global generator of NumPy is what the scripts of users draw from.
    numpys = np.random.get_state()  # noqa: NPY002
    first = processes.from_first((random.getstate(), numpys, torch.get_rng_state()))
    random.setstate(first[0])
    np.random.set_state(first[1])  # noqa: NPY002
    torch.set_rng_state(first[2])


def _tensors(model: Any) -> list[torch.Tensor]:
    found = [*model.parameters(), *model.buffers()]
    if isinstance(model.optimizer, torch.optim.Optimizer):
        for state in model.optimizer.state.values():
            found += [value for value in state.values() if isinstance(value, torch.Tensor)]
    return found


def _fingerprint(model: Any) -> list[tuple[int, int]]:
    """Numbers that change when a tensor is written to or exchanged."""
    return [(tensor._version, tensor.data_ptr()) for tensor in _tensors(model)]


def _share_effects(model: Any, before: list[tuple[int, int]] | None) -> None:
    optimizer = model.optimizer
    ours = isinstance(optimizer, torch.optim.Optimizer)
    effects = {
        "stop_training": model.stop_training,
        "_initial_epoch": getattr(model, "_initial_epoch", None),
        "rates": [group["lr"] for group in optimizer.param_groups] if ours else [],
        "changed": _fingerprint(model) != before,
        "optimizer_built": getattr(optimizer, "built", True),
    }
    first = processes.from_first(effects)
    for name in ("stop_training", "_initial_epoch"):
        object.__setattr__(model, name, first[name])
    if ours:
        for group, rate in zip(optimizer.param_groups, first["rates"], strict=True):
            group["lr"] = rate
    if not first["changed"]:
        return
    share_weights(model)
    if ours and first["optimizer_built"]:
        if isinstance(optimizer, Optimizer) and not optimizer.built:
            optimizer.build(model.trainable_variables)
        state = processes.from_first(optimizer.state_dict() if processes.rank() == 0 else None)
        if processes.rank():
            optimizer.load_state_dict(state)
