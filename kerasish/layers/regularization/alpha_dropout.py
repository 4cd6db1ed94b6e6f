"""`AlphaDropout`: dropout that keeps mean and variance under SELU (Klambauer et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish import random
from kerasish.layers.regularization.dropout import ShapeKeepingNoise
from kerasish.random import SeedGenerator
from kerasish.saving.registry import builtin

# What SELU tends to for large negative inputs: -alpha * scale.
_SATURATION = -1.6732632423543772 * 1.0507009873554805


@builtin("keras.layers")
class AlphaDropout(ShapeKeepingNoise):
    """Sets a share of the inputs to SELU's saturation in training, then restores the moments.

    Args:
        rate: Share to drop, from 0 to 1.
        noise_shape: Shape of the mask, broadcast over the inputs; None in it for the inputs' own
            size.
        seed: Seed; by default the layer takes one from Python's `random` when it is made.
        **kwargs: Arguments of every layer.
    """

    arguments = ("rate", "seed", "noise_shape")

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())
        self.rate = self._checked_rate("rate", rate)
        if rate == 1:
            self._refuse("rate", rate, "a number below 1")
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.built = True

    def call(self, inputs: torch.Tensor, training: bool = False) -> torch.Tensor:
        """Drop in training; else return the inputs."""
        if not training or self.rate == 0:
            return inputs
        wanted = self.noise_shape or [None] * inputs.ndim
        shape = [
            own if size is None else size for own, size in zip(inputs.shape, wanted, strict=True)
        ]
        drawn = random.uniform(shape, seed=self.seed_generator, device=inputs.device)
        rate = self.rate
        factor = ((1 - rate) * (1 + rate * _SATURATION**2)) ** -0.5
        kept = torch.where(drawn >= rate, inputs, _SATURATION)
        return factor * kept - factor * _SATURATION * rate
