"""`keras.backend`: functions that move values, and products of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.backend.tensor_function import as_tensor, axes_of, both, tensor_function
from kerasish.dtypes import torch_dtype


@tensor_function
def cast(x: Any, dtype: Any) -> torch.Tensor:
    """Return `x` in another dtype."""
    return as_tensor(x).to(torch_dtype(dtype))


@tensor_function
def reshape(x: Any, shape: Sequence[int]) -> torch.Tensor:
    """Return the values in another shape."""
    return as_tensor(x).reshape(tuple(int(size) for size in shape))


@tensor_function
def transpose(x: Any) -> torch.Tensor:
    """Return `x` with its axes in reverse order."""
    x = as_tensor(x)
    return x.permute(*range(x.ndim)[::-1])


@tensor_function
def permute_dimensions(x: Any, pattern: Sequence[int]) -> torch.Tensor:
    """Return `x` with its axes in another order, such as `(0, 2, 1)`."""
    return as_tensor(x).permute(*pattern)


@tensor_function
def expand_dims(x: Any, axis: int = -1) -> torch.Tensor:
    """Return `x` with a new axis of size 1."""
    return as_tensor(x).unsqueeze(axis)


@tensor_function
def squeeze(x: Any, axis: int) -> torch.Tensor:
    """Return `x` without an axis of size 1.

    Raises:
        ValueError: If the axis is longer.
    """
    x = as_tensor(x)
    if x.shape[axis] != 1:
        raise ValueError(
            f"squeeze removes an axis of size 1. Received: axis={axis}, shape={tuple(x.shape)}"
        )
    return x.squeeze(axis)


@tensor_function
def flatten(x: Any) -> torch.Tensor:
    """Return all values in one axis, the batch axis included."""
    return as_tensor(x).reshape(-1)


@tensor_function
def batch_flatten(x: Any) -> torch.Tensor:
    """Return `(batch, all other axes in one)`."""
    x = as_tensor(x)
    return x.reshape(x.shape[0], -1)


@tensor_function
def concatenate(tensors: Sequence[Any], axis: int = -1) -> torch.Tensor:
    """Return tensors joined along an axis."""
    return torch.cat([as_tensor(t) for t in tensors], axis)


@tensor_function
def stack(x: Sequence[Any], axis: int = 0) -> torch.Tensor:
    """Return tensors joined along a new axis."""
    return torch.stack([as_tensor(t) for t in x], axis)


@tensor_function
def repeat(x: Any, n: int) -> torch.Tensor:
    """Return `(batch, n, features)` from `(batch, features)`."""
    x = as_tensor(x)
    if x.ndim != 2:
        raise ValueError(f"repeat takes a tensor of two axes. Received: shape={tuple(x.shape)}")
    return x.unsqueeze(1).repeat(1, n, 1)


@tensor_function
def repeat_elements(x: Any, rep: int, axis: int) -> torch.Tensor:
    """Return `x` with each of its slices along an axis given `rep` times in a row."""
    return torch.repeat_interleave(as_tensor(x), rep, axis)


@tensor_function
def tile(x: Any, n: Any) -> torch.Tensor:
    """Return `x` given `n` times along each axis."""
    return as_tensor(x).repeat(*([n] if isinstance(n, int) else n))


@tensor_function
def reverse(x: Any, axes: Any) -> torch.Tensor:
    """Return `x` backwards along axes."""
    x = as_tensor(x)
    return torch.flip(x, axes_of(x, axes))


@tensor_function
def gather(reference: Any, indices: Any) -> torch.Tensor:
    """Return the slices of the first axis that indices of any shape name."""
    return as_tensor(reference)[as_tensor(indices).long()]


@tensor_function
def one_hot(indices: Any, num_classes: int) -> torch.Tensor:
    """Return a new last axis with 1 at each index; all 0 for an index outside."""
    indices = as_tensor(indices)
    places = torch.arange(num_classes, device=indices.device)
    return (indices.unsqueeze(-1) == places).to(torch_dtype(None))


@tensor_function
def dot(x: Any, y: Any) -> torch.Tensor:
    """Return the product over the last axis of `x` and the last but one of `y`."""
    x, y = both(x, y)
    return torch.tensordot(x, y, dims=([x.ndim - 1], [y.ndim - 2]))


@tensor_function
def batch_dot(x: Any, y: Any, axes: Any = None) -> torch.Tensor:
    """Return the product of two tensors over one axis of each, sample by sample.

    Args:
        x: `(batch, ...)`.
        y: `(batch, ...)`.
        axes: The axis of each, or one number for both. By default the last axis of `x` and the last
            but one of `y`, or its last one if it has two.

    Returns:
        `(batch, other axes of x, other axes of y)`; `(batch, 1)` if there are none.
    """
    x, y = both(x, y)
    if axes is None:
        axes = (x.ndim - 1, y.ndim - 1 if y.ndim == 2 else y.ndim - 2)
    first, second = (axes, axes) if isinstance(axes, int) else axes
    first, second = first % x.ndim, second % y.ndim
    if first == 0 or second == 0:
        raise ValueError(f"batch_dot does not multiply over the batch axis. Received: axes={axes}")
    left = list(range(x.ndim))
    right = [0, *range(x.ndim, x.ndim + y.ndim - 1)]
    right[second] = left[first]
    rest = [a for a in left[1:] if a != left[first]] + [a for a in right[1:] if a != left[first]]
    result = torch.einsum(x, left, y, right, [0, *rest])
    return result.unsqueeze(1) if result.ndim == 1 else result
