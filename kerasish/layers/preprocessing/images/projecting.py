"""`RandomRotation`, `RandomTranslation` and `RandomZoom`: images seen from elsewhere."""

from __future__ import annotations

import math
from typing import Any

import torch

from kerasish.image import affine_transform
from kerasish.image.projection import FILL_MODES, INTERPOLATIONS
from kerasish.layers.preprocessing.images.image_layer import RandomImageLayer
from kerasish.saving.registry import builtin


class ProjectingLayer(RandomImageLayer):
    """The base of layers that draw a projection for each image.

    Args:
        fill_mode: What is outside of the image: `"reflect"`, `"wrap"`, `"constant"` or
            `"nearest"`.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: Seed of the layer's own.
        fill_value: The constant.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self,
        fill_mode: str,
        interpolation: str,
        seed: int | None,
        fill_value: float,
        data_format: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if fill_mode not in FILL_MODES:
            self._refuse("fill_mode", fill_mode, f"one of {FILL_MODES}")
        if interpolation not in INTERPOLATIONS:
            self._refuse("interpolation", interpolation, f"one of {INTERPOLATIONS}")
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def _matrix(self, images: torch.Tensor) -> torch.Tensor:
        """Draw the projection of each image, `(batch, 8)`."""
        raise NotImplementedError

    def _draw(self, images: torch.Tensor, training: bool) -> torch.Tensor | None:
        return self._matrix(images) if training else None

    def _project(self, images: torch.Tensor, matrix: Any, interpolation: str) -> torch.Tensor:
        return affine_transform(
            images, matrix, interpolation, self.fill_mode, self.fill_value, self.data_format
        )

    def _apply_to_images(self, images: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        images = self._cast(images)
        return images if drawn is None else self._project(images, drawn, self.interpolation)

    def _apply_to_masks(self, masks: torch.Tensor, drawn: Any, training: bool) -> torch.Tensor:
        return masks if drawn is None else self._project(masks, drawn, "nearest")


def affine_matrix(
    angle: torch.Tensor,
    sizes: tuple[int, int],
    shear: tuple[Any, Any] = (0.0, 0.0),
    translation: tuple[Any, Any] = (0.0, 0.0),
    scale: Any = 1.0,
    center: tuple[Any, Any] = (0.5, 0.5),
) -> torch.Tensor:
    """Return projections that turn, shear, scale and move images.

    Args:
        angle: Degrees, float32 `(batch,)`.
        sizes: Height and width.
        shear: Degrees of shear along x and y.
        translation: Entries to move along x and y.
        scale: Factor.
        center: The point that stays, as shares of width and height.

    Returns:
        `(batch, 8)`, for `affine_transform`.
    """
    height, width = sizes
    turn = angle * _radians(1.0, angle)
    along_x, along_y = (torch.tan(_radians(one, angle)) for one in shear)
    center_x, center_y = center[0] * (width - 1), center[1] * (height - 1)
    cosine, sine = torch.cos(turn), torch.sin(turn)
    a0 = scale * (cosine + along_x * sine)
    a1 = scale * (along_x * cosine - sine)
    b0 = scale * (along_y * cosine + sine)
    b1 = scale * (cosine - along_y * sine)
    a2 = translation[0] + center_x - center_x * a0 - center_y * a1
    b2 = translation[1] + center_y - center_x * b0 - center_y * b1
    zero = torch.zeros_like(angle)
    return torch.stack([a0, a1, a2, b0, b1, b2, zero, zero], dim=1)


def _radians(degrees: Any, like: torch.Tensor) -> torch.Tensor:
    factor = torch.tensor(math.pi / 180.0, dtype=like.dtype, device=like.device)
    return degrees * factor


@builtin("keras.layers")
class RandomRotation(ProjectingLayer):
    """Turns each image by a random angle, in training.

    Args:
        factor: Largest angle either way as a share of a full turn, or two such ends.
        fill_mode: What is outside of the image: `"reflect"`, `"wrap"`, `"constant"` or
            `"nearest"`.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: Seed of the layer's own.
        fill_value: The constant.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = ("factor", "fill_mode", "fill_value", "interpolation", "seed")

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = self._range_of("factor", factor)

    def _matrix(self, images: torch.Tensor) -> torch.Tensor:
        low, high = (end * 360.0 for end in self.factor)
        angle = self._uniform((images.shape[0],), low, high, images)
        return affine_matrix(angle, self._sizes(images))


@builtin("keras.layers")
class RandomTranslation(ProjectingLayer):
    """Moves each image by a random distance, in training.

    Args:
        height_factor: Largest distance up and down as a share of the height, or two such ends.
        width_factor: Likewise to the sides.
        fill_mode: What is outside of the image: `"reflect"`, `"wrap"`, `"constant"` or
            `"nearest"`.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: Seed of the layer's own.
        fill_value: The constant.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = (
        "height_factor",
        "width_factor",
        "fill_mode",
        "interpolation",
        "seed",
        "fill_value",
    )

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._heights = self._range_of("height_factor", height_factor)
        self._widths = self._range_of("width_factor", width_factor)

    def _matrix(self, images: torch.Tensor) -> torch.Tensor:
        height, width = self._sizes(images)
        shape = (images.shape[0], 1)
        down = self._uniform(shape, *self._heights, images) * height
        right = self._uniform(shape, *self._widths, images) * width
        one, zero = torch.ones_like(down), torch.zeros_like(down)
        return torch.cat([one, zero, -right, zero, one, -down, zero, zero], dim=1)


@builtin("keras.layers")
class RandomZoom(ProjectingLayer):
    """Enlarges or shrinks each image by a random factor, in training.

    Args:
        height_factor: Largest change of the height that is seen as a share of it, or two such
            ends; negative ones zoom in.
        width_factor: Likewise for the width; None keeps the aspect ratio.
        fill_mode: What is outside of the image: `"reflect"`, `"wrap"`, `"constant"` or
            `"nearest"`.
        interpolation: `"nearest"` or `"bilinear"`.
        seed: Seed of the layer's own.
        fill_value: The constant.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: images; returns them in the layer's `dtype`.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    arguments = RandomTranslation.arguments

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._heights = self._range_of("height_factor", height_factor, open_below=True)
        if width_factor is not None:
            self._widths = self._range_of("width_factor", width_factor, open_below=True)

    def _matrix(self, images: torch.Tensor) -> torch.Tensor:
        height, width = self._sizes(images)
        shape = (images.shape[0], 1)
        low, high = self._heights
        tall = self._uniform(shape, 1.0 + low, 1.0 + high, images)
        wide = tall
        if self.width_factor is not None:
            low, high = self._widths
            wide = self._uniform(shape, 1.0 + low, 1.0 + high, images)
        right, down = (width - 1.0) / 2.0 * (1.0 - wide), (height - 1.0) / 2.0 * (1.0 - tall)
        zero = torch.zeros_like(tall)
        return torch.cat([wide, zero, right, zero, tall, down, zero, zero], dim=1)
