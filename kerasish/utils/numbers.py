"""Small conversions of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Turn class numbers into rows with a one at the class.

    Args:
        x: Integers of any shape; a last axis of size 1 is dropped.
        num_classes: Number of classes, the largest number plus one by default.

    Returns:
        Floats of the shape of `x` with an axis of `num_classes` added: a tensor for a tensor, else
        a NumPy array.

    Raises:
        ValueError: If a number is not below `num_classes`.
    """
    if isinstance(x, torch.Tensor):
        return torch.from_numpy(to_categorical(x.numpy(force=True), num_classes)).to(x.device)
    numbers = np.asarray(x).astype("int64")
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    count = int(numbers.max()) + 1 if num_classes is None else num_classes
    if numbers.size and (numbers.min() < -count or numbers.max() >= count):
        raise ValueError(
            f"to_categorical takes numbers below num_classes={count}. Received: numbers from "
            f"{numbers.min()} to {numbers.max()}"
        )
    return np.eye(count)[numbers]


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """Divide by the norm along an axis; a norm of zero divides by one.

    Args:
        x: Numbers of any shape.
        axis: The axis.
        order: Order of the norm: 2 for the length.
    """
    if isinstance(x, torch.Tensor):
        norm = torch.linalg.vector_norm(x, order, axis, keepdim=True)
        return x / torch.where(norm == 0, 1, norm)
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, axis)
