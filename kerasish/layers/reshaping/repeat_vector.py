"""`RepeatVector`: a vector at every step of a sequence."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.reshaping.flatten import DtypeKeepingLayer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class RepeatVector(DtypeKeepingLayer):
    """Turns `(batch, features)` into `(batch, n, features)`.

    Args:
        n: Number of repetitions.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If `n` is not a positive integer.
    """

    arguments = ("n",)

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = self._checked_size("n", n)
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Repeat along a new axis of time."""
        return inputs[:, None].expand(-1, self.n, -1).contiguous()

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return `(batch, n, features)`."""
        return (input_shape[0], self.n, input_shape[1])
