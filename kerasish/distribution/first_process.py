"""Callbacks run in the first process; what they change is told to the others."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from kerasish.callbacks.callback import Logs
from kerasish.callbacks.callback_list import CallbackList
from kerasish.callbacks.history import History
from kerasish.callbacks.progbar_logger import ProgbarLogger
from kerasish.distribution import processes
from kerasish.distribution.parallel_call import share_weights
from kerasish.distribution.sharding import brought_together
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.random.seeding import random_state, restore_random_state

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
        if not share:
            with processes.alone():
                getattr(self._inner, name)(*args)
            return
        with brought_together(self._trained):
            before = _fingerprint(self._trained)
            with processes.alone():
                getattr(self._inner, name)(*args)
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
    restore_random_state(processes.from_first(random_state()))


def _tensors(model: Any) -> list[torch.Tensor]:
    found = [*model.parameters(), *model.buffers()]
    if isinstance(model.optimizer, torch.optim.Optimizer):
        for state in model.optimizer.state.values():
            found += [value for value in state.values() if isinstance(value, torch.Tensor)]
    return found


def _fingerprint(model: Any) -> list[tuple[int, int]]:
    """Numbers that change when a tensor is written to or exchanged."""
    return [(tensor._version, tensor.data_ptr()) for tensor in _tensors(model)]


def _share_effects(model: Any, before: list[tuple[int, int]]) -> None:
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
    if first["changed"]:
        share_weights(model)
        if ours:
            if isinstance(optimizer, Optimizer) and first["optimizer_built"]:
                optimizer.build(model.trainable_variables)
            _share_optimizer(optimizer)


def _share_optimizer(optimizer: torch.optim.Optimizer) -> None:
    """Give every process the first one's options and all that its optimizer remembers."""
    options = [
        {name: value for name, value in group.items() if name != "params"}
        for group in optimizer.param_groups
    ]
    parameters = [one for group in optimizer.param_groups for one in group["params"]]
    known = [
        {name: _empty_like(value) for name, value in optimizer.state[parameter].items()}
        if parameter in optimizer.state
        else {}
        for parameter in parameters
    ]
    options, known = processes.from_first((options, known))
    for group, values in zip(optimizer.param_groups, options, strict=True):
        group.update(values)
    tensors = []
    for parameter, values in zip(parameters, known, strict=True):
        for name, value in values.items():
            state = optimizer.state[parameter]
            if isinstance(value, _Empty):
                if name not in state:
                    state[name] = torch.empty(value.shape, dtype=value.dtype, device=value.device)
                tensors.append(state[name])
            else:
                state[name] = value
    processes.share_tensors(tensors)


class _Empty(NamedTuple):
    """A tensor without its values."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    device: str


def _empty_like(value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    return _Empty(tuple(value.shape), value.dtype, value.device.type)
