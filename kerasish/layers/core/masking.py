"""`Masking`: steps that hold nothing but a certain value are padding."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.graph.mask_step import MaskStep
from kerasish.layers.base.inputs import set_mask
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Masking(Layer):
    """Masks the steps in which every feature equals `mask_value`, and sets them to zero.

    Args:
        mask_value: The value that marks padding.
        **kwargs: Arguments of every layer.

    Call argument: inputs `(batch, time, features)`; returns the same shape.
    """

    supports_masking = True
    arguments = ("mask_value",)

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())
        self.built = True

    def _makes_masks(self) -> bool:
        return True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return which steps are not padding, `(batch, time)`."""
        return (inputs != self.mask_value).any(dim=-1)

    def _symbolic_mask(self, inputs: Any, mask: Any) -> Any:
        return MaskStep("any", MaskStep("not_equal", inputs))

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Set masked steps to zero; the mask travels with the output."""
        mask = self.compute_mask(inputs)
        return set_mask(inputs * mask[..., None], mask)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape."""
        return tuple(input_shape)
