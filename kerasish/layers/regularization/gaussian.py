"""`GaussianNoise` and `GaussianDropout`: normal noise in training."""

from __future__ import annotations

import math
from typing import Any

import torch

from kerasish.layers.regularization.draws import normal
from kerasish.layers.regularization.dropout import ShapeKeepingNoise
from kerasish.random import SeedGenerator
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class GaussianNoise(ShapeKeepingNoise):
    """Adds normal noise of mean zero in training.

    Args:
        stddev: Standard deviation of the noise, from 0 to 1 as in Keras.
        seed: Seed of the layer's own; torch's generator is used if not given.
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
        return inputs + normal(inputs, 0.0, self.stddev, self.seed, self.seed_generator)


@builtin("keras.layers")
class GaussianDropout(ShapeKeepingNoise):
    """Multiplies by normal noise of mean one in training (Srivastava et al. 2014).

    Args:
        rate: As for dropout: the noise has the standard deviation `sqrt(rate / (1 - rate))`.
        seed: Seed of the layer's own; torch's generator is used if not given.
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
        return inputs * normal(inputs, 1.0, stddev, self.seed, self.seed_generator)
