"""`Permute`: the axes of each sample in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.reshaping.flatten import DtypeKeepingLayer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Permute(DtypeKeepingLayer):
    """Reorders the axes; the batch axis stays first.

    Args:
        dims: The axes in their new order, counted from 1: `(2, 1)` swaps the first two.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If `dims` is not an order of the numbers from 1 on.
    """

    arguments = ("dims",)

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            self._refuse("dims", dims, "an order of the numbers from 1 on")
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Reorder the axes."""
        return inputs.permute(0, *self.dims)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with its axes reordered."""
        return (input_shape[0], *(input_shape[dim] for dim in self.dims))
