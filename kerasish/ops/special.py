"""Special functions, and distances."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops.dispatch import operation
from kerasish.ops.promotion import alike_floats, floats


@operation
def erfc(x: Any) -> torch.Tensor:
    """Return one less the error function."""
    return torch.erfc(floats(x))


@operation
def erfinv(x: Any) -> torch.Tensor:
    """Return the inverse of the error function."""
    return torch.erfinv(floats(x))


@operation
def cdist(x: Any, y: Any) -> torch.Tensor:
    """Return the Euclidean distances of all pairs of vectors.

    Args:
        x: `(..., n, features)`.
        y: `(..., m, features)`.

    Returns:
        `(..., n, m)`. The gradient of a distance of 0 is 0.

    Raises:
        ValueError: If the vectors have not one length.
    """
    x, y = alike_floats(x, y)
    if min(x.ndim, y.ndim) < 2 or x.shape[-1] != y.shape[-1]:
        raise ValueError(
            "cdist takes tensors of two axes or more with the same last axis. "
            f"Received: shapes {tuple(x.shape)} and {tuple(y.shape)}"
        )
    # By way of products torch would lose digits of near points.
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


@operation
def polar(abs_: Any, angle: Any) -> torch.Tensor:
    """Return complex numbers by their absolute values and angles in radians."""
    size, turn = alike_floats(abs_, angle)
    return torch.complex(size * torch.cos(turn), size * torch.sin(turn))


@operation
def psnr(x1: Any, x2: Any, max_val: float) -> torch.Tensor:
    """Return the peak signal-to-noise ratio of two images or batches, in decibels.

    Args:
        x1: Any shape.
        x2: The same shape.
        max_val: Largest value that an entry can have.

    Raises:
        ValueError: If the shapes differ.
    """
    x1, x2 = alike_floats(x1, x2)
    if x1.shape != x2.shape:
        raise ValueError(
            "psnr takes tensors of one shape. "
            f"Received: shapes {tuple(x1.shape)} and {tuple(x2.shape)}"
        )
    error = (x1 - x2).square().mean()
    peak = torch.as_tensor(max_val, dtype=error.dtype, device=error.device)
    return 20 * torch.log10(peak) - 10 * torch.log10(error)
