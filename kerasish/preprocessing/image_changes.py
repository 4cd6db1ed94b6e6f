"""Random changes of an image, with NumPy's global generator as in Keras 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.preprocessing.affine import apply_affine_transform
from kerasish.utils.images import array_to_img, img_to_array, pillow


def random_rotation(x: Any, rg: float, *args: Any, **kwargs: Any) -> np.ndarray:
    """Rotate an image by at most `rg` degrees.

    Args:
        x: The image, with three axes.
        rg: Most degrees.
        *args: `row_axis`, `col_axis`, `channel_axis`, `fill_mode`, `cval` and
            `interpolation_order`, as in `apply_affine_transform`.
        **kwargs: The same by name.
    """
    theta = _uniform(-rg, rg)
    return apply_affine_transform(x, theta=theta, **_where(args, kwargs))


def random_shift(x: Any, wrg: float, hrg: float, *args: Any, **kwargs: Any) -> np.ndarray:
    """Shift an image by at most these parts of its width and height.

    Args:
        x: The image, with three axes.
        wrg: Part of the width.
        hrg: Part of the height.
        *args: As in `random_rotation`.
        **kwargs: The same by name.
    """
    where = _where(args, kwargs)
    tx = _uniform(-hrg, hrg) * x.shape[where.get("row_axis", 1)]
    ty = _uniform(-wrg, wrg) * x.shape[where.get("col_axis", 2)]
    return apply_affine_transform(x, tx=tx, ty=ty, **where)


def random_shear(x: Any, intensity: float, *args: Any, **kwargs: Any) -> np.ndarray:
    """Shear an image by at most `intensity` degrees.

    Args:
        x: The image, with three axes.
        intensity: Most degrees.
        *args: As in `random_rotation`.
        **kwargs: The same by name.
    """
    shear = _uniform(-intensity, intensity)
    return apply_affine_transform(x, shear=shear, **_where(args, kwargs))


def random_zoom(x: Any, zoom_range: Sequence[float], *args: Any, **kwargs: Any) -> np.ndarray:
    """Zoom the height and the width of an image, each by a factor of its own.

    Args:
        x: The image, with three axes.
        zoom_range: Least and largest factor.
        *args: As in `random_rotation`.
        **kwargs: The same by name.

    Raises:
        ValueError: If there are not two factors.
    """
    low, high = checked_pair("zoom_range", zoom_range)
    zx, zy = (1, 1) if low == 1 and high == 1 else np.random.uniform(low, high, 2)  # noqa: NPY002
    return apply_affine_transform(x, zx=zx, zy=zy, **_where(args, kwargs))


def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """Add a number to an image, within the range of values that it has.

    Args:
        x: The image.
        intensity: The number.
        channel_axis: Not needed; all channels are changed alike.
    """
    return np.clip(x + intensity, np.min(x), np.max(x))


def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """Add a number of at most `intensity_range` to an image; see `apply_channel_shift`."""
    return apply_channel_shift(x, _uniform(-intensity_range, intensity_range), channel_axis)


def apply_brightness_shift(x: Any, brightness: float, scale: bool = True) -> np.ndarray:
    """Make an image brighter or darker, by way of an image of Pillow's.

    Args:
        x: The image.
        brightness: 0 for black, 1 for no change.
        scale: Whether the least value becomes 0 and the largest 255 before. If not, values that are
            not in that range are scaled, and scaled back.

    Raises:
        ImportError: If Pillow is not installed.
    """
    pillow()
    from PIL import ImageEnhance

    low, high = np.min(x), np.max(x)
    outside = low < 0 or high > 255
    image = array_to_img(x, scale=bool(outside or scale))
    changed = img_to_array(ImageEnhance.Brightness(image).enhance(brightness))
    return changed / 255 * (high - low) + low if outside and not scale else changed


def random_brightness(x: Any, brightness_range: Sequence[float], scale: bool = True) -> np.ndarray:
    """Make an image brighter or darker by a random factor; see `apply_brightness_shift`.

    Raises:
        ValueError: If there are not two factors.
    """
    low, high = checked_pair("brightness_range", brightness_range)
    return apply_brightness_shift(x, _uniform(low, high), scale)


def checked_pair(name: str, value: Any) -> tuple[float, float]:
    """Return two numbers.

    Raises:
        ValueError: If the value is anything else.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError(f"`{name}` is two numbers. Received: {name}={value!r}")
    return value[0], value[1]


def _uniform(low: float, high: float) -> float:
    return np.random.uniform(low, high)  # noqa: NPY002 - Keras draws from the global state


_WHERE = ("row_axis", "col_axis", "channel_axis", "fill_mode", "cval", "interpolation_order")


def _where(args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `apply_affine_transform`."""
    given = dict(zip(_WHERE, args, strict=False)) | kwargs
    if len(args) > len(_WHERE) or not set(given) <= set(_WHERE):
        raise TypeError(f"The arguments are {_WHERE}. Received: {args}, {kwargs}")
    if "interpolation_order" in given:
        given["order"] = given.pop("interpolation_order")
    return given
