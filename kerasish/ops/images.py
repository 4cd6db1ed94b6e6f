"""Images: `keras.ops.image`, on the functions of `kerasish.image`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish import image, random
from kerasish.image import colors, projection, warping
from kerasish.image.coordinates import map_coordinates as coordinates_of
from kerasish.ops.convolution import data_format_of
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import floats


def as_images(name: str, images: Any) -> torch.Tensor:
    """Return images as a tensor of three or four axes.

    Raises:
        ValueError: If there are others.
    """
    images = tensor(images)
    if images.ndim not in (3, 4):
        raise ValueError(
            f"{name} takes one image (3 axes) or a batch of them (4 axes). "
            f"Received: images of shape {tuple(images.shape)}"
        )
    return images


def batch_first(name: str, images: torch.Tensor, data_format: str | None) -> torch.Tensor:
    """Return `(batch, channels, height, width)`."""
    batch = images if images.ndim == 4 else images[None]
    return batch.movedim(-1, 1) if data_format_of(name, data_format) == "channels_last" else batch


def as_given(
    name: str, found: torch.Tensor, images: torch.Tensor, data_format: str | None
) -> torch.Tensor:
    """Return `(batch, channels, height, width)` in the layout of the images that were given."""
    if data_format_of(name, data_format) == "channels_last":
        found = found.movedim(1, -1)
    return found if images.ndim == 4 else found[0]


@operation
def resize(
    images: Any,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> torch.Tensor:
    """Resize images; see `kerasish.image.resize` for the arguments."""
    return image.resize(
        tensor(images),
        size,
        interpolation,
        antialias,
        crop_to_aspect_ratio,
        pad_to_aspect_ratio,
        fill_mode,
        fill_value,
        data_format,
    )


@operation
def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> torch.Tensor:
    """Project images; see `kerasish.image.affine_transform` for the arguments."""
    return projection.affine_transform(
        tensor(images), tensor(transform), interpolation, fill_mode, fill_value, data_format
    )


@operation
def perspective_transform(
    images: Any,
    start_points: Any,
    end_points: Any,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> torch.Tensor:
    """Project images so that four points go to four others.

    Args:
        images: `(batch, height, width, channels)`, or without the batch axis; the channels come
            before height and width with `"channels_first"`.
        start_points: x and y of four points, `(4, 2)` or `(batch, 4, 2)`.
        end_points: Where they go, likewise.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_value: What is outside of the images.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Raises:
        ValueError: If a shape is another one or an argument has a value it can't have.
    """
    images = as_images("perspective_transform", images)
    start, end = tensor(start_points), tensor(end_points)
    if start.ndim not in (2, 3) or start.shape[-2:] != (4, 2) or start.shape != end.shape:
        raise ValueError(
            "perspective_transform takes points (4, 2) or (batch, 4, 2), of one shape. Received: "
            f"start_points {tuple(start.shape)}, end_points {tuple(end.shape)}"
        )
    matrix = warping.homography(start.reshape(-1, 4, 2), end.reshape(-1, 4, 2))
    return projection.affine_transform(
        images, matrix, interpolation, "constant", fill_value, data_format
    )


@operation
def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> torch.Tensor:
    """Take entries from places between those of a tensor.

    Args:
        inputs: Any shape.
        coordinates: Places `(axes of inputs, ...)`.
        order: 0 for the nearest entry, 1 for linear interpolation.
        fill_mode: What is outside: `"constant"`, `"nearest"`, `"wrap"`, `"mirror"` or `"reflect"`.
        fill_value: The constant.

    Returns:
        The shape of the coordinates without their first axis, the type of `inputs`.

    Raises:
        ValueError: If a shape or an argument is another one.
    """
    places = tensor(coordinates)
    return coordinates_of(tensor(inputs), places, order, fill_mode, fill_value)


@operation
def gaussian_blur(
    images: Any,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> torch.Tensor:
    """Blur images with a Gaussian; outside of them are zeros.

    Args:
        images: `(batch, height, width, channels)`, or without the batch axis; the channels come
            before height and width with `"channels_first"`.
        kernel_size: Two sizes.
        sigma: Two deviations.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
    """
    name = "gaussian_blur"
    images = floats(as_images(name, images))
    deviations = torch.as_tensor(sigma, dtype=images.dtype, device=images.device).unbind(0)
    height, width = (int(one) for one in kernel_size)
    batch = batch_first(name, images, data_format)
    found = warping.gaussian_blur(batch, (height, width), (deviations[0], deviations[1]))
    return as_given(name, found, images, data_format)


@operation
def elastic_transform(
    images: Any,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> torch.Tensor:
    """Warp images by a smooth random field (Simard et al. 2003).

    Args:
        images: `(batch, height, width, channels)`, or without the batch axis; the channels come
            before height and width with `"channels_first"`.
        alpha: How far entries go.
        sigma: How smooth the field is.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: What is outside: `"constant"`, `"nearest"`, `"wrap"` or `"reflect"`.
        fill_value: The constant.
        seed: A number, a `SeedGenerator` or None.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Raises:
        ValueError: If an argument has a value it can't have.
    """
    name = "elastic_transform"
    for argument, value, known in (
        ("interpolation", interpolation, projection.INTERPOLATIONS),
        ("fill_mode", fill_mode, projection.FILL_MODES),
    ):
        if value not in known:
            raise ValueError(
                f"{name} takes one of {known} as {argument}. Received: {argument}={value!r}"
            )
    images = floats(as_images(name, images))
    batch = batch_first(name, images, data_format)
    shape = (batch.shape[0], *batch.shape[2:])
    noise = random.normal(shape, dtype=images.dtype, seed=seed).to(images)
    kind = {"dtype": images.dtype, "device": images.device}
    far, smooth = (torch.as_tensor(one, **kind) for one in (alpha, sigma))
    found = warping.elastic_transform(
        batch, noise, far, smooth, interpolation, fill_mode, fill_value
    )
    return as_given(name, found, images, data_format)


@operation
def rgb_to_grayscale(images: Any, data_format: str | None = None) -> torch.Tensor:
    """Return how light images are; see `kerasish.image.colors.rgb_to_grayscale`."""
    return colors.rgb_to_grayscale(as_images("rgb_to_grayscale", images), data_format)


def _colors(name: str, images: Any) -> torch.Tensor:
    images = as_images(name, images)
    if not images.is_floating_point():
        raise ValueError(f"{name} takes floats. Received: {images.dtype}")
    return images


@operation
def rgb_to_hsv(images: Any, data_format: str | None = None) -> torch.Tensor:
    """Return hue, saturation and value of colors; see `kerasish.image.colors.rgb_to_hsv`."""
    return colors.rgb_to_hsv(_colors("rgb_to_hsv", images), data_format)


@operation
def hsv_to_rgb(images: Any, data_format: str | None = None) -> torch.Tensor:
    """Return the colors of hue, saturation and value; the inverse of `rgb_to_hsv`."""
    return colors.hsv_to_rgb(_colors("hsv_to_rgb", images), data_format)
