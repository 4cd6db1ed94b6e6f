"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import compute_type, sum_type


@operation
def diag(x: Any, k: int = 0) -> torch.Tensor:
    """Return the diagonal of a matrix, or a matrix with a diagonal.

    Args:
        x: `(rows, columns)`, or the numbers of the diagonal, `(count,)`.
        k: Which diagonal: 0 the main one, above it if larger.

    Raises:
        ValueError: If `x` has other axes.
    """
    x = tensor(x)
    if x.ndim not in (1, 2):
        raise ValueError(f"diag takes one or two axes. Received: x of shape {tuple(x.shape)}")
    return torch.diag(x, k)


@operation
def diagflat(x: Any, k: int = 0) -> torch.Tensor:
    """Return a matrix with all numbers on a diagonal, see `diag`."""
    return torch.diag(tensor(x).reshape(-1), k)


@operation
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> torch.Tensor:
    """Return the diagonals of matrices, along a new last axis.

    Args:
        x: Any shape.
        offset: Which diagonal: 0 the main one, above it if larger.
        axis1: The axis of rows.
        axis2: The axis of columns.

    Raises:
        ValueError: If both axes are one.
    """
    x = tensor(x)
    if axis1 % x.ndim == axis2 % x.ndim:
        raise ValueError(f"diagonal takes two axes. Received: axis1={axis1}, axis2={axis2}")
    return torch.diagonal(x, offset, axis1, axis2)


@operation
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> torch.Tensor:
    """Add up the diagonals of matrices, see `diagonal`."""
    x = tensor(x)
    total = torch.diagonal(x, offset, axis1, axis2).sum(-1, dtype=compute_type(x.dtype))
    return total.to(sum_type(x.dtype))


@operation
def tril(x: Any, k: int = 0) -> torch.Tensor:
    """Return matrices with zeros above a diagonal.

    Args:
        x: `(..., rows, columns)`.
        k: Which diagonal: 0 the main one, above it if larger.
    """
    return torch.tril(tensor(x), int(k))


@operation
def triu(x: Any, k: int = 0) -> torch.Tensor:
    """Return matrices with zeros below a diagonal.

    Args:
        x: `(..., rows, columns)`.
        k: Which diagonal: 0 the main one, above it if larger.
    """
    return torch.triu(tensor(x), int(k))
