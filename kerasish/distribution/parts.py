"""Tensors of which each process has a part: reading and writing them as a whole."""

from __future__ import annotations

import sys
from typing import Any

import torch


def whole(tensor: Any) -> Any:
    """Return all of a tensor that may lie in parts; every process has to ask."""
    return tensor.full_tensor() if is_part(tensor) else tensor


def is_part(tensor: Any) -> bool:
    """Whether a tensor is a `DTensor`, of which each process has a part."""
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def write(target: torch.Tensor, value: torch.Tensor) -> None:
    """Overwrite a tensor that may lie in parts with a value that every process has whole."""
    if is_part(target):
        from torch.distributed.tensor import DTensor, distribute_tensor

        assert isinstance(target, DTensor)
        value = distribute_tensor(value.to(target.dtype), target.device_mesh, target.placements)
    target.copy_(value)
