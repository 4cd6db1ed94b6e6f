"""The base of layers that change colors and leave segmentation masks alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.layers.preprocessing.images.image_layer import RandomImageLayer


def to_range(
    images: torch.Tensor, given: Sequence[float], wanted: Sequence[float], dtype: torch.dtype
) -> torch.Tensor:
    """Move values from one range to another; equal ranges leave them, and their type, alone.

    Args:
        images: Values.
        given: Ends of the range that they are in.
        wanted: Ends of the range that is wanted.
        dtype: The type to compute in.
    """
    if given[0] == wanted[0] and given[1] == wanted[1]:
        return images
    low, high, new_low, new_high = (
        torch.tensor(end, dtype=dtype, device=images.device) for end in (*given, *wanted)
    )
    return (images.to(dtype) - low) / (high - low) * (new_high - new_low) + new_low


class ColorLayer(RandomImageLayer):
    """A layer that draws one number for each image.

    Args:
        factor: Ends of the range of the numbers, or the upper one.
        bounds: What the ends have to be within.
        value_range: The least and the largest value of images.
        **kwargs: Arguments of `RandomImageLayer`.
    """

    arguments = ("factor", "value_range", "seed")

    def __init__(
        self, factor: Any, bounds: tuple[float, float], value_range: Any, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.factor = self._range_of("factor", factor, bounds)
        self.value_range = self._value_range(value_range)

    def _draw(self, images: torch.Tensor, training: bool) -> Any:
        """Draw a number for each image; Keras does so in inference too."""
        return self._uniform((images.shape[0],), *self.factor, images)
