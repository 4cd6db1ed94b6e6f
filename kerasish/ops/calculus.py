"""Differences, integrals, and products of vectors and of matrices."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import alike, alike_floats, floats, plain


@operation
def diff(a: Any, n: int = 1, axis: int = -1) -> torch.Tensor:
    """Return the differences of neighbours along an axis.

    Args:
        a: Any shape with at least one axis; for truth values, whether neighbours differ.
        n: How many times.
        axis: The axis, which gets shorter by `n`.

    Raises:
        ValueError: If `n` is below zero or `a` has no axis.
    """
    a = tensor(a)
    if n < 0 or (n and not a.ndim):
        raise ValueError(f"diff takes n >= 0 and an axis. Received: n={n}, shape {tuple(a.shape)}")
    return torch.diff(a, n, axis) if n else a


@operation
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> torch.Tensor:
    """Integrate along an axis, by straight lines from value to value.

    Args:
        y: Values, any shape.
        x: Where they are: of the shape of `y`, or as many as the axis has.
        dx: The distance of neighbours, if `x` is not given.
        axis: The axis.
    """
    y = floats(y).movedim(axis, -1)
    if x is None:
        widths = plain(dx).to(y)
    else:
        x = tensor(x).to(y)
        widths = torch.diff(x if x.ndim == 1 else x.movedim(axis, -1))
    return (0.5 * (y[..., 1:] + y[..., :-1]) * widths).sum(-1)


@operation
def vdot(x1: Any, x2: Any) -> torch.Tensor:
    """Return the sum of the products of all numbers, the first's conjugate if it is complex."""
    x1, x2 = (one.reshape(-1) for one in alike(x1, x2))
    return _through_floats(torch.vdot, x1, x2)


@operation
def inner(x1: Any, x2: Any) -> torch.Tensor:
    """Multiply over the last axis of both."""
    return _through_floats(torch.inner, *alike(x1, x2))


def _through_floats(product: Any, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
    if x1.is_floating_point() or x1.is_complex():
        return product(x1, x2)
    return product(x1.double(), x2.double()).to(x1.dtype)


@operation
def kron(x1: Any, x2: Any) -> torch.Tensor:
    """Return Kronecker's product: each number of the first times all of the second."""
    return torch.kron(*alike(x1, x2))


@operation
def cross(
    x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> torch.Tensor:
    """Return the vectors that are orthogonal to two; for two in a plane the third number alone.

    Args:
        x1: Vectors of 2 or 3 numbers.
        x2: Vectors of 2 or 3 numbers; other axes broadcast.
        axisa: The axis of the first's vectors.
        axisb: The axis of the second's vectors.
        axisc: The axis of the result's vectors.
        axis: All three axes, if given.
    """
    first, second, last = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    x1, x2 = alike(x1, x2)
    x1, x2 = x1.movedim(first, -1), x2.movedim(second, -1)
    flat = x1.shape[-1] == x2.shape[-1] == 2
    for one in (x1, x2):
        if one.shape[-1] not in (2, 3):
            raise ValueError(
                "cross takes vectors of 2 or 3 numbers. Received: an axis of size "
                f"{one.shape[-1]} in shape {tuple(one.shape)}"
            )
    x1, x2 = (torch.nn.functional.pad(one, (0, 3 - one.shape[-1])) for one in (x1, x2))
    product = torch.linalg.cross(*torch.broadcast_tensors(x1, x2))
    return product[..., 2] if flat else product.movedim(-1, last)


@operation
def slogdet(x: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the signs of determinants, and the logarithms of their absolute values.

    Args:
        x: Square matrices, `(..., n, n)`.
    """
    sign, logarithm = torch.linalg.slogdet(*alike_floats(x))
    return sign, logarithm
