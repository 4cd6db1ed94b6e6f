"""Class vectors and norms of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish import config


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Turn classes into rows that are one at the class and zero elsewhere.

    Args:
        x: Class numbers from 0 on, of any shape; a last axis of size 1 is dropped.
        num_classes: How many classes there are; one more than the largest number if None.

    Returns:
        A float64 array `(..., num_classes)`; for a tensor a float32 tensor, in which numbers
        outside the classes give zeros.

    Raises:
        ValueError: If an array holds a number outside the classes, or a tensor comes without
            `num_classes`.

    See https://keras.io/api/utils/python_utils/#tocategorical-function.
    """
    if isinstance(x, torch.Tensor):
        return _one_hot(x, num_classes)
    numbers = np.array(x, dtype="int64")
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    if not num_classes:
        if numbers.size == 0:
            raise ValueError(
                "to_categorical needs `num_classes` for an array without values. "
                f"Received: x of shape {numbers.shape}, num_classes={num_classes}"
            )
        num_classes = int(numbers.max()) + 1
    # Negative numbers count from the last class, as indices do in Keras.
    if numbers.size and not -num_classes <= numbers.min() <= numbers.max() < num_classes:
        raise ValueError(
            f"to_categorical takes class numbers below num_classes={num_classes}. "
            f"Received: numbers from {numbers.min()} to {numbers.max()}"
        )
    return np.eye(num_classes)[numbers]


def _one_hot(x: torch.Tensor, num_classes: int | None) -> torch.Tensor:
    if num_classes is None:
        raise ValueError(
            "to_categorical needs `num_classes` for a tensor. Received: num_classes=None"
        )
    if x.ndim > 1 and x.shape[-1] == 1:
        x = x.squeeze(-1)
    classes = torch.arange(num_classes, device=x.device)
    return (x.long().unsqueeze(-1) == classes).float()


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """Divide by the norm along an axis.

    Args:
        x: An array or a tensor.
        axis: The axis.
        order: Order of the norm; 2 is the Euclidean one.

    Returns:
        An array for an array, a tensor for a tensor, of the same shape. Zeros stay zeros.

    Raises:
        ValueError: For a tensor and an order that is not a positive integer.

    See https://keras.io/api/utils/python_utils/#normalize-function.
    """
    if not isinstance(x, torch.Tensor):
        x = np.asarray(x)
        norm = np.linalg.norm(x, order, axis, keepdims=True)
        return x / np.where(norm == 0, 1, norm)
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"normalize takes an integer >= 1 as `order`. Received: order={order!r}")
    x = x if x.is_floating_point() else x.float()
    x = x.unsqueeze(0) if x.ndim == 0 else x
    norm = torch.linalg.vector_norm(x, order, dim=axis, keepdim=True)
    return x / norm.clamp(min=config.epsilon())
