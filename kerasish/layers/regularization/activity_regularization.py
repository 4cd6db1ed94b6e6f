"""`ActivityRegularization`: a penalty on the values that pass."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.base.layer import Layer
from kerasish.regularizers import L1L2
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class ActivityRegularization(Layer):
    """Adds an L1 and L2 penalty on its input to the losses, and passes the input on.

    Args:
        l1: Factor of the sum of absolute values.
        l2: Factor of the sum of squares.
        **kwargs: Arguments of every layer.
    """

    supports_masking = True
    arguments = ("l1", "l2")

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=L1L2(l1=l1, l2=l2), **kwargs)
        self._read_arguments(locals())
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the inputs."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration; the two factors stand for the penalty."""
        config = super().get_config()
        config.pop("activity_regularizer", None)
        return config
