"""The few array operations that a layout needs, on NumPy arrays and on torch tensors alike.

Slicing, `.T`, `.reshape` and `+` mean the same for both; the functions here are the rest. torch is
reached only if a tensor is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = Any
"""A `numpy.ndarray` or a `torch.Tensor`."""


def is_numpy(array: Array) -> bool:
    """Tell a NumPy array from a torch tensor."""
    return isinstance(array, (np.ndarray, np.generic))


def as_array(value: Any) -> Array:
    """Return a NumPy array or a torch tensor as it is, and anything else as a NumPy array."""
    return value if is_numpy(value) or hasattr(value, "permute") else np.asarray(value)


def permute(array: Array, axes: tuple[int, ...]) -> Array:
    """Reorder the dimensions of an array; a view."""
    if axes == (1, 0):
        return array.T
    return array.transpose(axes) if is_numpy(array) else array.permute(axes)


def narrow(array: Array, axis: int, start: int, stop: int) -> Array:
    """Return the part of an array between two positions along an axis; a view."""
    return array[(slice(None),) * axis + (slice(start, stop),)]


def concatenate(arrays: Sequence[Array], axis: int) -> Array:
    """Join arrays along an existing axis."""
    if is_numpy(arrays[0]):
        return np.concatenate(arrays, axis)
    from weight_port import torch_arrays

    return torch_arrays.concatenate(arrays, axis)


def stack(arrays: Sequence[Array], axis: int) -> Array:
    """Join arrays along a new axis."""
    if is_numpy(arrays[0]):
        return np.stack(arrays, axis)
    from weight_port import torch_arrays

    return torch_arrays.stack(arrays, axis)


def zeros_like(array: Array) -> Array:
    """Return zeros of the same shape, dtype and device."""
    return np.zeros_like(array) if is_numpy(array) else array.new_zeros(array.shape)


def reorder_blocks(array: Array, axis: int, permutation: tuple[int, ...]) -> Array:
    """Reorder equal blocks along an axis.

    Args:
        array: An array whose size along `axis` is a multiple of the number of blocks.
        axis: The axis that holds the blocks one after the other.
        permutation: For each block of the result, its position in `array`.
    """
    if permutation == tuple(range(len(permutation))):
        return array
    if is_numpy(array):
        size = array.shape[axis] // len(permutation)
        blocks = [narrow(array, axis, i * size, (i + 1) * size) for i in permutation]
        return np.concatenate(blocks, axis)
    from weight_port import torch_arrays

    return torch_arrays.reorder_blocks(array, axis, permutation)
