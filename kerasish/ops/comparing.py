"""Comparisons besides the plain ones: nearness, membership, kinds of numbers."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import alike


@operation
def isclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> torch.Tensor:
    """Whether numbers are within `atol + rtol * abs(x2)` of each other; whole ones are equal.

    Args:
        x1: Any shape.
        x2: A shape that broadcasts.
        rtol: Part of the second number that they may differ by.
        atol: What they may differ by besides.
        equal_nan: Whether NaN is close to NaN.
    """
    x1, x2 = alike(x1, x2)
    if not x1.is_floating_point():
        return x1 == x2
    near = ((x1 - x2).abs() <= atol + rtol * x2.abs()) | (x1 == x2)
    near = near & (torch.isfinite(x1) & torch.isfinite(x2) | (x1 == x2))
    return near | (x1.isnan() & x2.isnan()) if equal_nan else near


@operation
def allclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> torch.Tensor:
    """Whether all numbers are close, see `isclose`; one truth value."""
    return isclose(x1, x2, rtol, atol, equal_nan).all()


@operation
def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> torch.Tensor:
    """Whether each number is among others.

    Args:
        x1: Any shape, that of the result.
        x2: Numbers that are looked for.
        assume_unique: Whether no number comes twice; makes it faster.
        invert: Whether it tells which are not among them.
    """
    x1, x2 = (one.byte() if one.dtype == torch.bool else one for one in alike(x1, x2))
    return torch.isin(x1, x2, assume_unique=assume_unique, invert=invert)


@operation
def isposinf(x: Any) -> torch.Tensor:
    """Whether each number is infinite and positive."""
    return torch.isposinf(tensor(x))


@operation
def isneginf(x: Any) -> torch.Tensor:
    """Whether each number is infinite and negative."""
    return torch.isneginf(tensor(x))


@operation
def isreal(x: Any) -> torch.Tensor:
    """Whether each number has no imaginary part."""
    return torch.isreal(tensor(x))
