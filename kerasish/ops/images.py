"""Images: `keras.ops.image`, on the functions of `kerasish.image`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from kerasish import image, random
from kerasish.image import colors, projection, warping
from kerasish.image.coordinates import map_coordinates as coordinates_of
from kerasish.ops.convolution import convolve, data_format_of
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


@operation
def sobel_edges(images: Any, data_format: str | None = None) -> torch.Tensor:
    """Return how images change along height and width (Sobel and Feldman 1968).

    Args:
        images: `(batch, height, width, channels)`, or the channels first. Edges are reflected.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Returns:
        The shape of the images with a last axis of 2.
    """
    name = "sobel_edges"
    images = floats(tensor(images))
    if images.ndim != 4:
        raise ValueError(f"{name} takes images of 4 axes. Received: shape {tuple(images.shape)}")
    batch = batch_first(name, images, data_format)
    line, slope = ([1.0, 2.0, 1.0], [-1.0, 0.0, 1.0])
    rows = torch.outer(torch.tensor(slope), torch.tensor(line)).to(images)
    padded = functional.pad(batch.flatten(0, 1)[:, None], (1, 1, 1, 1), mode="reflect")
    found = functional.conv2d(padded, torch.stack([rows, rows.T])[:, None])
    found = found.movedim(1, -1).unflatten(0, batch.shape[:2])
    last = data_format_of(name, data_format) == "channels_last"
    return found.movedim(1, -2) if last else found


@operation
def ssim(
    image1: Any,
    image2: Any,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> torch.Tensor:
    """Return the structural similarity of images (Wang et al. 2004).

    Args:
        image1: `(batch, height, width, channels)`, or without the batch axis; the channels come
            before height and width with `"channels_first"`.
        image2: The same shape.
        max_val: Largest value that an entry can have.
        filter_size: Size of the Gaussian window.
        filter_sigma: Its deviation.
        k1: Keeps the comparison of means finite.
        k2: Keeps the comparison of variances finite.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Returns:
        `(batch,)`, or `()` for one image.
    """
    first, second = (as_images("ssim", one) for one in (image1, image2))
    kind, work = first.dtype, floats(first).dtype
    x, y = (
        batch_first("ssim", one.to(work), data_format).flatten(0, 1)[:, None]
        for one in (first, second)
    )
    places = torch.arange(filter_size, dtype=work, device=x.device) - (filter_size - 1) / 2
    line = torch.exp(-(places**2) / (2 * filter_sigma**2))
    window = torch.outer(line, line)
    window = (window / window.sum())[None, None]

    def mean(values: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(values, window)

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean_x, mean_y = mean(x), mean(y)
    both = mean_x * mean_y
    squares = mean_x.square() + mean_y.square()
    variances = mean(x.square()) + mean(y.square()) - squares
    covariance = mean(x * y) - both
    found = (2 * both + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))
    samples = first.shape[0] if first.ndim == 4 else 1
    result = found.mean((1, 2, 3)).reshape(samples, -1).mean(-1).to(kind)
    return result if first.ndim == 4 else result[0]


def _patches(
    name: str, images: Any, size: tuple[int, ...], strides: Any, options: tuple
) -> torch.Tensor:
    padding, data_format, dilation_rate = options
    x = tensor(images)
    rank = len(size)
    if x.ndim not in (rank + 1, rank + 2):
        raise ValueError(
            f"{name} with size={size} takes tensors of {rank + 1} or {rank + 2} axes. "
            f"Received: shape {tuple(x.shape)}"
        )
    work = x if x.is_floating_point() else x.to(torch.float64)
    batch = work if x.ndim == rank + 2 else work[None]
    last = data_format_of(name, data_format) == "channels_last"
    channels = batch.shape[-1 if last else 1]
    count = channels
    for one in size:
        count *= one
    kernel = torch.eye(count, dtype=work.dtype, device=work.device)
    kernel = kernel.reshape(*size, channels, count)
    found = convolve(name, batch, kernel, strides, padding, data_format, dilation_rate)
    return (found if x.ndim == rank + 2 else found[0]).to(x.dtype)


@operation
def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> torch.Tensor:
    """Return windows of images or volumes as channels.

    Args:
        images: `(batch, ..., channels)`, or without the batch axis; the channels come first with
            `"channels_first"`.
        size: Size of a window: one number or two for images, three for volumes.
        strides: Steps; `size` by default.
        dilation_rate: Spacing of a window's entries.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Returns:
        As many channels as a window has entries.

    Raises:
        TypeError: If `size` is no number, list or tuple.
        ValueError: If an argument has a value it can't have.
    """
    if not isinstance(size, (int, list, tuple)):
        raise TypeError(f"extract_patches takes numbers as size. Received: size={size!r}")
    sizes = (size, size) if isinstance(size, int) else tuple(size)
    if len(sizes) not in (2, 3):
        raise ValueError(f"extract_patches takes two or three sizes. Received: size={size}")
    options = (padding, data_format, dilation_rate)
    return _patches("extract_patches", images, sizes, strides or sizes, options)


@operation
def extract_patches_3d(
    volumes: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> torch.Tensor:
    """Return windows of volumes as channels; see `extract_patches` for the arguments."""
    sizes = (size,) * 3 if isinstance(size, int) else tuple(size)
    if len(sizes) != 3:
        raise ValueError(f"extract_patches_3d takes three sizes. Received: size={size}")
    options = (padding, data_format, dilation_rate)
    return _patches("extract_patches_3d", volumes, sizes, strides or sizes, options)
