"""`GaussianNoise` and `GaussianDropout`: normal noise in training."""

from __future__ import annotations

import math
from typing import Any

import torch

from kerasish import random
from kerasish.layers.regularization.dropout import ShapeKeepingNoise
from kerasish.random import SeedGenerator
from kerasish.saving.registry import builtin


class NormalNoise(ShapeKeepingNoise):
    """The base of layers that draw normal numbers."""

    def _noise(self, inputs: torch.Tensor, mean: float, stddev: float) -> torch.Tensor:
        """Draw normal numbers of a tensor's shape, dtype and device."""
        return random.normal(
            inputs.shape, mean, stddev, inputs.dtype, self.seed_generator, device=inputs.device
        )


@builtin("keras.layers")
class GaussianNoise(NormalNoise):
    """Adds normal noise of mean zero in training.

    Args:
        stddev: Standard deviation of the noise, from 0 to 1 as in Keras.
        seed: Seed; by default the layer takes one from Python's `random` when it is made.
        **kwargs: Arguments of every layer.
    """

    arguments = ("stddev", "seed")

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())
        self.stddev = self._checked_rate("stddev", stddev)
        if stddev > 0:
            self.seed_generator = SeedGenerator(seed)
        self.built = True

    def call(self, inputs: torch.Tensor, training: bool = False) -> torch.Tensor:
        """Add noise in training; else return the inputs."""
        if not training or self.stddev == 0:
            return inputs
        return inputs + self._noise(inputs, 0.0, self.stddev)


@builtin("keras.layers")
class GaussianDropout(NormalNoise):
    """Multiplies by normal noise of mean one in training (Srivastava et al. 2014).

    Args:
        rate: As for dropout: the noise has the standard deviation `sqrt(rate / (1 - rate))`.
        seed: Seed; by default the layer takes one from Python's `random` when it is made.
        **kwargs: Arguments of every layer.
    """

    arguments = ("rate", "seed")

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read_arguments(locals())
        self.rate = self._checked_rate("rate", rate)
        if rate == 1:
            self._refuse("rate", rate, "a number below 1")
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.built = True

    def call(self, inputs: torch.Tensor, training: bool = False) -> torch.Tensor:
        """Multiply by noise in training; else return the inputs."""
        if not training or self.rate == 0:
            return inputs
        stddev = math.sqrt(self.rate / (1 - self.rate))
        return inputs * self._noise(inputs, 1.0, stddev)
