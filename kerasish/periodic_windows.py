"""Windows for Fourier transforms of pieces of a signal, as `tf.signal` makes them."""

from __future__ import annotations

import math

import torch

NAMES = ("hann", "hamming")


def periodic_window(name: str, size: int, like: torch.Tensor) -> torch.Tensor:
    """Return one period of a window, `(size,)`.

    Args:
        name: `"hann"` or `"hamming"`.
        size: Number of values. Windows of odd size are symmetric in TensorFlow.
        like: A tensor of the type and on the device that is wanted.
    """
    if size == 1:
        return torch.ones(1, dtype=like.dtype, device=like.device)
    period = size - size % 2
    first = 0.5 if name == "hann" else 0.54
    places = torch.arange(size, dtype=like.dtype, device=like.device)
    return first - (1 - first) * torch.cos(2 * math.pi * places / period)
