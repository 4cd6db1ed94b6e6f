"""`RandomFlip`: images mirrored at random."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.preprocessing.images.image_layer import RandomImageLayer
from kerasish.saving.registry import builtin

_MODES = ("horizontal", "vertical", "horizontal_and_vertical")


@builtin("keras.layers")
class RandomFlip(RandomImageLayer):
    """Mirrors every second image or so, in training.

    With `"horizontal_and_vertical"` an image is mirrored both ways or not at all, as in Keras.

    Args:
        mode: `"horizontal"`, `"vertical"` or `"horizontal_and_vertical"`.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = ("seed", "mode")

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if mode not in _MODES:
            self._refuse("mode", mode, f"one of {_MODES}")
        self.mode = mode

    def _draw(self, images: torch.Tensor, training: bool) -> torch.Tensor | None:
        if not training:
            return None
        return self._uniform((images.shape[0], 1, 1, 1), 0.0, 1.0, images) <= 0.5

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        if drawn is None:
            return images
        flipped = images
        if "horizontal" in self.mode:
            flipped = flipped.flip(self._width_axis)
        if "vertical" in self.mode:
            flipped = flipped.flip(self._height_axis)
        return torch.where(drawn, flipped, images)

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return self._apply_to_images(masks, drawn, training)
