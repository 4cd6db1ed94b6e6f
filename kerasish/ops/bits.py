"""Operations on the bits of whole numbers and of floats, and common divisors."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import alike, alike_floats, result_type


@operation
def bitwise_and(x: Any, y: Any) -> torch.Tensor:
    """Return the bits that both whole numbers have."""
    return torch.bitwise_and(*alike(x, y))


@operation
def bitwise_or(x: Any, y: Any) -> torch.Tensor:
    """Return the bits that one of two whole numbers has."""
    return torch.bitwise_or(*alike(x, y))


@operation
def bitwise_xor(x: Any, y: Any) -> torch.Tensor:
    """Return the bits that just one of two whole numbers has."""
    return torch.bitwise_xor(*alike(x, y))


@operation
def bitwise_invert(x: Any) -> torch.Tensor:
    """Return the other bits of whole numbers."""
    return torch.bitwise_not(tensor(x))


@operation
def bitwise_not(x: Any) -> torch.Tensor:
    """Return the other bits of whole numbers."""
    return torch.bitwise_not(tensor(x))


@operation
def bitwise_left_shift(x: Any, y: Any) -> torch.Tensor:
    """Move the bits of `x` by `y` places to the left."""
    return torch.bitwise_left_shift(*_shifted(x, y))


@operation
def left_shift(x: Any, y: Any) -> torch.Tensor:
    """Move the bits of `x` by `y` places to the left."""
    return torch.bitwise_left_shift(*_shifted(x, y))


@operation
def bitwise_right_shift(x: Any, y: Any) -> torch.Tensor:
    """Move the bits of `x` by `y` places to the right, the sign kept."""
    return torch.bitwise_right_shift(*_shifted(x, y))


@operation
def right_shift(x: Any, y: Any) -> torch.Tensor:
    """Move the bits of `x` by `y` places to the right, the sign kept."""
    return torch.bitwise_right_shift(*_shifted(x, y))


def _shifted(x: Any, y: Any) -> list[torch.Tensor]:
    x = tensor(x)
    # A number of places does not change the type.
    x, y = [x, torch.as_tensor(y, dtype=x.dtype)] if isinstance(y, int) else alike(x, y)
    # TensorFlow moves by no fewer places than none, and by no more than there are.
    return [x, y.clamp(0, 8 * x.dtype.itemsize - 1)]


@operation
def gcd(x1: Any, x2: Any) -> torch.Tensor:
    """Return the greatest common divisors of whole numbers.

    Raises:
        TypeError: If these are no whole numbers.
    """
    return torch.gcd(*_whole("gcd", x1, x2))


@operation
def lcm(x1: Any, x2: Any) -> torch.Tensor:
    """Return the least common multiples of whole numbers.

    Raises:
        TypeError: If these are no whole numbers.
    """
    return torch.lcm(*_whole("lcm", x1, x2))


def _whole(name: str, x1: Any, x2: Any) -> list[torch.Tensor]:
    tensors = alike(x1, x2)
    kind = tensors[0].dtype
    if kind.is_floating_point or kind.is_complex or kind == torch.bool:
        raise TypeError(f"{name} takes whole numbers. Received: numbers of type {kind}")
    return tensors


@operation
def ldexp(x1: Any, x2: Any) -> torch.Tensor:
    """Return `x1` times two to the power of the whole number `x2`.

    Raises:
        TypeError: If `x2` is not of a whole type.
    """
    x1, x2 = tensor(x1), tensor(x2)
    if x2.is_floating_point() or x2.is_complex() or x2.dtype == torch.bool:
        raise TypeError(f"ldexp takes whole exponents. Received: x2 of type {x2.dtype}")
    kind = result_type(x1, x2, float)
    x1 = x1.to(kind)
    scaled = x1 * torch.pow(torch.full_like(x1, 2), x2.to(kind))
    # An exponent that is too large or small must not make NaN of these.
    return torch.where(torch.isinf(x1) | (x1 == 0), x1, scaled)


@operation
def nextafter(x1: Any, x2: Any) -> torch.Tensor:
    """Return the next number of the type after `x1` towards `x2`."""
    return torch.nextafter(*alike_floats(x1, x2))


@operation
def signbit(x: Any) -> torch.Tensor:
    """Whether the sign's bit is set: for numbers below zero, and for -0.0."""
    x = tensor(x)
    return torch.zeros_like(x) if x.dtype == torch.bool else torch.signbit(x)


@operation
def view(x: Any, dtype: Any = None) -> torch.Tensor:
    """Read the same bytes as numbers of another type.

    Args:
        x: Any shape; the last axis grows or shrinks with the size of a number.
        dtype: The type; that of `x` by default.

    Raises:
        ValueError: If the last axis has no whole number of these.
    """
    x = tensor(x)
    kind = x.dtype if dtype is None else torch_dtype(dtype)
    if kind.itemsize != x.dtype.itemsize and (
        not x.ndim or x.shape[-1] * x.dtype.itemsize % kind.itemsize
    ):
        raise ValueError(
            "view needs a last axis whose bytes make whole numbers of the new type. Received: "
            f"dtype={standardize_dtype(kind)} for shape {tuple(x.shape)} of "
            f"{standardize_dtype(x.dtype)}"
        )
    return x.contiguous().view(kind)
