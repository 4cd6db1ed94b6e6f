"""`keras.backend`: functions along axes."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.backend.tensor_function import as_tensor, axes_of, not_boolean, tensor_function


@tensor_function
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the sum along axes, in the dtype of `x`."""
    x = as_tensor(x)
    return torch.sum(x, axes_of(x, axis), keepdim=keepdims, dtype=x.dtype)


@tensor_function
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the mean along axes; of whole numbers a whole one, as TensorFlow gives it."""
    x = not_boolean(x)
    axes = axes_of(x, axis)
    if x.is_floating_point() or x.is_complex():
        return torch.mean(x, axes, keepdim=keepdims)
    count = 1
    for one in axes:
        count *= x.shape[one]
    total = torch.sum(x, axes, keepdim=keepdims, dtype=x.dtype)
    return torch.div(total, count, rounding_mode="trunc")


@tensor_function
def var(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the variance along axes, that of the whole population."""
    x = not_boolean(x)
    return torch.var(x, axes_of(x, axis), correction=0, keepdim=keepdims)


@tensor_function
def std(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the standard deviation along axes, that of the whole population."""
    x = not_boolean(x)
    return torch.std(x, axes_of(x, axis), correction=0, keepdim=keepdims)


@tensor_function
def max(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the largest value along axes."""
    x = as_tensor(x)
    return torch.amax(x, axes_of(x, axis), keepdim=keepdims)


@tensor_function
def min(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the smallest value along axes."""
    x = as_tensor(x)
    return torch.amin(x, axes_of(x, axis), keepdim=keepdims)


@tensor_function
def prod(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the product along axes, in the dtype of `x`."""
    x = as_tensor(x)
    for one in sorted((a % x.ndim for a in axes_of(x, axis)), reverse=True):
        x = torch.prod(x, one, keepdim=keepdims, dtype=x.dtype)
    return x


@tensor_function
def any(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return whether a value along axes is true."""
    x = as_tensor(x).bool()
    return torch.any(x, axes_of(x, axis), keepdim=keepdims)


@tensor_function
def all(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return whether all values along axes are true."""
    x = as_tensor(x).bool()
    return torch.all(x, axes_of(x, axis), keepdim=keepdims)


@tensor_function
def argmax(x: Any, axis: int = -1) -> torch.Tensor:
    """Return the place of the largest value along an axis, as int64."""
    return torch.argmax(as_tensor(x), axis)


@tensor_function
def argmin(x: Any, axis: int = -1) -> torch.Tensor:
    """Return the place of the smallest value along an axis, as int64."""
    return torch.argmin(as_tensor(x), axis)


@tensor_function
def cumsum(x: Any, axis: int = 0) -> torch.Tensor:
    """Return the running sum along an axis, in the dtype of `x`."""
    x = as_tensor(x)
    return torch.cumsum(x, axis, dtype=x.dtype)


@tensor_function
def cumprod(x: Any, axis: int = 0) -> torch.Tensor:
    """Return the running product along an axis, in the dtype of `x`."""
    x = as_tensor(x)
    return torch.cumprod(x, axis, dtype=x.dtype)
