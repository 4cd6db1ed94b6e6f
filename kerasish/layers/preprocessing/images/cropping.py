"""`CenterCrop` and `RandomCrop`: a part of each image."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.image import resize
from kerasish.layers.preprocessing.images.image_layer import ImageLayer, RandomImageLayer
from kerasish.random import make_default_seed
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class CenterCrop(ImageLayer):
    """Cuts the middle out of images; smaller images are cropped and enlarged.

    Args:
        height: New height.
        width: New width.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = ("height", "width")

    def __init__(
        self, height: int, width: int, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.height = self._checked_size("height", height)
        self.width = self._checked_size("width", width)

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        height, width = self._sizes(images)
        if height >= self.height and width >= self.width:
            images = images.narrow(self._height_axis, (height - self.height) // 2, self.height)
            return images.narrow(self._width_axis, (width - self.width) // 2, self.width)
        kept = max(min(height, width * self.height // self.width), 1)
        images = images.narrow(self._height_axis, (height - kept) // 2, kept)
        kept = max(min(width, height * self.width // self.height), 1)
        images = images.narrow(self._width_axis, (width - kept) // 2, kept)
        # TensorFlow answers in float32, whatever the type of the images.
        return resize(images.float(), (self.height, self.width), data_format=self.data_format)

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return self._apply_to_images(masks, drawn, training)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with the new height and width."""
        return self._resized_shape(input_shape, self.height, self.width)


@builtin("keras.layers")
class RandomCrop(RandomImageLayer):
    """Cuts the same random part out of all images of a batch, in training.

    In inference images stay as they are, as in Keras.

    Args:
        height: New height.
        width: New width.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = ("height", "width", "seed")

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        # Keras takes this seed from Python's `random` before the generator takes its own.
        kept = make_default_seed() if seed is None else seed
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.seed = kept
        self.height = self._checked_size("height", height)
        self.width = self._checked_size("width", width)

    def _draw(self, images: torch.Tensor, training: bool) -> tuple[Any, Any]:
        height, width = self._sizes(images)
        if training and height > self.height and width > self.width:
            top = self._uniform((), 0.0, float(height - self.height + 1), images)
            left = self._uniform((), 0.0, float(width - self.width + 1), images)
            return top.to(torch.int64), left.to(torch.int64)
        kept_height = max(min(height, width * self.height // self.width), 1)
        kept_width = max(min(width, height * self.width // self.height), 1)
        return (height - kept_height) // 2, (width - kept_width) // 2

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if not training:
            return images
        images = self._cast(images)
        for axis, start, size in (
            (self._height_axis, drawn[0], self.height),
            (self._width_axis, drawn[1], self.width),
        ):
            rest = images.shape[axis] - start if isinstance(start, int) else size
            places = start + torch.arange(min(size, rest), device=images.device)
            images = images.index_select(axis % images.ndim, places)
        if self._sizes(images) == (self.height, self.width):
            return images
        resized = resize(images, (self.height, self.width), data_format=self.data_format)
        return self._cast(resized)

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return self._apply_to_images(masks, drawn, True)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with the new height and width."""
        return self._resized_shape(input_shape, self.height, self.width)
