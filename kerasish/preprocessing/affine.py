"""Rotating, shifting, shearing and zooming an image, with NumPy and SciPy as Keras 2."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

import numpy as np

FILL_MODES = ("constant", "nearest", "reflect", "wrap")


def apply_affine_transform(
    x: Any,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """Rotate, shift, shear and zoom an image around its middle.

    Args:
        x: The image, with three axes.
        theta: Degrees of the rotation.
        tx: Rows by which it is shifted.
        ty: Columns by which it is shifted.
        shear: Degrees of the shear.
        zx: Zoom of the rows; below 1 it is enlarged.
        zy: Zoom of the columns.
        row_axis: Axis of the rows.
        col_axis: Axis of the columns.
        channel_axis: Axis of the channels, the first or the last.
        fill_mode: What is outside of the image: `"constant"`, `"nearest"`, `"reflect"` or `"wrap"`.
        cval: The constant.
        order: Order of the splines between the pixels.

    Raises:
        ImportError: If SciPy is not installed.
        ValueError: If the axes are not those of an image.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/apply_affine_transform.
    """
    axes = {row_axis, col_axis, channel_axis}
    if np.ndim(x) != 3 or axes != {0, 1, 2} or channel_axis == 1:
        raise ValueError(
            "An image has rows, columns and channels, the channels first or last. Received: "
            f"shape {np.shape(x)}, row_axis={row_axis}, col_axis={col_axis}, "
            f"channel_axis={channel_axis}"
        )
    steps = _steps(theta, tx, ty, shear, zx, zy)
    if not steps:
        return x
    matrix = _around_middle(functools.reduce(np.dot, steps), x.shape[row_axis], x.shape[col_axis])
    if col_axis > row_axis:
        # Columns of the matrix are x and y; those of an array are rows and columns.
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    ndimage = _scipy_ndimage()
    channels = [
        ndimage.affine_transform(
            channel, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval
        )
        for channel in np.moveaxis(np.asarray(x), channel_axis, 0)
    ]
    return np.moveaxis(np.stack(channels), 0, channel_axis)


def _steps(
    theta: float, tx: float, ty: float, shear: float, zx: float, zy: float
) -> list[np.ndarray]:
    """Return the matrices of the changes that are asked for."""
    steps = []
    if theta != 0:
        angle = np.deg2rad(theta)
        cos, sin = np.cos(angle), np.sin(angle)
        steps.append(np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]))
    if tx != 0 or ty != 0:
        steps.append(np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]]))
    if shear != 0:
        angle = np.deg2rad(shear)
        steps.append(np.array([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]]))
    if zx != 1 or zy != 1:
        steps.append(np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1]]))
    return steps


def _around_middle(matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a change around the middle of the image instead of its corner."""
    row, column = height / 2 - 0.5, width / 2 - 0.5
    there = np.array([[1, 0, row], [0, 1, column], [0, 0, 1]])
    back = np.array([[1, 0, -row], [0, 1, -column], [0, 0, 1]])
    return np.dot(np.dot(there, matrix), back)


def _scipy_ndimage() -> ModuleType:
    try:
        from scipy import ndimage
    except ImportError as error:
        raise ImportError(
            "Rotating, shifting, shearing and zooming images needs SciPy: "
            "pip install 'kerasish[image]'. Received: no module scipy"
        ) from error
    return ndimage
