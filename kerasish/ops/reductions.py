"""Operations over axes: sums, means, extremes, products, what comes first."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.ops.dispatch import axes_of, floating, operation, tensor
from kerasish.ops.promotion import compute_type, sum_type

Axis = int | tuple[int, ...] | list[int] | None


def over(x: torch.Tensor, axis: Any, keepdims: bool) -> tuple[torch.Tensor, list[int], bool]:
    """Return what a reduction of torch takes to go over axes: torch takes no axes for all."""
    axes = axes_of(x, axis)
    return (x, axes, keepdims) if axes else (x[None], [0], False)


@operation
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Add up over axes, all by default; small whole numbers as int32 or int64."""
    x = tensor(x)
    total = torch.sum(*over(x, axis, keepdims), dtype=compute_type(x.dtype))
    return total.to(sum_type(x.dtype))


@operation
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Return the mean over axes, all by default."""
    x = tensor(x)
    x = x if x.is_floating_point() else x.to(torch_dtype(None))
    return torch.mean(*over(x, axis, keepdims))


@operation
def var(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Return the variance over axes, all by default."""
    x = tensor(x)
    x = x if x.is_floating_point() else x.to(torch_dtype(None))
    x, axes, keep = over(x, axis, keepdims)
    return torch.var(x, axes, correction=0, keepdim=keep)


@operation
def std(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Return the standard deviation over axes, all by default."""
    return torch.sqrt(var(x, axis, keepdims))


@operation
def prod(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> torch.Tensor:
    """Multiply over axes, all by default; small whole numbers as int32 or int64."""
    x = tensor(x) if dtype is None else tensor(x).to(torch_dtype(dtype))
    kind, compute = sum_type(x.dtype), compute_type(x.dtype)
    for one in sorted((a % x.ndim for a in axes_of(x, axis)), reverse=True):
        x = torch.prod(x, one, keepdim=keepdims, dtype=compute)
    return x.to(kind)


@operation
def max(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> torch.Tensor:
    """Return the largest over axes, all by default, and not less than `initial`."""
    x = tensor(x)
    found = torch.amax(*over(x, axis, keepdims))
    return found if initial is None else found.clamp(min=initial)


@operation
def min(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> torch.Tensor:
    """Return the smallest over axes, all by default, and not more than `initial`."""
    x = tensor(x)
    found = torch.amin(*over(x, axis, keepdims))
    return found if initial is None else found.clamp(max=initial)


@operation
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Whether one is true over axes, all by default."""
    x = tensor(x).bool()
    return torch.any(*over(x, axis, keepdims))


@operation
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Whether each is true over axes, all by default."""
    x = tensor(x).bool()
    return torch.all(*over(x, axis, keepdims))


@operation
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> torch.Tensor:
    """Return where the largest is along an axis, int32; the first of equal ones."""
    return _first_place(tensor(x), axis, keepdims, largest=True)


@operation
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> torch.Tensor:
    """Return where the smallest is along an axis, int32; the first of equal ones."""
    return _first_place(tensor(x), axis, keepdims, largest=False)


def _first_place(
    x: torch.Tensor, axis: int | None, keepdims: bool, *, largest: bool
) -> torch.Tensor:
    x = x.to(torch.int32) if x.dtype == torch.bool else x
    flat = x.flatten() if axis is None else x
    along = 0 if axis is None else axis
    extreme = (torch.amax if largest else torch.amin)(flat, along, keepdim=True)
    # torch's own argmax takes any of equal ones.
    place = (flat == extreme).to(torch.uint8).argmax(along, keepdim=keepdims).to(torch.int32)
    return place.reshape([1] * x.ndim) if keepdims and axis is None else place


def _countable(x: Any, dtype: Any) -> torch.Tensor:
    x = tensor(x) if dtype is None else tensor(x).to(torch_dtype(dtype))
    return x.to(torch.int32) if x.dtype == torch.bool else x


@operation
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> torch.Tensor:
    """Add up step by step along an axis, or over all numbers in order."""
    x = _countable(x, dtype)
    return torch.cumsum(x.flatten() if axis is None else x, axis or 0, dtype=x.dtype)


@operation
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> torch.Tensor:
    """Multiply step by step along an axis, or over all numbers in order."""
    x = _countable(x, dtype)
    return torch.cumprod(x.flatten() if axis is None else x, axis or 0, dtype=x.dtype)


@operation
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Return the logarithm of added exponentials over axes, all by default."""
    x = floating(x)
    return torch.logsumexp(*over(x, axis, keepdims))


@operation
def count_nonzero(x: Any, axis: Axis = None) -> torch.Tensor:
    """Count what is not zero over axes, all by default; int32."""
    x = tensor(x)
    return torch.sum(*over(x != 0, axis, False), dtype=torch.int32)


@operation
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the norm of vectors or matrices, as `torch.linalg.norm` does."""
    return torch.linalg.norm(floating(x), ord, axis, keepdim=keepdims)
