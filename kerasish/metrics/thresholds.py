"""Thresholds of predictions: their check and what is particular about even ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish import config

# Below all predictions: stands for what is not among the best.
LOWEST = -1e10


def parse_thresholds(thresholds: Any, default: float) -> list[float]:
    """Return thresholds as a list.

    Args:
        thresholds: A number, a list or tuple of numbers from 0 to 1, or None.
        default: The only threshold if none are given.

    Raises:
        ValueError: If a threshold is not from 0 to 1.
    """
    if thresholds is None:
        return [default]
    values = list(thresholds) if isinstance(thresholds, (list, tuple)) else [thresholds]
    if not values or any(value is None or not 0 <= value <= 1 for value in values):
        raise ValueError(f"Thresholds have to be from 0 to 1. Received: thresholds={thresholds!r}")
    return values


def evenly_distributed(thresholds: Sequence[float]) -> bool:
    """Whether thresholds, three or more, divide the range from 0 to 1 into equal parts."""
    if len(thresholds) < 3:
        return False
    even = np.arange(len(thresholds), dtype=np.float32) / (len(thresholds) - 1)
    return bool(np.allclose(thresholds, even, atol=config.epsilon()))


def even_thresholds(count: int) -> list[float]:
    """Return the thresholds strictly between 0 and 1 that `count` even ones have."""
    return [(i + 1) * 1.0 / (count - 1) for i in range(count - 2)]
