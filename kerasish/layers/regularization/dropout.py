"""`Dropout` and `SpatialDropout`: zeros at random places in training (Srivastava et al. 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch

from kerasish import random
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.random import SeedGenerator
from kerasish.saving.registry import builtin


class ShapeKeepingNoise(Layer):
    """The base of layers that change values at random in training, and nothing in inference."""

    supports_masking = True
    seed: int | None

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the input's shape."""
        return tuple(input_shape)

    def _checked_rate(self, argument: str, rate: Any) -> float:
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            self._refuse(argument, rate, "a number from 0 to 1")
        return rate


@builtin("keras.layers")
class Dropout(ShapeKeepingNoise):
    """Drops a share of the inputs in training and scales the others up.

    Args:
        rate: Share to drop, from 0 to 1.
        noise_shape: Shape of the mask, broadcast over the inputs; None in it for the inputs' own
            size. `(batch, 1, features)` drops whole features of a sequence.
        seed: Seed; by default the layer takes one from Python's `random` when it is made.
        **kwargs: Arguments of every layer.
    """

    arguments: ClassVar[tuple[str, ...]] = ("rate", "seed", "noise_shape")

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.seed, self.noise_shape = seed, noise_shape
        self.rate = self._checked_rate("rate", rate)
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.built = True

    def call(self, inputs: torch.Tensor, training: bool = False) -> torch.Tensor:
        """Drop in training; else return the inputs."""
        if not training or self.rate == 0:
            return inputs
        return random.dropout(inputs, self.rate, self.noise_shape, self.seed_generator)


class SpatialDropout(Dropout):
    """The base of dropouts that drop whole feature maps; axes of space share the mask."""

    rank = 1
    arguments: ClassVar[tuple[str, ...]] = ("rate", "seed")

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        from kerasish import config

        super().__init__(rate, seed=seed, name=name, dtype=dtype, **kwargs)
        self.data_format = data_format or config.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", data_format, "'channels_last' or 'channels_first'")
        ones = (1,) * self.rank
        first = self.data_format == "channels_first" and self.rank > 1
        self.noise_shape = (None, None, *ones) if first else (None, *ones, None)
        self.input_spec = InputSpec(ndim=self.rank + 2)


@builtin("keras.layers")
class SpatialDropout1D(SpatialDropout):
    """Drops whole features of sequences `(batch, time, features)` in training.

    Args:
        rate: Share of the features to drop.
        seed: Seed of the layer's own.
        name: Name.
        dtype: Type.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self,
        rate: float,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rate, seed=seed, name=name, dtype=dtype, **kwargs)


@builtin("keras.layers")
class SpatialDropout2D(SpatialDropout):
    """Drops whole feature maps of images in training.

    Args:
        rate: Share of the maps to drop.
        data_format: `"channels_last"` for `(batch, height, width, channels)`, or
            `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.
    """

    rank = 2
    arguments = ("rate", "seed", "data_format")


@builtin("keras.layers")
class SpatialDropout3D(SpatialDropout):
    """Drops whole feature maps of volumes in training.

    Args:
        rate: Share of the maps to drop.
        data_format: `"channels_last"` for `(batch, depth, height, width, channels)`, or
            `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.
    """

    rank = 3
    arguments = ("rate", "seed", "data_format")
