"""Windows for spectra."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.config import floatx
from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor


def bartlett(x: Any) -> torch.Tensor:
    """Return a triangle of `x` numbers that begins and ends with 0."""
    return torch.bartlett_window(_count("bartlett", x), False, dtype=torch_dtype(floatx()))


def blackman(x: Any) -> torch.Tensor:
    """Return Blackman's window of `x` numbers, which has two cosines."""
    return torch.blackman_window(_count("blackman", x), False, dtype=torch_dtype(floatx()))


def hamming(x: Any) -> torch.Tensor:
    """Return Hamming's window of `x` numbers, a raised cosine that does not end with 0."""
    return torch.hamming_window(_count("hamming", x), False, dtype=torch.float32)


def hanning(x: Any) -> torch.Tensor:
    """Return Hann's window of `x` numbers, a raised cosine."""
    return torch.hann_window(_count("hanning", x), False, dtype=torch.float32)


def kaiser(x: Any, beta: Any) -> torch.Tensor:
    """Return Kaiser's window of `x` numbers, the narrower the larger `beta` is."""
    count = _count("kaiser", x)
    return torch.kaiser_window(count, False, beta=float(beta), dtype=torch.float32)


def _count(name: str, x: Any) -> int:
    if isinstance(x, KerasTensor):
        raise TypeError(f"{name} needs the number of points, no symbol. Received: x={x}")
    return int(x)
