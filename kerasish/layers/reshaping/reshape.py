"""`Reshape`: another shape for the same values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from kerasish.layers.reshaping.flatten import DtypeKeepingLayer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Reshape(DtypeKeepingLayer):
    """Gives each sample another shape.

    Args:
        target_shape: Shape without the batch axis; one axis may be -1.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If the sizes do not go together.
    """

    arguments = ("target_shape",)

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        sizes = (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        if sizes.count(-1) > 1:
            self._refuse("target_shape", target_shape, "a shape with at most one -1")
        self.target_shape = sizes
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Reshape all but the first axis."""
        self._require_fit(tuple(inputs.shape))
        return inputs.reshape(inputs.shape[0], *self.target_shape)

    def _require_fit(self, shape: tuple) -> None:
        if None in shape[1:]:
            return
        size = math.prod(shape[1:])
        known = math.prod(s for s in self.target_shape if s != -1)
        fits = size % known == 0 if -1 in self.target_shape and known else size == known
        if not fits:
            raise ValueError(
                f"Layer '{self.name}' (Reshape) can't give samples of {size} values the shape "
                f"{self.target_shape}. Received: inputs of shape {shape}"
            )

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the batch axis and the target shape, with -1 worked out where it can be."""
        self._require_fit(tuple(input_shape))
        sizes: list[int | None] = list(self.target_shape)
        if -1 in sizes:
            known = math.prod(s for s in self.target_shape if s != -1)
            unknown = None in input_shape[1:]
            sizes[sizes.index(-1)] = None if unknown else math.prod(input_shape[1:]) // known
        return (input_shape[0], *sizes)
