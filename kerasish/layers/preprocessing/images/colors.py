"""Random colors: hue, saturation, grayness, sharpness, fewer levels, the negative."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from kerasish import config as settings
from kerasish import random
from kerasish.image.colors import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from kerasish.layers.preprocessing.images.color_layer import ColorLayer, to_range
from kerasish.layers.preprocessing.images.image_layer import RandomImageLayer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class RandomHue(ColorLayer):
    """Turns the hue of each image by a random part of the color circle, in training.

    Args:
        factor: Largest part of half the circle, from 0 to 1, or two such ends.
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, (0, 1), value_range, data_format=data_format, seed=seed, **kwargs)

    def _draw(self, images: torch.Tensor, training: bool) -> torch.Tensor:
        side = self._uniform((images.shape[0],), 0.0, 1.0, images)
        amount = self._uniform((images.shape[0],), *self.factor, images)
        return torch.where(side > 0.5, -amount, amount) * 0.5

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if not training:
            return images
        images = self._cast(images)
        images = to_range(images, self.value_range, (0, 1), torch.float32)
        colors = rgb_to_hsv(images, self.data_format)
        hue, saturation, value = colors.unbind(self._channel_axis)
        hue = hue + drawn.to(images.dtype)[:, None, None]
        hue = torch.where(hue > 1.0, hue - 1.0, hue)
        hue = torch.where(hue < 0.0, hue + 1.0, hue)
        colors = torch.stack([hue, saturation, value], dim=self._channel_axis)
        images = hsv_to_rgb(colors, self.data_format).clamp(0, 1)
        return self._cast(to_range(images, (0, 1), self.value_range, torch.float32))


@builtin("keras.layers")
class RandomSaturation(ColorLayer):
    """Makes the colors of each image stronger or weaker, in training.

    Args:
        factor: A range within -1 to 1, or its upper end; 0.5 leaves colors as they are, 0 makes
            them gray.
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, (-1, 1), value_range, data_format=data_format, seed=seed, **kwargs)
        self.value_range = sorted(self.value_range)

    def _draw(self, images: torch.Tensor, training: bool) -> torch.Tensor:
        drawn = super()._draw(images, training)
        return drawn / (1 - drawn + settings.epsilon())

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if not training:
            return images
        images = images if images.is_floating_point() else self._cast(images)
        colors = rgb_to_hsv(images, self.data_format)
        hue, saturation, value = colors.unbind(self._channel_axis)
        saturation = (saturation * self._cast(drawn)[:, None, None]).clamp(*self.value_range)
        return hsv_to_rgb(
            torch.stack([hue, saturation, value], dim=self._channel_axis), self.data_format
        )


@builtin("keras.layers")
class RandomColorDegeneration(ColorLayer):
    """Mixes each image with its gray form, in training.

    Args:
        factor: Largest share of the gray image, or two ends.
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, (-1, 1), value_range, data_format=data_format, seed=seed, **kwargs)
        self.value_range = sorted(self.value_range)

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if not training:
            return images
        images = self._cast(images)
        gray = rgb_to_grayscale(images, self.data_format)
        share = self._cast(drawn)[:, None, None, None]
        return (images + share * (gray - images)).clamp(*self.value_range)


@builtin("keras.layers")
class RandomSharpness(ColorLayer):
    """Makes each image sharper or softer, in training.

    Args:
        factor: A range within 0 to 1, or its upper end; 0.5 leaves images as they are.
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, (0, 1), value_range, data_format=data_format, seed=seed, **kwargs)
        self.value_range = sorted(self.value_range)

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        if not training:
            return images
        channels = images.shape[self._channel_axis]
        kernel = torch.full((3, 3), 1.0 / 13.0, dtype=images.dtype, device=images.device)
        kernel[1, 1] = 5.0 / 13.0
        first = images.movedim(self._channel_axis, 1)
        soft = functional.conv2d(
            first, kernel.expand(channels, 1, 3, 3), padding=1, groups=channels
        )
        soft = soft.movedim(1, self._channel_axis)
        amount = self._cast(drawn * 2)[:, None, None, None]
        return (images + (1.0 - amount) * (soft - images)).clamp(*self.value_range)


@builtin("keras.layers")
class RandomPosterization(ColorLayer):
    """Keeps a random number of bits of each image's values, in training.

    Args:
        factor: A range within 1 to 8 bits, or its upper end.
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, (1, 8), value_range, data_format=data_format, seed=seed, **kwargs)
        self.value_range = sorted(self.value_range)

    def _draw(self, images: torch.Tensor, training: bool) -> torch.Tensor:
        low, high = (int(end) for end in self.factor)
        shape = (images.shape[0],)
        if low == high:
            return torch.full(shape, 8 - low, dtype=torch.uint8, device=images.device)
        bits = random.randint(shape, low, high, "uint8", self.generator, device=images.device)
        return 8 - bits

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if not training:
            return images
        kind = self._cast(images[:0]).dtype
        levels = to_range(images, self.value_range, (0, 255), kind).to(torch.uint8)
        shift = drawn[:, None, None, None]
        levels = (levels >> shift) << shift
        return to_range(levels.to(kind), (0, 255), self.value_range, kind)


@builtin("keras.layers")
class RandomGrayscale(RandomImageLayer):
    """Makes some images gray, in training.

    Args:
        factor: Share of the images, from 0 to 1.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Seed of the layer's own; Keras leaves it out of the configuration.
        **kwargs: Arguments of every layer.
    """

    arguments = ("factor",)

    def __init__(
        self,
        factor: float = 0.5,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if isinstance(factor, (tuple, list)) or not 0 <= factor <= 1:
            self._refuse("factor", factor, "a number from 0 to 1")
        self.factor = factor

    def _draw(self, images: torch.Tensor, training: bool) -> torch.Tensor:
        return self._uniform((images.shape[0],), 0.0, 1.0, images) < self.factor

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if not training:
            return images
        gray = rgb_to_grayscale(images, self.data_format)
        return torch.where(drawn[:, None, None, None], gray, images)


@builtin("keras.layers")
class RandomInvert(ColorLayer):
    """Turns some images into their negative, in training.

    Args:
        factor: Range that each image's chance is drawn from, within 0 to 1, or its upper end.
        value_range: The least and the largest value of images.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self,
        factor: Any = 1.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, (0, 1), value_range, data_format=data_format, seed=seed, **kwargs)

    def _draw(self, images: torch.Tensor, training: bool) -> torch.Tensor | None:
        if not training:
            return None
        chance = super()._draw(images, training)
        return self._uniform((images.shape[0],), 0.0, 1.0, images) < chance

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        if drawn is None:
            return images
        images = self._cast(images)
        return torch.where(drawn[:, None, None, None], self.value_range[1] - images, images)
