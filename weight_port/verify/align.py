"""Brings the output of a layer of another framework to the shape that Keras's has."""

from __future__ import annotations

import numpy as np


def align(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray | None, str]:
    """Return `b` in the shape of `a`, and what was done to it.

    A shape that could be brought about in two ways is brought about in the first: the channels
    moved last, then the last step of a sequence taken.

    Args:
        a: An output with the channels last.
        b: The output of the layer that belongs to it.

    Returns:
        The array and a note; None if the shapes have nothing to do with each other.
    """
    if a.shape == b.shape:
        return b, ""
    if a.ndim == b.ndim >= 3:
        moved = np.moveaxis(b, 1, -1)
        if moved.shape == a.shape:
            return moved, "the channels of b were moved last"
    if b.ndim == 3 and a.ndim == 2 and (b.shape[0], b.shape[2]) == a.shape:
        return b[:, -1], "the last step of b was taken"
    return None, ""
