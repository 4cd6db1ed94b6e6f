"""Calls of a model whose samples are shared among processes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.parallel import DistributedDataParallel

from kerasish.distribution import processes
from kerasish.distribution.gathering import join
from kerasish.distribution.rows import Rows, size_of_batch
from kerasish.distribution.sharding import is_sharded
from kerasish.layers.base.seed_states import SeedStates
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.random.batch_rows import BatchRows, drawing_for


class ParallelCall:
    """Runs each call of a model on this process's share of the batch.

    What the model returns is the whole batch's in every process, so losses, metrics and steps of
    one's own compute what one process would, and need no change. Gradients of the parameters are
    averaged by torch's `DistributedDataParallel` while they come in.

    Args:
        model: The model.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._trained: DistributedDataParallel | None = None
        self._trained_parameters: list[int] = []
        self._whole = any(getattr(layer, "stateful", False) for layer in model.modules())
        self._inside = False

    def applies(self) -> bool:
        """Whether a call is shared: not one inside another, nor one that a process makes alone.

        Models with states that outlive a batch run on the whole batch in every process.
        """
        return not self._inside and not self._whole and processes.is_active()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model on a batch, of which every process has all samples."""
        model = self._model
        total = size_of_batch(args, kwargs)
        if not total:
            return self._run(model, None, args, kwargs)
        rows = Rows(total)
        args, kwargs = rows.of(args), rows.of(kwargs)
        if not model.built:
            with torch.no_grad():
                self._run(model, None, args, {**kwargs, "training": False})
            share_weights(model)
        training = bool(kwargs.get("training")) and torch.is_grad_enabled()
        outputs = self._run(self._wrapped() if training else model, rows, args, kwargs)
        return join(outputs, rows, model.name)

    def _run(self, module: Any, rows: Rows | None, args: tuple, kwargs: dict[str, Any]) -> Any:
        self._inside = True
        try:
            if rows is None:
                return module(*args, **kwargs)
            with drawing_for(BatchRows(rows.total, rows.start, rows.stop)):
                return module(*args, **kwargs)
        finally:
            self._inside = False

    def _wrapped(self) -> Any:
        trained = [id(p) for p in self._model.parameters() if p.requires_grad]
        if not trained or is_sharded(self._model):
            return self._model
        if self._trained is None or trained != self._trained_parameters:
            self._trained = None  # its hooks go before those of the new one come
            self._trained = DistributedDataParallel(
                self._model, find_unused_parameters=_may_leave_out_weights(self._model)
            )
            self._trained_parameters = trained
        return self._trained


def _may_leave_out_weights(model: Any) -> bool:
    """Whether a call may use some weights only: code of the user's decides that."""
    return any(
        not type(layer).__module__.startswith(("kerasish.", "torch.")) for layer in model.modules()
    )


def share_weights(model: Any) -> None:
    """Give every process the first one's weights, buffers and states of seeds."""
    processes.share_tensors([*model.parameters(), *model.buffers()])
    share_seeds(model)


def share_seeds(model: Any) -> None:
    """Give every process the first one's states of seeds, which stay on the CPU."""
    seeds = [
        generator
        for layer in model.modules()
        if isinstance(layer, SeedStates)
        for _, generator in layer._seed_generators()
    ]
    states = processes.from_first([generator.state.tolist() for generator in seeds])
    for generator, state in zip(seeds, states, strict=True):
        generator.state.copy_(torch.tensor(state))


def in_parallel(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method of `Model` share its calls of the model with the other processes, if any."""

    @functools.wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.compiled:
            processes.join_if_launched()
        if not processes.is_active() or self.__dict__.get("_parallel") is not None:
            return method(self, *args, **kwargs)
        with _installed(self):
            return method(self, *args, **kwargs)

    return run


@contextmanager
def _installed(model: Any) -> Iterator[None]:
    if model.__dict__.get("jit_compile"):
        raise ValueError(
            f"Model '{model.name}': `jit_compile=True` works in one process only; give False on "
            f"several. Received: jit_compile=True in {processes.world_size()} processes"
        )
    _move_to_own_gpu(model)
    if is_sharded(model):
        if isinstance(model.optimizer, Optimizer):
            model.optimizer.build(model.trainable_variables)
        share_seeds(model)
    else:
        share_weights(model)
    object.__setattr__(model, "_parallel", ParallelCall(model))
    try:
        yield
    finally:
        object.__setattr__(model, "_parallel", None)


def _move_to_own_gpu(model: Any) -> None:
    device = model._device()
    if device is not None and device.type == "cuda":
        model.to(torch.device("cuda", torch.cuda.current_device()))
