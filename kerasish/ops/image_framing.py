"""Images padded, cropped, scaled and moved: the part of `keras.ops.image` about their sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from kerasish.image import scaling
from kerasish.ops.convolution import data_format_of
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.images import as_images
from kerasish.ops.promotion import alike_floats


def _margins(
    name: str, names: tuple[str, str, str], given: tuple, size: int, sign: int
) -> tuple[int, int]:
    """Return what is padded or cropped before and after an axis, of which one may be missing.

    Args:
        name: Name of the operation.
        names: Names of the arguments.
        given: Before, after, and the new size; one is None.
        size: Size of the axis.
        sign: 1 for padding, -1 for cropping.
    """
    before, after, new = given
    if given.count(None) == 1 and all(one is None or one >= 0 for one in given):
        if before is None:
            before = sign * (new - size) - after
        elif after is None:
            after = sign * (new - size) - before
        if min(before, after) >= 0 and size + sign * (before + after) >= 0:
            return int(before), int(after)
    said = ", ".join(f"{one}={value}" for one, value in zip(names, given, strict=True))
    raise ValueError(
        f"{name} takes two of {', '.join(names)}, from 0 on, that fit an axis of {size}. "
        f"Received: {said}"
    )


def _both_margins(
    name: str, images: torch.Tensor, what: str, given: tuple, data_format: str | None
) -> tuple[int, list[tuple[int, int]]]:
    """Return the axis of the height, and what is padded or cropped of height and width."""
    axis = images.ndim - (3 if data_format_of(name, data_format) == "channels_last" else 2)
    sign = 1 if what == "padding" else -1
    sides = (("top", "bottom", "target_height"), ("left", "right", "target_width"))
    margins = []
    for place, (before, after, target) in enumerate(sides):
        names = (f"{before}_{what}", f"{after}_{what}", target)
        size = images.shape[axis + place]
        margins.append(_margins(name, names, given[place], size, sign))
    return axis, margins


@operation
def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> torch.Tensor:
    """Pad images with zeros.

    Args:
        images: `(batch, height, width, channels)`, or without the batch axis; the channels come
            before height and width with `"channels_first"`.
        top_padding: Rows above.
        left_padding: Columns on the left.
        bottom_padding: Rows below.
        right_padding: Columns on the right.
        target_height: The new height. Of it and the two paddings just one is left out.
        target_width: The new width, likewise.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Raises:
        ValueError: If the numbers do not fit.
    """
    images = as_images("pad_images", images)
    given = (
        (top_padding, bottom_padding, target_height),
        (left_padding, right_padding, target_width),
    )
    axis, (rows, columns) = _both_margins("pad_images", images, "padding", given, data_format)
    behind = [0, 0] * (images.ndim - 2 - axis)
    return functional.pad(images, (*behind, *columns, *rows))


@operation
def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> torch.Tensor:
    """Cut margins of images off.

    Args:
        images: `(batch, height, width, channels)`, or without the batch axis; the channels come
            before height and width with `"channels_first"`.
        top_cropping: Rows above.
        left_cropping: Columns on the left.
        bottom_cropping: Rows below.
        right_cropping: Columns on the right.
        target_height: The new height. Of it and the two croppings just one is left out.
        target_width: The new width, likewise.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Raises:
        ValueError: If the numbers do not fit.
    """
    images = as_images("crop_images", images)
    given = (
        (top_cropping, bottom_cropping, target_height),
        (left_cropping, right_cropping, target_width),
    )
    axis, margins = _both_margins("crop_images", images, "cropping", given, data_format)
    for place, (before, after) in enumerate(margins, axis):
        images = images.narrow(place, before, images.shape[place] - before - after)
    return images


@operation
def scale_and_translate(
    images: Any,
    output_shape: Sequence[int],
    scale: Any,
    translation: Any,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> torch.Tensor:
    """Scale and move images along axes; see `kerasish.image.scaling` for the arguments."""
    factor, shift = alike_floats(scale, translation)
    return scaling.scale_and_translate(
        tensor(images), output_shape, factor, shift, spatial_dims, method, antialias
    )
