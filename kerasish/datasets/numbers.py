"""What the data sets of housing prices do alike."""

from __future__ import annotations

import numpy as np

from kerasish.datasets.word_numbers import shuffled_alike

Part = tuple[np.ndarray, np.ndarray]


def check_split(test_split: float) -> None:
    """Raise for a part of the samples that is none.

    Raises:
        ValueError: If it is not from 0 to below 1.
    """
    if not 0 <= test_split < 1:
        raise ValueError(
            f"`test_split` is at least 0 and below 1. Received: test_split={test_split}"
        )


def split(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> tuple[Part, Part]:
    """Return samples in random order, the last part for tests."""
    x, y = shuffled_alike(seed, x, y)
    count = int(len(x) * (1 - test_split))
    return (x[:count].copy(), y[:count].copy()), (x[count:].copy(), y[count:].copy())
