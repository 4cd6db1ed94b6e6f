"""Padding that depends on the size of the input."""

from __future__ import annotations

import torch
from torch.nn import functional as F


def pad_same(
    x: torch.Tensor,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    value: float = 0.0,
) -> torch.Tensor:
    """Pad the last axes so that a window gives `ceil(size / stride)` entries, as TensorFlow does.

    Where the padding is odd, the end gets one entry more.
    """
    pads: list[int] = []
    sizes = x.shape[-len(kernel) :]
    for size, width, step, spacing in zip(sizes, kernel, stride, dilation, strict=True):
        reach = (width - 1) * spacing + 1
        total = max((-(-size // step) - 1) * step + reach - size, 0)
        pads = [total // 2, total - total // 2, *pads]
    return F.pad(x, pads, value=value)
