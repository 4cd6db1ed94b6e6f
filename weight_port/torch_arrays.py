"""The torch side of `weight_port.arrays`."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def concatenate(tensors: Sequence[torch.Tensor], axis: int) -> torch.Tensor:
    """Join tensors along an existing axis."""
    return torch.cat(list(tensors), axis)


def stack(tensors: Sequence[torch.Tensor], axis: int) -> torch.Tensor:
    """Join tensors along a new axis."""
    return torch.stack(list(tensors), axis)


def reorder_blocks(tensor: torch.Tensor, axis: int, permutation: tuple[int, ...]) -> torch.Tensor:
    """Reorder equal blocks along an axis."""
    blocks = tensor.split(tensor.shape[axis] // len(permutation), axis)
    return torch.cat([blocks[i] for i in permutation], axis)
