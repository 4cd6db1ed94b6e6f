"""`AutoContrast`, `Equalization` and `Solarization`: other levels for the values of images."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.layers.preprocessing.images.color_layer import to_range
from kerasish.layers.preprocessing.images.image_layer import ImageLayer, RandomImageLayer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class AutoContrast(ImageLayer):
    """Stretches each channel of each image over the whole range of values.

    Args:
        value_range: The least and the largest value of images.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`. As in Keras, with
    `data_format="channels_first"` the least and the largest value are those of rows.
    """

    arguments = ("value_range",)

    def __init__(self, value_range: Any = (0, 255), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.value_range = sorted(self._value_range(value_range))

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        kind = torch_dtype(self.compute_dtype)
        values = self._cast(to_range(images, self.value_range, (0, 255), kind))
        low, high = values.amin((1, 2), keepdim=True), values.amax((1, 2), keepdim=True)
        scale = 255.0 / (high - low)
        values = (values * scale - low * scale).clamp(0.0, 255.0)
        values = to_range(values, (0, 255), self.value_range, kind)
        # A channel of one value has no range to stretch.
        return torch.where(values.isnan(), images.to(kind), values)


@builtin("keras.layers")
class Equalization(ImageLayer):
    """Spreads the values of each channel evenly, counted over the whole batch.

    Args:
        value_range: The least and the largest value of images.
        bins: Number of levels.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`; as they are in inference.
    """

    arguments = ("value_range", "bins")

    def __init__(
        self,
        value_range: Any = (0, 255),
        bins: int = 256,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.bins = self._checked_size("bins", bins)
        self.value_range = sorted(self._value_range(value_range))
        # Keras's layer is at work unless told otherwise, as the random ones.
        self.training = True

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if not training:
            return images
        channels = self._cast(images).unbind(self._channel_axis)
        equalized = [self._equalize(channel) for channel in channels]
        return torch.stack(equalized, dim=self._channel_axis)

    def _equalize(self, channel: torch.Tensor) -> torch.Tensor:
        low, high = self.value_range
        scale = 255 / (high - low)
        channel = channel * scale + (0 - low * scale)
        places = (channel.float() * (self.bins - 1) / 255.0).to(torch.int64)
        counts = torch.bincount(places.clamp(0, self.bins - 1).flatten(), minlength=self.bins)
        below = counts.cumsum(0)
        first = below[torch.argmax((below > 0).to(torch.uint8))]
        whole = below[-1] - first
        levels = (below - first).double() * 255 / torch.where(whole == 0, 1, whole)
        levels = levels.round().clamp(0, 255).to(channel.dtype)
        places = (channel / 255.0 * (self.bins - 1)).clamp(0, self.bins - 1).to(torch.int64)
        result = torch.where(torch.count_nonzero(counts) <= 1, channel, levels[places])
        back = (high - low) / 255
        return result * back + low


@builtin("keras.layers")
class Solarization(RandomImageLayer):
    """Adds a random number to each image and inverts the values above a random threshold.

    Args:
        addition_factor: Largest addition as a share of 255, or two ends.
        threshold_factor: Largest threshold likewise.
        value_range: The least and the largest value of images.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`; as they are in inference.
    """

    arguments = ("value_range", "addition_factor", "threshold_factor", "seed")

    def __init__(
        self,
        addition_factor: Any = 0.0,
        threshold_factor: Any = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, **kwargs)
        self.addition_factor = self._range_of("addition_factor", addition_factor, (0, 1))
        self.threshold_factor = self._range_of("threshold_factor", threshold_factor, (0, 1))
        self.value_range = sorted(self._value_range(value_range))

    def _draw(self, images: torch.Tensor, training: bool) -> Any:
        if not training:
            return None
        shape = (images.shape[0], 1, 1, 1)
        return tuple(
            self._uniform(shape, low, high * 255, images, self.compute_dtype)
            for low, high in (self.addition_factor, self.threshold_factor)
        )

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        if drawn is None:
            return images
        addition, threshold = drawn
        values = to_range(images, self.value_range, (0, 255), images.dtype)
        values = (values + addition).clamp(0, 255)
        values = torch.where(values < threshold, values, 255 - values)
        return to_range(values, (0, 255), self.value_range, images.dtype)
