"""`LayerNormalization`: mean zero and variance one within each sample (Ba et al. 2016)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.normalization.normalizer import (
    ARGUMENTS,
    Normalizer,
    at_least_float32,
    known_sizes,
)
from kerasish.saving.registry import builtin
from weight_port import layouts


@builtin("keras.layers")
class LayerNormalization(Normalizer):
    """Normalizes each sample over some axes; holds an `nn.LayerNorm` as `norm`.

    Args:
        axis: The axis or axes to normalize over.
        epsilon: Added to the variance.
        center: Whether there is an offset beta.
        scale: Whether there is a factor gamma.
        beta_initializer: How beta is drawn.
        gamma_initializer: How gamma is drawn.
        beta_regularizer: Penalty on beta.
        gamma_regularizer: Penalty on gamma.
        beta_constraint: Projection of beta.
        gamma_constraint: Projection of gamma.
        **kwargs: Arguments of every layer, and Keras's deprecated `rms_scaling`: divide by the
            standard deviation, subtract no mean, add no beta.

    Call argument: inputs of any shape; returns the same shape.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    layout = layouts.get("LayerNormalization")
    arguments = (*ARGUMENTS, "rms_scaling")

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        rms_scaling = kwargs.pop("rms_scaling", False)
        super().__init__(**kwargs)
        self._read_arguments(locals())
        if rms_scaling:
            warnings.warn(
                f"Layer '{self.name}' (LayerNormalization): rms_scaling=True divides by the "
                "standard deviation and is deprecated in Keras; for the root mean square use "
                "RMSNormalization.",
                stacklevel=2,
            )
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self._leave_input_dtype()

    def build(self, input_shape: Any) -> None:
        """Make the weights, of the sizes of the normalized axes."""
        self.axis = sorted(self.axis) if isinstance(self.axis, list) else [self.axis]
        sizes = known_sizes(self, input_shape, self.axis)
        scale = self.scale or self.rms_scaling
        center = self.center and not self.rms_scaling
        dtype = torch_dtype(self.variable_dtype)
        self._hold(make_empty(nn.LayerNorm, sizes, self.epsilon, dtype=dtype), scale, center)
        self._init_gamma_and_beta(sizes, scale, center)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Normalize each sample."""
        x = at_least_float32(inputs)
        axes = sorted(axis % x.ndim for axis in self.axis)
        last = list(range(x.ndim - len(axes), x.ndim))
        sizes = [x.shape[axis] for axis in axes]
        weight, bias = (
            None if value is None else value.reshape(sizes)
            for value in self._scale_and_offset(x.dtype)
        )
        moved = x if axes == last else x.movedim(axes, last)
        if self.rms_scaling:
            variance = moved.var(last, correction=0, keepdim=True)
            result = moved * torch.rsqrt(variance + self.epsilon)
            result = result * weight  # type: ignore[operator]
        else:
            result = functional.layer_norm(moved, sizes, weight, bias, self.epsilon)
        result = result if axes == last else result.movedim(last, axes)
        return result.to(torch_dtype(self.compute_dtype))
