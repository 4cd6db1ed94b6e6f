"""Tensors made of a few numbers: spaced values, triangles of ones, powers, grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.config import floatx
from kerasish.dtypes import torch_dtype
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import on_one_device, plain, result_type


@operation
def array(x: Any, dtype: Any = None) -> torch.Tensor:
    """Return a value as a tensor.

    Args:
        x: An array, list, number, weight or tensor.
        dtype: Its type; that of the value by default.
    """
    found = tensor(x)
    return found if dtype is None else found.to(torch_dtype(dtype))


def empty(shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
    """Return a tensor of a shape; its numbers are zeros, as in Keras."""
    return torch.zeros(
        (shape,) if isinstance(shape, int) else tuple(shape), dtype=torch_dtype(dtype or floatx())
    )


@operation
def empty_like(x: Any, dtype: Any = None) -> torch.Tensor:
    """Return a tensor of a tensor's shape; its numbers are zeros, as in Keras."""
    return torch.zeros_like(tensor(x), dtype=None if dtype is None else torch_dtype(dtype))


def identity(n: int, dtype: Any = None) -> torch.Tensor:
    """Return ones on the diagonal, `(n, n)`, zeros elsewhere."""
    return torch.eye(n, dtype=torch_dtype(dtype or floatx()))


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> torch.Tensor:
    """Return ones up to a diagonal, `(N, M)`, zeros above it.

    Args:
        N: Rows.
        M: Columns; as many as rows by default.
        k: The diagonal: 0 the main one, above it if larger.
        dtype: The type.
    """
    ones = torch.ones(N, N if M is None else M, dtype=torch_dtype(dtype or floatx()))
    return torch.tril(ones, k)


@operation
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return evenly spaced numbers from `start` to `stop`.

    Args:
        start: First number, or a tensor of such.
        stop: Last number, or a tensor of such.
        num: How many.
        endpoint: Whether `stop` is the last; else it is the first that is not there.
        retstep: Whether the distance of two neighbours is returned too.
        dtype: The type; whole numbers are rounded down.
        axis: The axis along which the numbers lie, if `start` or `stop` is a tensor.

    Raises:
        ValueError: If `num` is below zero.
    """
    if num < 0:
        raise ValueError(f"linspace makes no fewer than 0 numbers. Received: num={num}")
    kind = result_type(start, stop, float) if dtype is None else torch_dtype(dtype)
    compute = kind if kind.is_floating_point or kind.is_complex else torch.float64
    first, last = torch.broadcast_tensors(*(one.to(kind) for one in on_one_device((start, stop))))
    first, last = first.to(compute), last.to(compute)
    parts = num - 1 if endpoint else num
    step = (last - first) / parts if parts > 0 else torch.tensor(float("nan"))
    places = torch.arange(num, dtype=compute, device=first.device)
    values = first[..., None] + (step[..., None] if parts > 0 else 0) * places
    if endpoint and num > 1:  # exact, whatever the steps add up to
        values = torch.cat([values[..., :-1], last[..., None]], -1)
    values = values.movedim(-1, axis)
    values = values if compute == kind else torch.floor(values).to(kind)
    return (values, step) if retstep else values


@operation
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10,
    dtype: Any = None,
    axis: int = 0,
) -> torch.Tensor:
    """Return powers of `base` with evenly spaced exponents from `start` to `stop`.

    Args:
        start: First exponent, or a tensor of such.
        stop: Last exponent, or a tensor of such.
        num: How many.
        endpoint: Whether `stop` is the last.
        base: What is raised to a power.
        dtype: The type, of the exponents too.
        axis: The axis along which the numbers lie, if `start` or `stop` is a tensor.
    """
    exponents = linspace(start, stop, num, endpoint, False, dtype, axis)
    return torch.pow(plain(base).to(exponents), exponents)


@operation
def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> torch.Tensor:
    """Return numbers from `start` to `stop` with the same quotient of neighbours.

    Args:
        start: First number, or a tensor of such; its sign is that of all.
        stop: Last number, or a tensor of such.
        num: How many.
        endpoint: Whether `stop` is the last.
        dtype: The type.
        axis: The axis along which the numbers lie, if `start` or `stop` is a tensor.
    """
    kind = torch_dtype(dtype or floatx())
    start, stop = (one.to(kind) for one in on_one_device((start, stop)))
    exponents = (torch.log10(start.abs()), torch.log10(stop.abs()))
    powers = logspace(*exponents, num, endpoint, 10, dtype, axis)
    sign = torch.sign(start).to(powers.dtype)
    return powers * (sign.unsqueeze(axis) if sign.ndim else sign)


@operation
def meshgrid(*x: Any, indexing: str = "xy") -> list[torch.Tensor]:
    """Return the coordinates of all points of a grid, a tensor for each axis.

    Args:
        *x: The places along each axis.
        indexing: `"xy"`: the second axis of the results is that of the first places; `"ij"`: the
            first axis is.
    """
    return list(torch.meshgrid(*[tensor(one).reshape(-1) for one in x], indexing=indexing))


@operation
def vander(x: Any, N: int | None = None, increasing: bool = False) -> torch.Tensor:
    """Return the powers of numbers, `(count, N)`, the highest first.

    Args:
        x: Numbers, `(count,)`.
        N: How many powers, from 0 on; as many as numbers by default.
        increasing: Whether the lowest comes first.
    """
    x = tensor(x)
    compute = result_type(x, torch.float32)
    powers = torch.arange(len(x) if N is None else N, dtype=compute, device=x.device)
    powers = powers if increasing else powers.flip(0)
    return torch.pow(x.to(compute)[:, None], powers).to(x.dtype)
