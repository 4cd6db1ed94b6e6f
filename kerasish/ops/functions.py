"""Functions of each number besides the elementary ones, with Keras's care at their edges."""

from __future__ import annotations

import math
from typing import Any

import torch

from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import alike, alike_floats, floats, together, wide_floats


@operation
def arccosh(x: Any) -> torch.Tensor:
    """Return the inverse hyperbolic cosine."""
    return torch.arccosh(floats(x))


@operation
def arcsinh(x: Any) -> torch.Tensor:
    """Return the inverse hyperbolic sine."""
    return torch.arcsinh(floats(x))


@operation
def cbrt(x: Any) -> torch.Tensor:
    """Return the cube root, of numbers below zero too."""
    x = wide_floats(x)
    return torch.sign(x) * torch.abs(x) ** (1 / 3)


@operation
def exp2(x: Any) -> torch.Tensor:
    """Return two to the power of each number."""
    return torch.exp2(floats(x))


@operation
def logaddexp2(x1: Any, x2: Any) -> torch.Tensor:
    """Return the logarithm to base 2 of two powers of 2, added."""
    return torch.logaddexp2(*alike_floats(x1, x2))


@operation
def deg2rad(x: Any) -> torch.Tensor:
    """Return degrees as radians."""
    return wide_floats(x) * (math.pi / 180)


@operation
def rad2deg(x: Any) -> torch.Tensor:
    """Return radians as degrees."""
    return wide_floats(x) * (180 / math.pi)


@operation
def hypot(x1: Any, x2: Any) -> torch.Tensor:
    """Return the lengths of vectors `(x1, x2)`; the gradient at the origin is 0."""
    x1, x2 = map(wide_floats, alike(x1, x2))
    origin = (x1 == 0) & (x2 == 0)
    length = torch.hypot(torch.where(origin, torch.ones_like(x1), x1), x2)
    return torch.where(origin, torch.zeros_like(length), length)


@operation
def i0(x: Any) -> torch.Tensor:
    """Return the modified Bessel function of the first kind and order 0."""
    return torch.i0(wide_floats(x))


@operation
def sinc(x: Any) -> torch.Tensor:
    """Return `sin(pi x) / (pi x)`, 1 at 0."""
    return torch.sinc(floats(x))


@operation
def heaviside(x1: Any, x2: Any) -> torch.Tensor:
    """Return 0 for numbers below zero, 1 above, and `x2` at zero."""
    x1, x2 = map(wide_floats, alike(x1, x2))
    one = torch.ones_like(x1)
    return torch.where(x1 < 0, 0 * one, torch.where(x1 > 0, one, x2))


@operation
def fabs(x: Any) -> torch.Tensor:
    """Return the absolute value as a float."""
    return torch.abs(floats(x))


@operation
def trunc(x: Any) -> torch.Tensor:
    """Return the next whole number towards zero."""
    x = tensor(x)
    return torch.trunc(x) if x.is_floating_point() else x


@operation
def divide_no_nan(x1: Any, x2: Any) -> torch.Tensor:
    """Return the quotient, and 0 where the divisor is 0."""
    x1, x2 = map(floats, together(x1, x2))
    zero = x2 == 0
    quotient = x1 / torch.where(zero, torch.ones_like(x2), x2)
    return torch.where(zero, torch.zeros_like(quotient), quotient)


@operation
def fmax(x1: Any, x2: Any) -> torch.Tensor:
    """Return the larger, or the one that is a number."""
    return torch.fmax(*together(x1, x2))


@operation
def fmin(x1: Any, x2: Any) -> torch.Tensor:
    """Return the smaller, or the one that is a number."""
    return torch.fmin(*together(x1, x2))


@operation
def fmod(x1: Any, x2: Any) -> torch.Tensor:
    """Return what a division leaves, with the sign of the first."""
    x1, x2 = alike(x1, x2)
    if x1.dtype == torch.bool:
        x1, x2 = x1.to(torch.int32), x2.to(torch.int32)
    return torch.fmod(x1, x2)


@operation
def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> torch.Tensor:
    """Replace what is not a finite number.

    Args:
        x: Any shape; whole numbers are returned as they are.
        nan: What stands for NaN.
        posinf: What stands for infinity; the largest number of the type by default.
        neginf: What stands for minus infinity; the smallest number of the type by default.
    """
    x = tensor(x)
    return torch.nan_to_num(x, nan, posinf, neginf) if x.is_floating_point() else x


@operation
def copy(x: Any) -> torch.Tensor:
    """Return the same numbers in memory of their own."""
    return tensor(x).clone()


@operation
def angle(x: Any) -> torch.Tensor:
    """Return the angles of complex numbers in radians: 0 or pi for real ones."""
    return torch.angle(floats(x))


@operation
def real(x: Any) -> torch.Tensor:
    """Return the real parts."""
    return torch.real(tensor(x))


@operation
def imag(x: Any) -> torch.Tensor:
    """Return the imaginary parts, 0 for real numbers."""
    x = tensor(x)
    return torch.imag(x) if x.is_complex() else torch.zeros_like(x)


@operation
def conj(x: Any) -> torch.Tensor:
    """Return the numbers with the other sign of the imaginary part."""
    return torch.conj(tensor(x)).resolve_conj()


@operation
def conjugate(x: Any) -> torch.Tensor:
    """Return the numbers with the other sign of the imaginary part."""
    return torch.conj(tensor(x)).resolve_conj()
