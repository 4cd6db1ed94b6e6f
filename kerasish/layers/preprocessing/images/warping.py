"""`RandomShear`, `RandomPerspective`, `RandomElasticTransform` and `RandomGaussianBlur`."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import random
from kerasish.image import affine_transform
from kerasish.image.projection import FILL_MODES, INTERPOLATIONS
from kerasish.image.warping import elastic_transform, gaussian_blur, homography
from kerasish.layers.preprocessing.images.image_layer import RandomImageLayer
from kerasish.layers.preprocessing.images.projecting import ProjectingLayer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class RandomShear(ProjectingLayer):
    """Shears each image by a random amount, in training.

    Args:
        x_factor: Largest amount along x, from 0 to 1, or two such ends.
        y_factor: Likewise along y.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: What is outside of the image: `"reflect"`, `"wrap"`, `"constant"` or
            `"nearest"`.
        fill_value: The constant.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.
    """

    arguments = ("x_factor", "y_factor", "fill_mode", "interpolation", "seed", "fill_value")

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.x_factor = self._range_of("x_factor", x_factor)
        self.y_factor = self._range_of("y_factor", y_factor)

    def _matrix(self, images: torch.Tensor) -> torch.Tensor:
        shape, kind = (images.shape[0], 1), self.compute_dtype
        side = self._uniform(shape, 0.0, 1.0, images, kind)
        along_y = self._uniform(shape, *self.y_factor, images, kind)
        along_x = self._uniform(shape, *self.x_factor, images, kind)
        side = torch.where(side > 0.5, -1.0, 1.0).to(side.dtype)
        one, zero = torch.ones_like(side), torch.zeros_like(side)
        parts = [one, along_x * side, zero, along_y * side, one, zero, zero, zero]
        return torch.cat(parts, dim=1)


class SometimesLayer(RandomImageLayer):
    """The base of layers that change some of the images, by a chance drawn for each.

    Args:
        factor: Range that each image's chance is drawn from, within 0 to 1, or its upper end.
        **kwargs: Arguments of `RandomImageLayer`.
    """

    def __init__(self, factor: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = self._range_of("factor", factor, (0, 1))

    def _chosen(self, images: torch.Tensor) -> torch.Tensor:
        """Draw which images are changed, bool `(batch, 1, 1, 1)`."""
        shape = (images.shape[0],)
        chance = self._uniform(shape, *self.factor, images)
        return (self._uniform(shape, 0.0, 1.0, images) < chance)[:, None, None, None]

    def _channels_first(self, images: torch.Tensor) -> torch.Tensor:
        return images.movedim(self._channel_axis, 1)

    def _as_given(self, images: torch.Tensor) -> torch.Tensor:
        return images.movedim(1, self._channel_axis)


@builtin("keras.layers")
class RandomPerspective(SometimesLayer):
    """Moves the corners of some images at random, in training.

    Args:
        factor: Range that each image's chance is drawn from, within 0 to 1, or its upper end.
        scale: How far corners move, from 0 to 1.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_value: What is outside of the image.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.
    """

    arguments = ("factor", "scale", "interpolation", "fill_value", "seed")

    def __init__(
        self,
        factor: Any = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, seed=seed, data_format=data_format, **kwargs)
        if not 0.0 <= scale <= 1.0:
            self._refuse("scale", scale, "a number from 0 to 1")
        if interpolation not in INTERPOLATIONS:
            self._refuse("interpolation", interpolation, f"one of {INTERPOLATIONS}")
        self.scale, self.interpolation, self.fill_value = scale, interpolation, fill_value

    def _draw(self, images: torch.Tensor, training: bool) -> Any:
        if not training:
            return None
        chosen = self._chosen(images)
        reach = 0.5 * self.scale
        shape = (images.shape[0], 4, 2)
        moved = self._uniform(shape, -reach, reach, images, self.compute_dtype)
        height, width = self._sizes(images)
        right, bottom = width - 1.0, height - 1.0
        corners = [[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]]
        start = torch.tensor(corners, dtype=moved.dtype, device=images.device).expand(shape)
        return chosen, homography(start, start + start * moved)

    def _warp(self, images: torch.Tensor, drawn: Any, interpolation: str) -> torch.Tensor:
        seen = affine_transform(
            images, drawn[1], interpolation, "constant", self.fill_value, self.data_format
        )
        return torch.where(drawn[0], seen, images)

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        return images if drawn is None else self._warp(images, drawn, self.interpolation)

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return masks if drawn is None else self._warp(masks, drawn, "nearest")


@builtin("keras.layers")
class RandomGaussianBlur(SometimesLayer):
    """Blurs some images, in training.

    Args:
        factor: Range that each image's chance is drawn from, within 0 to 1, or its upper end.
        kernel_size: Size of the kernel, odd, or that of both axes.
        sigma: Range of the deviation, within 0 to 1, or its upper end.
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: Seed of the layer's own.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.
    """

    arguments = ("factor", "kernel_size", "sigma", "value_range", "seed")

    def __init__(
        self,
        factor: Any = 1.0,
        kernel_size: Any = 3,
        sigma: Any = 1.0,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, seed=seed, data_format=data_format, **kwargs)
        sizes = tuple(kernel_size) if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * 2
        if len(sizes) != 2 or any(not isinstance(n, int) or n < 1 or n % 2 == 0 for n in sizes):
            self._refuse("kernel_size", kernel_size, "an odd number, or two of them,")
        self.kernel_size = sizes
        self.sigma = self._range_of("sigma", sigma, (0, 1))
        self.value_range = self._value_range(value_range)

    def _draw(self, images: torch.Tensor, training: bool) -> Any:
        if not training:
            return None
        chosen = self._chosen(images)
        sigma = self._uniform((2,), *self.sigma, images, self.compute_dtype) + 1e-6
        return chosen, sigma

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        if drawn is None:
            return images
        chosen, sigma = drawn
        first = self._channels_first(images)
        blurred = gaussian_blur(first, self.kernel_size, (sigma[0], sigma[1]))
        return torch.where(chosen, self._as_given(blurred), images).clamp(*self.value_range)


@builtin("keras.layers")
class RandomElasticTransform(SometimesLayer):
    """Warps some images by a smooth random field, in training.

    Args:
        factor: Range that each image's chance is drawn from, within 0 to 1, or its upper end.
        scale: Range of the strength, within 0 to 1, or its upper end.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: What is outside of the image: `"reflect"`, `"wrap"`, `"constant"` or
            `"nearest"`.
        fill_value: The constant.
        value_range: The least and the largest value of images.
        seed: Seed of the layer's own.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.
    """

    arguments = (
        "factor",
        "scale",
        "interpolation",
        "fill_mode",
        "fill_value",
        "value_range",
        "seed",
    )

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = 1.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, seed=seed, data_format=data_format, **kwargs)
        if interpolation not in INTERPOLATIONS:
            self._refuse("interpolation", interpolation, f"one of {INTERPOLATIONS}")
        if fill_mode not in FILL_MODES:
            self._refuse("fill_mode", fill_mode, f"one of {FILL_MODES}")
        self.scale = self._range_of("scale", scale, (0, 1))
        self.interpolation, self.fill_mode, self.fill_value = interpolation, fill_mode, fill_value
        self.value_range = self._value_range(value_range)

    def _draw(self, images: torch.Tensor, training: bool) -> Any:
        if not training or self.scale[1] == 0 or self.factor[1] == 0:
            return None
        chosen = self._chosen(images)
        return chosen, self._uniform((), *self.scale, images, self.compute_dtype)

    def _warp(self, images: torch.Tensor, drawn: Any, interpolation: str) -> torch.Tensor:
        chosen, strength = drawn
        height, width = self._sizes(images)
        images = self._cast(images)
        noise = random.normal(
            (images.shape[0], height, width),
            dtype=self.compute_dtype,
            seed=self.generator,
            device=images.device,
        )
        warped = elastic_transform(
            self._channels_first(images),
            noise,
            max(height, width) * (0.1 * strength),
            min(height, width) * (0.05 * strength),
            interpolation,
            self.fill_mode,
            self.fill_value,
        )
        return torch.where(chosen, self._as_given(warped), images).clamp(*self.value_range)

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        return images if drawn is None else self._warp(images, drawn, self.interpolation)

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return masks if drawn is None else self._warp(masks, drawn, "nearest")
