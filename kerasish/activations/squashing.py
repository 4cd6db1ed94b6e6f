"""Activations with a bounded range: sigmoid, tanh, and their piecewise linear relatives."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from kerasish.activations.array_like import takes_array_like
from kerasish.saving.registry import builtin


@builtin("keras.activations")
@takes_array_like
def sigmoid(x: torch.Tensor) -> torch.Tensor:
    """Logistic function: `1 / (1 + exp(-x))`.

    Args:
        x: Tensor of any shape.
    """
    return torch.sigmoid(x)


@builtin("keras.activations")
@takes_array_like
def tanh(x: torch.Tensor) -> torch.Tensor:
    """Hyperbolic tangent.

    Args:
        x: Tensor of any shape.
    """
    return torch.tanh(x)


@builtin("keras.activations")
@takes_array_like
def hard_sigmoid(x: torch.Tensor) -> torch.Tensor:
    """Piecewise linear sigmoid of Keras 3: `relu6(x + 3) / 6`.

    Keras 2's was another one, `clip(0.2 * x + 0.5, 0, 1)`.

    Args:
        x: Tensor of any shape.
    """
    # The derivative of F.hardsigmoid is exact in float32 only, and has none itself.
    return F.relu6(x + 3) / 6


@builtin("keras.activations")
@takes_array_like
def hard_tanh(x: torch.Tensor) -> torch.Tensor:
    """Values clipped to the range -1 to 1.

    Args:
        x: Tensor of any shape.
    """
    # The derivative at -1 and 1 is 1, as in Keras; F.hardtanh gives 0 there.
    return torch.clamp(x, -1.0, 1.0)


@builtin("keras.activations")
@takes_array_like
def softsign(x: torch.Tensor) -> torch.Tensor:
    """Softsign: `x / (1 + |x|)`.

    Args:
        x: Tensor of any shape.
    """
    return F.softsign(x)


@builtin("keras.activations")
@takes_array_like
def sparse_sigmoid(x: torch.Tensor) -> torch.Tensor:
    """Sparse sigmoid: 0 up to -1, 1 from 1 on, `(x + 1) / 2` between.

    Args:
        x: Tensor of any shape.

    Source: https://arxiv.org/abs/1901.02324.
    """
    return 0.5 * (F.hardtanh(x) + 1)


@builtin("keras.activations")
@takes_array_like
def log_sigmoid(x: torch.Tensor) -> torch.Tensor:
    """Logarithm of the sigmoid: `-softplus(-x)`.

    Args:
        x: Tensor of any shape.
    """
    return F.logsigmoid(x)
