"""Orthogonal matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from kerasish import random
from kerasish.initializers.random import RandomInitializer
from kerasish.saving.registry import builtin


@builtin("keras.initializers", "orthogonal", "OrthogonalInitializer")
class Orthogonal(RandomInitializer):
    """A matrix with orthonormal rows or columns, whichever are fewer, times a factor.

    More than two dimensions are taken as the matrix `(product of all but the last, last)`.

    Keras factorizes in float32, and its rounding grows with the condition number of the matrix:
    its values differ from these by about 1e-7 for a kernel `(units, 4 * units)`, and by 1e-6 to
    1e-5 for some square ones.

    Args:
        gain: The factor.
        seed: See `RandomInitializer`.

    Source: Saxe, McClelland and Ganguli, arXiv:1312.6120.

    See https://keras.io/api/layers/initializers/#orthogonal-class.
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        self.gain = gain
        super().__init__(seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return numbers of a shape and float dtype.

        Raises:
            ValueError: If the shape has less than two dimensions.
        """
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal needs two dimensions or more. Received: shape={tuple(shape)}"
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        drawn = random.normal(tall, dtype=dtype, seed=self._source)
        # In float64, as rounding grows with the condition number of the matrix.
        q, r = torch.linalg.qr(drawn.double())
        # The signs of r's diagonal make the factorization unique and the matrix uniform.
        q = q * torch.sign(torch.diagonal(r))
        if rows < columns:
            q = q.T
        return (self.gain * q).to(drawn.dtype).reshape(tuple(shape)).contiguous()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "gain": self.gain}
