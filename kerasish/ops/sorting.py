"""Orders: sorting, places among sorted numbers, different numbers."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import alike, plain


@operation
def sort(x: Any, axis: int | None = -1) -> torch.Tensor:
    """Return numbers in rising order along an axis, or all of them, `(count,)`."""
    x = tensor(x)
    return torch.sort(x.reshape(-1) if axis is None else x, dim=axis or 0, stable=True).values


@operation
def argsort(x: Any, axis: int | None = -1) -> torch.Tensor:
    """Return where the numbers in rising order are, int32; the first of equal ones first."""
    x = tensor(x)
    if not x.ndim:
        return torch.zeros(1, dtype=torch.int32, device=x.device)
    flat = x.reshape(-1) if axis is None else x
    return torch.sort(flat, dim=axis or 0, stable=True).indices.to(torch.int32)


@operation
def argpartition(x: Any, kth: int, axis: int | None = -1) -> torch.Tensor:
    """Return places such that none before the one at `kth` holds a larger number, int32.

    Args:
        x: Any shape.
        kth: Which place of the result parts smaller from larger numbers.
        axis: The axis, or None for all numbers in order.
    """
    x = tensor(x)
    count = x.numel() if axis is None else x.shape[axis]
    if not -count <= kth < count:
        raise ValueError(f"argpartition needs kth below {count}. Received: kth={kth}")
    return argsort(x, axis)


@operation
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> torch.Tensor:
    """Return where numbers would stand in a sorted sequence, int32.

    Args:
        sorted_sequence: Numbers in rising order, `(count,)`.
        values: Numbers of any shape.
        side: Whether they stand before equal ones (`"left"`) or after (`"right"`).

    Raises:
        ValueError: If the sequence has other than one axis.
    """
    ordered, wanted = alike(sorted_sequence, values)
    if ordered.ndim != 1:
        raise ValueError(
            "searchsorted takes a sequence with one axis. Received: sorted_sequence of shape "
            f"{tuple(ordered.shape)}"
        )
    return torch.searchsorted(ordered, wanted.contiguous(), side=side, out_int32=True)


@operation
def digitize(x: Any, bins: Any) -> torch.Tensor:
    """Return the number of the bin that each value lies in, int32; 0 below all edges.

    Args:
        x: Any shape.
        bins: The edges in rising order; a value on an edge is above it.
    """
    x = tensor(x)
    edges = plain(bins, x.device).to(torch.float32 if x.dtype != torch.float64 else x.dtype)
    x = x if x.is_floating_point() else x.to(torch.float64)
    return torch.bucketize(x, edges.to(x.dtype), right=True, out_int32=True)


@operation
def nonzero(x: Any) -> list[torch.Tensor]:
    """Return where numbers are not zero: for each axis the places, `(found,)`, int32."""
    return [one.to(torch.int32) for one in torch.where(tensor(x).bool())]


@operation
def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """Return the different numbers, or the different parts along an axis.

    Args:
        x: Any shape.
        sorted: Whether they come in rising order; else in that of their first places.
        return_index: Whether their first places are returned too.
        return_inverse: Whether for each number of `x` its place in the result is returned too.
        return_counts: Whether it is returned how often each comes.
        axis: The axis of the parts; all numbers in order by default.
        size: How many are returned; others are left out, and what is missing is filled in.
        fill_value: What is filled in, 0 by default.

    Returns:
        The different ones, or a tuple of them, the first places, the inverse and the counts.
    """
    x = tensor(x)
    values, inverse, counts = torch.unique(
        x, return_inverse=True, return_counts=True, dim=axis, sorted=True
    )
    along = 0 if axis is None else axis
    order = torch.arange(inverse.numel(), device=x.device)
    first = torch.full((len(counts),), inverse.numel(), device=x.device)
    first = first.scatter_reduce(0, inverse.reshape(-1), order, "amin")
    if not sorted:
        by_place = torch.argsort(first)
        values, first, counts = (
            values.index_select(along, by_place),
            first[by_place],
            counts[by_place],
        )
        inverse = torch.argsort(by_place)[inverse]
    if size is not None:
        values = _sized(values, size, along, 0 if fill_value is None else fill_value)
        first, counts = _sized(first, size, 0, 1), _sized(counts, size, 0, 0)
    wanted = [(return_index, first), (return_inverse, inverse), (return_counts, counts)]
    others = [one.to(torch.int32) for asked, one in wanted if asked]
    return (values, *others) if others else values


def _sized(x: torch.Tensor, size: int, axis: int, fill: Any) -> torch.Tensor:
    x = x.narrow(axis, 0, min(size, x.shape[axis]))
    shape = list(x.shape)
    shape[axis] = size - x.shape[axis]
    return torch.cat([x, x.new_full(shape, fill)], axis)
