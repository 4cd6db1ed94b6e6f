"""Weights that lie in parts on the processes, by torch's `fully_shard` (FSDP2).

torch's modules for it are imported where they are used: they take a second to import.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from kerasish.distribution import processes
from kerasish.distribution.parts import is_part, write


def shard(model: Any) -> Any:
    """Spread a model's weights, gradients and optimizer state over the processes.

    `fit`, `evaluate` and `predict` go on as before; each layer's weights are brought together
    while it runs. Without other processes nothing happens. All processes have to call it, and
    `get_weights`, `set_weights`, `save` and the like, which bring weights together too.

    Args:
        model: A built model that has not been trained yet.

    Returns:
        The model.

    Raises:
        ValueError: If the model has no weights yet, or its optimizer remembers something already.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    processes.join_if_launched()
    if not processes.is_active():
        return model
    if not model.built or not any(True for _ in model.parameters()):
        raise ValueError(
            f"Model '{model.name}' has no weights yet to shard; call it on data first, or give it "
            f"an Input. Received: built={model.built}"
        )
    if getattr(model.optimizer, "built", False):
        raise ValueError(
            f"Model '{model.name}': shard it before it is trained. "
            f"Received: an optimizer after {model.optimizer.iterations} steps"
        )
    processes.share_tensors([*model.parameters(), *model.buffers()])
    device = next(model.parameters()).device.type
    mesh = init_device_mesh(device, (processes.world_size(),))
    # It is about outputs that are changed in place, which layers do not do; one for each layer.
    warnings.filterwarnings("ignore", message="FSDP2-wrapped module .* returned a view tensor")
    for layer in model.layers:
        if any(parameter.requires_grad for parameter in layer.parameters()):
            fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return model


def is_sharded(model: Any) -> bool:
    """Whether `shard` was called on a model."""
    fsdp = sys.modules.get("torch.distributed.fsdp")
    return fsdp is not None and isinstance(model, fsdp.FSDPModule)


@contextmanager
def brought_together(model: Any) -> Iterator[None]:
    """Have all weights, and what the optimizer remembers, whole in every process meanwhile.

    What is written to them in the block stays.
    """
    if not is_sharded(model):
        yield
        return
    modules: list[Any] = [module for module in model.modules() if is_sharded(module)]
    parts = list(model.parameters())
    parted = [(state, key, state[key]) for state, key in _remembered(model.optimizer)]
    for state, key, value in parted:
        state[key] = value.full_tensor()
    for module in modules:
        module.set_reshard_after_forward(False, recurse=False)
        module.unshard()
    # What the block reads and writes are copies: a NumPy array on the memory of FSDP would keep
    # it from being freed.
    lent = [(parameter, parameter.data) for parameter in model.parameters()]
    for parameter, data in lent:
        parameter.data = data.clone()
    try:
        yield
        weights = [parameter.detach() for parameter, _ in lent]
    finally:
        for parameter, data in lent:
            parameter.data = data
        for module in modules:
            module.set_reshard_after_forward(True, recurse=False)
            module.reshard()
            _forget_calls(module)
    with torch.no_grad():
        for part, weight in zip(parts, weights, strict=True):
            write(part, weight)
        for state, key, value in parted:
            write(value, state[key])
            state[key] = value


def _forget_calls(module: Any) -> None:
    """Forget calls that one process made alone: FSDP's next backward would prefetch by them."""
    state = module._get_fsdp_state()
    groups = getattr(state, "_fsdp_param_groups", None) or [state._fsdp_param_group]
    for group in groups:
        if group is not None:
            group._post_forward_indices.clear()
            getattr(group.comm_ctx, "post_forward_order", []).clear()


def _remembered(optimizer: Any) -> list[tuple[dict, str]]:
    if not isinstance(optimizer, torch.optim.Optimizer):
        return []
    return [
        (state, key)
        for state in optimizer.state.values()
        for key, value in state.items()
        if is_part(value)
    ]
