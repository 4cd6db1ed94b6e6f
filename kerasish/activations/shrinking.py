"""Activations that set a band of values to a constant: the shrink functions and threshold."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from kerasish.activations.array_like import takes_array_like
from kerasish.saving.registry import builtin


@builtin("keras.activations")
@takes_array_like
def soft_shrink(x: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """Move values towards 0 by the threshold, and those within it to 0.

    Args:
        x: Tensor of any shape.
        threshold: Width of the band, not negative.
    """
    return F.softshrink(x, threshold)


@builtin("keras.activations")
@takes_array_like
def hard_shrink(x: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """Set values within the threshold of 0 to 0 and leave all others.

    Args:
        x: Tensor of any shape.
        threshold: Width of the band.
    """
    return F.hardshrink(x, threshold)


@builtin("keras.activations")
@takes_array_like
def tanh_shrink(x: torch.Tensor) -> torch.Tensor:
    """Return `x - tanh(x)`.

    Args:
        x: Tensor of any shape.
    """
    return F.tanhshrink(x)


@builtin("keras.activations")
@takes_array_like
def threshold(x: torch.Tensor, threshold: float, default_value: float) -> torch.Tensor:
    """Replace values that are not above a threshold.

    Args:
        x: Tensor of any shape.
        threshold: Values above it stay.
        default_value: What the others become.
    """
    return F.threshold(x, threshold, default_value)
