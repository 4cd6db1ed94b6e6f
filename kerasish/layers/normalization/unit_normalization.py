"""`UnitNormalization`: a norm of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.layers.base.layer import Layer
from kerasish.layers.normalization.normalizer import check_axis
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class UnitNormalization(Layer):
    """Divides by the Euclidean norm along some axes.

    Args:
        axis: The axis or axes along which the norm goes.
        **kwargs: Arguments of every layer.

    Call argument: inputs of any shape; returns the same shape.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    supports_masking = True
    arguments = ("axis",)

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axis, (int, list, tuple)):
            self._refuse("axis", axis, "an integer or a list of integers")
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Normalize."""
        squares = inputs.square().sum(self.axis, keepdim=True)
        return inputs * torch.rsqrt(squares).clamp(max=1e12)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape."""
        for axis in self.axis if isinstance(self.axis, list) else [self.axis]:
            check_axis(self, axis, len(input_shape))
        return tuple(input_shape)
