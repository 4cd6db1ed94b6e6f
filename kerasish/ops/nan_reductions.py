"""Operations over axes that leave out what is not a number."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops import reductions
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import floats
from kerasish.ops.reductions import Axis, over


def _nan(x: torch.Tensor) -> torch.Tensor:
    return torch.isnan(x)


def _filled(x: Any, value: float) -> torch.Tensor:
    x = tensor(x)
    floating = x.is_floating_point() or x.is_complex()
    return torch.where(_nan(x), torch.full_like(x, value), x) if floating else x


def _where_some(x: Any, found: torch.Tensor, axis: Any, keepdims: bool, other: Any) -> torch.Tensor:
    """Return what was found, and `other` where all numbers are NaN."""
    x = tensor(x)
    if not x.is_floating_point():
        return found
    none = reductions.all(_nan(x), axis, keepdims)
    return torch.where(none, torch.full_like(found, other), found)


@operation
def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Add up over axes, NaN as 0."""
    return reductions.sum(_filled(x, 0), axis, keepdims)


@operation
def nanprod(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Multiply over axes, NaN as 1."""
    return reductions.prod(_filled(x, 1), axis, keepdims)


@operation
def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> torch.Tensor:
    """Add up step by step along an axis, NaN as 0."""
    return reductions.cumsum(_filled(x, 0), axis, dtype)


@operation
def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> torch.Tensor:
    """Multiply step by step along an axis, NaN as 1."""
    return reductions.cumprod(_filled(x, 1), axis, dtype)


@operation
def nanmax(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Return the largest number over axes; NaN where there is none."""
    found = reductions.max(_filled(x, -float("inf")), axis, keepdims)
    return _where_some(x, found, axis, keepdims, float("nan"))


@operation
def nanmin(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Return the smallest number over axes; NaN where there is none."""
    found = reductions.min(_filled(x, float("inf")), axis, keepdims)
    return _where_some(x, found, axis, keepdims, float("nan"))


@operation
def nanargmax(x: Any, axis: int | None = None, keepdims: bool = False) -> torch.Tensor:
    """Return where the largest number is along an axis, int32; -1 where there is none."""
    found = reductions.argmax(_filled(x, -float("inf")), axis, keepdims)
    return _where_some(x, found, axis, keepdims, -1)


@operation
def nanargmin(x: Any, axis: int | None = None, keepdims: bool = False) -> torch.Tensor:
    """Return where the smallest number is along an axis, int32; -1 where there is none."""
    found = reductions.argmin(_filled(x, float("inf")), axis, keepdims)
    return _where_some(x, found, axis, keepdims, -1)


@operation
def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Return the mean of the numbers over axes; NaN where there is none."""
    return _mean(floats(x), axis, keepdims)


@operation
def nanvar(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Return the variance of the numbers over axes; NaN where there is none."""
    x = floats(x)
    nan = torch.isnan(x)
    # Zeros, and not what torch.nanmean leaves out: a NaN there would be one in the gradient.
    away = torch.where(nan, torch.zeros_like(x), x - _mean(x, axis, True))
    squares = away.abs().square() if x.is_complex() else away.square()
    return reductions.sum(squares, axis, keepdims) / reductions.sum(
        (~nan).to(squares.dtype), axis, keepdims
    )


@operation
def nanstd(x: Any, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Return the standard deviation of the numbers over axes; NaN where there is none."""
    return torch.sqrt(nanvar(x, axis, keepdims))


def _mean(x: torch.Tensor, axis: Any, keepdims: bool) -> torch.Tensor:
    return torch.nanmean(*over(x, axis, keepdims))
