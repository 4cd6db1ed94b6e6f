"""`RMSNormalization`: a root mean square of one within each sample (Zhang and Sennrich 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from kerasish import initializers
from kerasish.dtypes import torch_dtype
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.base.layer import Layer
from kerasish.layers.normalization.normalizer import at_least_float32, check_axis, known_sizes
from kerasish.saving.registry import builtin
from weight_port import layouts


@builtin("keras.layers")
class RMSNormalization(Layer):
    """Divides each sample by its root mean square; holds an `nn.RMSNorm` as `norm`.

    Args:
        axis: The axis or axes over which the mean goes. For axes other than the last ones Keras
            still multiplies by the scale along the last axes, and so does this layer.
        epsilon: Added to the mean square.
        **kwargs: Arguments of every layer.

    Call argument: inputs of any shape; returns the same shape.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    layout = layouts.get("RMSNormalization")
    held_module = "norm"
    axis: Any
    arguments = ("axis", "epsilon")

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())

    def build(self, input_shape: Any) -> None:
        """Make the scale, of the sizes of the normalized axes."""
        several = isinstance(self.axis, (list, tuple))
        self.axis = sorted(self.axis) if several else [self.axis]
        sizes = known_sizes(self, input_shape, self.axis)
        dtype = torch_dtype(self.variable_dtype)
        self.norm = make_empty(nn.RMSNorm, sizes, self.epsilon, dtype=dtype)
        self._init_ported_weight("scale", sizes, initializers.get("ones"))

    def call(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize each sample."""
        kind = x.dtype if x.is_floating_point() else None
        x = at_least_float32(x)
        axes = [axis % x.ndim for axis in self.axis]
        scale = self.norm.weight.to(x.dtype)
        if axes == list(range(x.ndim - len(axes), x.ndim)):
            result = torch.rms_norm(x, list(scale.shape), scale, self.epsilon)
        else:
            mean = x.square().mean(axes, keepdim=True)
            result = x * torch.rsqrt(mean + self.epsilon) * scale
        return result.to(kind or x.dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape."""
        for axis in self.axis if isinstance(self.axis, (list, tuple)) else [self.axis]:
            check_axis(self, axis, len(input_shape))
        return tuple(input_shape)
