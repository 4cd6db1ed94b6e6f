"""`RandomBrightness` and `RandomContrast`: lighter, darker and clearer images."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.preprocessing.images.image_layer import RandomImageLayer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class RandomBrightness(RandomImageLayer):
    """Adds a random number to each image, in training.

    Args:
        factor: Largest change either way as a share of the range of values, or two such ends.
        value_range: The least and the largest value of images.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in their own type.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = ("factor", "value_range", "seed")

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(seed=seed, **kwargs)
        self.factor = self._range_of("factor", factor)
        self.value_range = sorted(self._value_range(value_range))

    def _draw(self, images: torch.Tensor, training: bool) -> torch.Tensor | None:
        if not training:
            return None
        drawn = self._uniform((images.shape[0], 1, 1, 1), *self.factor, images)
        return drawn * (self.value_range[1] - self.value_range[0])

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if drawn is None:
            return images
        if not images.is_floating_point():
            drawn = drawn.to(torch.int64)
        return (images + drawn.to(images.dtype)).clamp(*self.value_range)


@builtin("keras.layers")
class RandomContrast(RandomImageLayer):
    """Moves each image's values away from its mean, or towards it, by a random factor, in training.

    Args:
        factor: Largest change of the factor from 1, or the largest downwards and upwards.
        value_range: The least and the largest value of images.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = ("factor", "value_range", "seed")

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(seed=seed, **kwargs)
        self.factor = self._range_of("factor", factor, (0, 1))
        self.value_range = self._value_range(value_range)

    def _draw(self, images: torch.Tensor, training: bool) -> torch.Tensor | None:
        if not training:
            return None
        low, high = 1.0 - self.factor[0], 1.0 + self.factor[1]
        return self._uniform((images.shape[0], 1, 1, 1), low, high, images, self.compute_dtype)

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if drawn is None:
            return images
        values = images if images.is_floating_point() else self._cast(images)
        mean = values.mean(self._height_axis, keepdim=True).mean(self._width_axis, keepdim=True)
        return ((values - mean) * drawn + mean).clamp(*self.value_range)
