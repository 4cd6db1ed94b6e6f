"""`Activation`: an activation function as a layer."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.activations import glu
from kerasish.layers.base.layer import Layer
from kerasish.logits import activated
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Activation(Layer):
    """Applies an activation function.

    Args:
        activation: A name, a function of tensors, or a module.
        **kwargs: Arguments of every layer.
    """

    supports_masking = True
    arguments = ("activation",)

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Apply the function."""
        return activated(self.activation, inputs)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape, half of its last axis for `glu`."""
        shape = tuple(input_shape)
        if self.activation is glu and shape[-1] is not None:
            return (*shape[:-1], shape[-1] // 2)
        return shape
