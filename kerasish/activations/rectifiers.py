"""Activations that let positive values pass: ReLU, its leaky and clipped forms, ELU, SELU, CELU."""

from __future__ import annotations

import warnings

import torch
import torch.nn.functional as F

from kerasish.activations.array_like import takes_array_like
from kerasish.rounding import round_to_float32
from kerasish.saving.registry import builtin

# https://arxiv.org/abs/1706.02515, to the digits that torch and TensorFlow use.
_SELU_SCALE = 1.0507009873554804934193349852946


@builtin("keras.activations")
@takes_array_like
def relu(
    x: torch.Tensor,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
    *,
    alpha: float | None = None,
) -> torch.Tensor:
    """Rectified linear unit, `max(x, 0)`, with optional slope, ceiling and threshold.

    With `f(x) = max_value` above `max_value`, `x` between the threshold and `max_value`, and
    `negative_slope * (x - threshold)` below the threshold.

    Args:
        x: Tensor of any shape.
        negative_slope: Slope below the threshold.
        max_value: Largest value of the result, or None.
        threshold: Where the positive part starts.
        alpha: Keras 2's name of `negative_slope`.

    Returns:
        Tensor of the shape and dtype of `x`.

    See https://keras.io/api/layers/activations/#relu-function.
    """
    negative_slope = _keras_2_alpha("relu", alpha, negative_slope, 0.0)
    if negative_slope != 0 and max_value is None and threshold == 0:
        return F.leaky_relu(x, round_to_float32(negative_slope))
    if threshold != 0:
        positive = F.threshold(x, threshold, 0.0)
    elif max_value == 6:
        positive = F.relu6(x)
    else:
        positive = F.relu(x)
    # relu6 and clamp differ in the derivative at the ceiling: 0 and 1.
    if max_value is not None and not (threshold == 0 and max_value == 6):
        positive = torch.clamp(positive, 0.0, max_value)
    if negative_slope == 0:
        return positive
    return positive - negative_slope * F.relu(threshold - x if threshold != 0 else -x)


@builtin("keras.activations")
@takes_array_like
def leaky_relu(
    x: torch.Tensor, negative_slope: float = 0.2, *, alpha: float | None = None
) -> torch.Tensor:
    """Leaky ReLU: `x` for `x > 0`, else `negative_slope * x`.

    Args:
        x: Tensor of any shape.
        negative_slope: Slope for negative values; torch's own default is 0.01.
        alpha: Keras 2's name of `negative_slope`.
    """
    return F.leaky_relu(
        x, round_to_float32(_keras_2_alpha("leaky_relu", alpha, negative_slope, 0.2))
    )


def _keras_2_alpha(
    function: str, alpha: float | None, negative_slope: float, default: float
) -> float:
    if alpha is None:
        return negative_slope
    if negative_slope != default:
        raise ValueError(
            f"{function} takes `negative_slope` or its old name `alpha`, not both. "
            f"Received: negative_slope={negative_slope}, alpha={alpha}"
        )
    warnings.warn(
        f"{function}(alpha=...) is called negative_slope since Keras 3.",
        DeprecationWarning,
        stacklevel=4,
    )
    return alpha


@builtin("keras.activations")
@takes_array_like
def relu6(x: torch.Tensor) -> torch.Tensor:
    """ReLU with a ceiling: `min(max(x, 0), 6)`.

    Args:
        x: Tensor of any shape.
    """
    return F.relu6(x)


@builtin("keras.activations")
@takes_array_like
def elu(x: torch.Tensor, alpha: float = 1.0) -> torch.Tensor:
    """Exponential linear unit: `x` for `x > 0`, else `alpha * (exp(x) - 1)`.

    Args:
        x: Tensor of any shape.
        alpha: Size of the saturation at negative values.

    Source: https://arxiv.org/abs/1511.07289.
    """
    return F.elu(x, alpha)


@builtin("keras.activations")
@takes_array_like
def selu(x: torch.Tensor) -> torch.Tensor:
    """Scaled exponential linear unit: 1.0507 times an ELU of alpha 1.6733.

    Args:
        x: Tensor of any shape.

    Source: https://arxiv.org/abs/1706.02515.
    """
    # At 0 the derivative is that of the right side, as in Keras; torch's own takes the left.
    return torch.where(x < 0, F.selu(x), _SELU_SCALE * x)


@builtin("keras.activations")
@takes_array_like
def celu(x: torch.Tensor, alpha: float = 1.0) -> torch.Tensor:
    """Continuously differentiable ELU: `x` for `x > 0`, else `alpha * (exp(x / alpha) - 1)`.

    The derivative at 0 is 1. Keras on TensorFlow gives 2 there, adding that of both branches.

    Args:
        x: Tensor of any shape.
        alpha: Size of the saturation at negative values.

    Source: https://arxiv.org/abs/1704.07483.
    """
    if alpha == 1:
        return F.elu(x)
    # The derivative of F.celu rounds 1 / alpha to float32, in float64 too.
    return F.relu(x) + alpha * torch.expm1(torch.clamp(x, max=0.0) / alpha)
