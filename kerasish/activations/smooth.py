"""Unbounded activations without a kink, and gates: softplus, SiLU, GELU, Mish, GLU and others."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import fx

from kerasish.activations.array_like import takes_array_like
from kerasish.saving.registry import builtin

# Above this torch gives `x` itself. Its own default of 20 is too early for float64, where
# log(1 + exp(-20)) = 2e-9 still counts; exp(50) fits float32.
_SOFTPLUS_THRESHOLD = 50.0

_GELU_SCALE = 0.7978845608028654  # sqrt(2 / pi)
_GELU_CUBIC_FLOAT32 = float(np.float32(0.044715))
_GELU_SQRT_HALF_FLOAT32 = float(np.float32(0.7071067811865476))


@builtin("keras.activations")
@takes_array_like
def linear(x: torch.Tensor) -> torch.Tensor:
    """Return the input.

    Args:
        x: Tensor of any shape.
    """
    return x


@builtin("keras.activations")
@takes_array_like
def exponential(x: torch.Tensor) -> torch.Tensor:
    """Exponential function.

    Args:
        x: Tensor of any shape.
    """
    return torch.exp(x)


@builtin("keras.activations")
@takes_array_like
def softplus(x: torch.Tensor) -> torch.Tensor:
    """Softplus: `log(1 + exp(x))`.

    Args:
        x: Tensor of any shape.
    """
    return F.softplus(x, threshold=_SOFTPLUS_THRESHOLD)


@builtin("keras.activations")
@takes_array_like
def sparse_plus(x: torch.Tensor) -> torch.Tensor:
    """SparsePlus: 0 up to -1, `x` from 1 on, `(x + 1)^2 / 4` between.

    Args:
        x: Tensor of any shape.
    """
    middle = 0.25 * (x + 1) ** 2
    return torch.where(x < 1, torch.where(x <= -1, 0.0, middle), x)


@builtin("keras.activations", "swish")
@takes_array_like
def silu(x: torch.Tensor) -> torch.Tensor:
    """SiLU, also called Swish: `x * sigmoid(x)`.

    Args:
        x: Tensor of any shape.

    Source: https://arxiv.org/abs/1710.05941.
    """
    return F.silu(x)


@builtin("keras.activations", "hard_swish")
@takes_array_like
def hard_silu(x: torch.Tensor) -> torch.Tensor:
    """Hard SiLU, also called hard swish: `x * relu6(x + 3) / 6`.

    Args:
        x: Tensor of any shape.

    Source: https://arxiv.org/abs/1905.02244.
    """
    return F.hardswish(x)


@builtin("keras.activations")
@takes_array_like
def gelu(x: torch.Tensor, approximate: bool = False) -> torch.Tensor:
    """Gaussian error linear unit: `x * P(X <= x)` for a standard normal X.

    In float64 it equals that of Keras on TensorFlow, which is 5e-9 from the exact value.

    Args:
        x: Tensor of any shape.
        approximate: Whether to use the approximation by tanh.

    Source: https://arxiv.org/abs/1606.08415.
    """
    # A proxy of torch.fx has no dtype; symbolic tensors name it.
    if not isinstance(x, fx.Proxy) and x.dtype in (torch.float64, "float64"):
        return _gelu_of_float64(x, approximate)
    return F.gelu(x, approximate="tanh" if approximate else "none")


def _gelu_of_float64(x: torch.Tensor, approximate: bool) -> torch.Tensor:
    """Compute GELU with TensorFlow's constants, which are those of float32 in float64 too."""
    if approximate:
        inner = _GELU_SCALE * (x + _GELU_CUBIC_FLOAT32 * x**3)
        return 0.5 * x * (1 + torch.tanh(inner))
    return 0.5 * x * torch.erfc(-x * _GELU_SQRT_HALF_FLOAT32)


@builtin("keras.activations")
@takes_array_like
def mish(x: torch.Tensor) -> torch.Tensor:
    """Mish: `x * tanh(softplus(x))`.

    Args:
        x: Tensor of any shape.

    Source: https://arxiv.org/abs/1908.08681.
    """
    return F.mish(x)


@builtin("keras.activations")
@takes_array_like
def squareplus(x: torch.Tensor, b: float = 4) -> torch.Tensor:
    """Squareplus: `(x + sqrt(x^2 + b)) / 2`.

    Args:
        x: Tensor of any shape.
        b: Smoothness; 0 gives a ReLU.

    Source: https://arxiv.org/abs/2112.11687.
    """
    return (x + torch.sqrt(torch.square(x) + b)) / 2


@builtin("keras.activations")
@takes_array_like
def glu(x: torch.Tensor, axis: int = -1) -> torch.Tensor:
    """Gated linear unit: `a * sigmoid(b)` for the two halves of one axis.

    Args:
        x: Tensor with an even number of entries on the axis.
        axis: The axis to halve.

    Returns:
        Tensor with half as many entries on the axis.

    Raises:
        ValueError: If the number of entries on the axis is odd.

    Source: https://arxiv.org/abs/1612.08083.
    """
    size = x.shape[axis]
    if isinstance(size, int) and size % 2:
        raise ValueError(
            "glu needs an even number of entries on the axis that it halves. "
            f"Received: shape={tuple(x.shape)}, axis={axis}"
        )
    return F.glu(x, axis)
