"""Sizes of images for which MobileNet's weights were trained."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from kerasish import config


def _space(shape: Any) -> tuple:
    first = config.image_data_format() == "channels_first"
    return tuple(shape[1:3] if first else shape[:2])


def default_rows(shape: Any, sizes: Sequence[int], default: int = 224) -> int:
    """Return the size that a given shape asks for, or the default.

    Args:
        shape: Shape of the image without the batch, or None.
        sizes: Sizes that there are weights for.
        default: What else.
    """
    if shape is None:
        return default
    rows, columns = _space(shape)
    return rows if rows == columns and rows in sizes else default


def rows_of(shape: Any) -> int | None:
    """Return the height of images of a shape."""
    return _space(shape)[0]


def rows_of_weights(shape: Any, sizes: Sequence[int]) -> int:
    """Return the size of the images that the weights to load were trained on."""
    rows, columns = _space(shape)
    if rows != columns or rows not in sizes:
        warnings.warn(
            f"There are weights for square images of sizes {tuple(sizes)}; those for 224 are "
            f"loaded. Received: input_shape={shape}",
            stacklevel=3,
        )
        return 224
    return rows
