"""`resize`: images of another size, as `keras.ops.image.resize` gives them on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from kerasish import config
from kerasish.image import resize_weights
from kerasish.image.in_parts import in_parts

INTERPOLATIONS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic", "area")


def resize(
    images: torch.Tensor,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> torch.Tensor:
    """Resize images.

    The sums are made in float32, as TensorFlow makes them, and cast to the type of the images;
    integers are rounded and kept in their range.

    Args:
        images: `(batch, height, width, channels)` or `(height, width, channels)`; the channels
            come before height and width with `"channels_first"`.
        size: The new height and width.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"lanczos3"`, `"lanczos5"` or
            `"area"`.
        antialias: Whether shrinking looks at all of the entries that it merges.
        crop_to_aspect_ratio: Whether images are cropped first, so that they are not distorted.
        pad_to_aspect_ratio: Whether images are padded first, so that they are not distorted.
        fill_mode: What is padded; `"constant"`.
        fill_value: The constant.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Returns:
        Images of the type of `images`.

    Raises:
        ValueError: If an argument has a value it can't have.

    See https://keras.io/api/ops/image/#resize-function.
    """
    data_format = data_format or config.image_data_format()
    if data_format not in ("channels_last", "channels_first"):
        _refuse("data_format", data_format, "'channels_last' or 'channels_first'")
    if interpolation not in INTERPOLATIONS:
        _refuse("interpolation", interpolation, f"one of {INTERPOLATIONS}")
    if fill_mode != "constant":
        _refuse("fill_mode", fill_mode, "'constant'")
    if len(size) != 2 or any(int(one) <= 0 for one in size):
        _refuse("size", size, "two positive integers")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(
            "resize either crops or pads to keep the aspect ratio. Received: "
            "crop_to_aspect_ratio=True, pad_to_aspect_ratio=True"
        )
    if images.ndim not in (3, 4):
        raise ValueError(
            "resize takes one image (3 axes) or a batch of them (4 axes). "
            f"Received: images of shape {tuple(images.shape)}"
        )
    height, width = (int(one) for one in size)
    vertical = images.ndim - 3 if data_format == "channels_last" else images.ndim - 2
    if crop_to_aspect_ratio:
        images = _crop(images, vertical, height, width)
    elif pad_to_aspect_ratio:
        images = _pad(images, vertical, height, width, fill_value)
    if interpolation == "nearest":
        for axis, new in ((vertical, height), (vertical + 1, width)):
            indices = resize_weights.nearest_indices(new, images.shape[axis])
            images = images.index_select(axis, torch.from_numpy(indices).to(images.device))
        return images
    scale = _scaling(images, vertical, (height, width), interpolation, antialias)
    # Products with matrices are best made at once.
    whole = images.ndim == 3 or interpolation != "bilinear" or antialias
    return scale(images) if whole else in_parts(scale, images)


def _scaling(
    images: torch.Tensor,
    vertical: int,
    size: tuple[int, int],
    interpolation: str,
    antialias: bool,
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what scales images such as the given ones, or some of them.

    Args:
        images: The images, cropped or padded.
        vertical: The axis of the height; that of the width follows.
        size: The new height and width.
        interpolation: How, but for `"nearest"`.
        antialias: Whether shrinking looks at all of the entries that it merges.
    """
    kind, device = images.dtype, images.device
    steps: list[Callable[[torch.Tensor], torch.Tensor]] = []
    for axis, new in zip((vertical, vertical + 1), size, strict=True):
        old = images.shape[axis]
        if interpolation == "bilinear" and not antialias:
            parts = [torch.from_numpy(one).to(device) for one in resize_weights.bilinear(new, old)]
            steps.append(partial(_interpolated, axis, *parts))
        else:
            matrix = torch.from_numpy(_weights(interpolation, antialias, new, old)).to(device)
            steps.append(partial(_mix, axis, matrix))

    def scale(some: torch.Tensor) -> torch.Tensor:
        result = some.to(torch.float32)
        for step in steps:
            result = step(result)
        return saturate_cast(result if kind.is_floating_point else result.round(), kind)

    return scale


def saturate_cast(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Cast floats; what the type can't hold becomes its largest or its smallest value.

    Args:
        values: Floats.
        dtype: The type that is wanted.
    """
    if values.dtype == dtype:
        return values
    if dtype == torch.bool:
        return values.clamp(0, 1).to(dtype)
    if dtype.is_floating_point:
        # Infinities too become the largest number, as in Keras.
        own, wanted = torch.finfo(values.dtype), torch.finfo(dtype)
        return values.clamp(max(own.min, wanted.min), min(own.max, wanted.max)).to(dtype)
    limits = torch.iinfo(dtype)
    low, high = _inner_bounds(limits.min, limits.max, values.dtype)
    return values.clamp(low, high).to(dtype)


def _inner_bounds(low: int, high: int, dtype: torch.dtype) -> tuple[float, float]:
    """Return the outermost numbers of a float type that lie within a range of integers."""
    bounds = []
    for bound in (low, high):
        value = torch.tensor(bound, dtype=torch.float64).to(dtype)
        if abs(int(value.item())) > abs(bound):
            value = torch.nextafter(value, torch.zeros_like(value))
        bounds.append(value.item())
    return bounds[0], bounds[1]


def _weights(interpolation: str, antialias: bool, new: int, old: int) -> np.ndarray:
    if interpolation == "area":
        return resize_weights.area(new, old)
    if interpolation == "bicubic" and not antialias:
        return resize_weights.bicubic(new, old)
    return resize_weights.windowed(new, old, interpolation, antialias)


def _interpolated(
    axis: int, below: torch.Tensor, above: torch.Tensor, weight: torch.Tensor, values: torch.Tensor
) -> torch.Tensor:
    """Mix each new entry of an axis of the two that are beside it."""
    low = values.index_select(axis, below)
    weight = weight.reshape(-1, *(1,) * (values.ndim - 1 - axis))
    return values.index_select(axis, above).sub_(low).mul_(weight).add_(low)


def _mix(axis: int, matrix: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Multiply an axis with a matrix `(new, old)`."""
    return (values.movedim(axis, -1) @ matrix.T).movedim(-1, axis)


def _scaled(size: int, factor: int, divisor: int) -> int:
    """Return `size * factor / divisor` without its fraction, by way of float32 as TensorFlow."""
    return int(np.float32(size * factor) / np.float32(divisor))


def _crop(images: torch.Tensor, axis: int, height: int, width: int) -> torch.Tensor:
    """Cut the middle out, with the aspect ratio of the new size."""
    old_height, old_width = images.shape[axis], images.shape[axis + 1]
    kept_height = max(min(old_height, _scaled(old_width, height, width)), 1)
    kept_width = max(min(old_width, _scaled(old_height, width, height)), 1)
    images = images.narrow(axis, (old_height - kept_height) // 2, kept_height)
    return images.narrow(axis + 1, (old_width - kept_width) // 2, kept_width)


def _pad(
    images: torch.Tensor, axis: int, height: int, width: int, fill_value: float
) -> torch.Tensor:
    """Pad both sides alike, so that an odd row or column that the aspect ratio wants is left."""
    old_height, old_width = images.shape[axis], images.shape[axis + 1]
    more_height = max(0, _scaled(old_width, height, width) - old_height) // 2
    more_width = max(0, _scaled(old_height, width, height) - old_width) // 2
    for which, more in ((axis, more_height), (axis + 1, more_width)):
        if more:
            shape = list(images.shape)
            shape[which] = more
            edge = torch.full(shape, fill_value, dtype=images.dtype, device=images.device)
            images = torch.cat([edge, images, edge], dim=which)
    return images


def _refuse(argument: str, value: Any, expected: str) -> None:
    raise ValueError(f"resize takes {expected} as `{argument}`. Received: {argument}={value!r}")
