"""Tensors joined and cut along a certain axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import alike
from kerasish.ops.shapes import split


@operation
def append(x1: Any, x2: Any, axis: int | None = None) -> torch.Tensor:
    """Join two tensors along an axis, or all their numbers in order."""
    x1, x2 = alike(x1, x2)
    if axis is None:
        return torch.cat([x1.reshape(-1), x2.reshape(-1)])
    return torch.cat([x1, x2], axis)


@operation
def hstack(xs: Sequence[Any]) -> torch.Tensor:
    """Join tensors along their second axis, those of one axis along it."""
    tensors = alike(*xs)
    return torch.cat(tensors, 0 if tensors[0].ndim == 1 else 1)


@operation
def vstack(xs: Sequence[Any]) -> torch.Tensor:
    """Join tensors along their first axis; those of one axis too, as Keras does on TensorFlow."""
    return torch.cat(alike(*xs), 0)


@operation
def dstack(xs: Sequence[Any]) -> torch.Tensor:
    """Join tensors along a third axis, `(1, count, 1)` if they have one axis only."""
    return torch.cat(torch.atleast_3d(*alike(*xs)), 2)


@operation
def array_split(x: Any, indices_or_sections: int, axis: int = 0) -> list[torch.Tensor]:
    """Cut a tensor into parts of which the first may be longer by one.

    Args:
        x: Any shape.
        indices_or_sections: How many parts.
        axis: The axis that is cut.

    Raises:
        TypeError: If the number of parts is no whole number.
        ValueError: If it is not above zero.
    """
    if not isinstance(indices_or_sections, int):
        raise TypeError(
            "array_split takes a number of parts; to cut at places use split. Received: "
            f"indices_or_sections={indices_or_sections}"
        )
    if indices_or_sections <= 0:
        raise ValueError(
            "array_split makes at least one part. Received: "
            f"indices_or_sections={indices_or_sections}"
        )
    return list(torch.tensor_split(tensor(x), indices_or_sections, axis))


@operation
def hsplit(x: Any, indices_or_sections: Any) -> list[torch.Tensor]:
    """Cut along the second axis, or the only one, into equal parts or at given places."""
    x = tensor(x)
    return split(x, indices_or_sections, axis=0 if x.ndim == 1 else 1)


@operation
def vsplit(x: Any, indices_or_sections: Any) -> list[torch.Tensor]:
    """Cut along the first axis into equal parts or at given places."""
    return split(x, indices_or_sections, axis=0)


@operation
def dsplit(x: Any, indices_or_sections: Any) -> list[torch.Tensor]:
    """Cut along the third axis into equal parts or at given places."""
    return split(x, indices_or_sections, axis=2)
