"""The largest entry or the mean of windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from kerasish.layers.pooling.windows import pool_windows
from kerasish.ops.convolution import data_format_of, padding_name, sizes
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import floats

_ADAPTIVE: dict[tuple[bool, int], Callable] = {
    (False, 1): functional.adaptive_avg_pool1d,
    (False, 2): functional.adaptive_avg_pool2d,
    (False, 3): functional.adaptive_avg_pool3d,
    (True, 1): functional.adaptive_max_pool1d,
    (True, 2): functional.adaptive_max_pool2d,
    (True, 3): functional.adaptive_max_pool3d,
}


def _rank(name: str, x: torch.Tensor) -> int:
    if x.ndim not in (3, 4, 5):
        raise ValueError(f"{name} takes inputs of 3, 4 or 5 axes. Received: shape {tuple(x.shape)}")
    return x.ndim - 2


def _pool(
    name: str,
    x: torch.Tensor,
    pool_size: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    *,
    largest: bool,
) -> torch.Tensor:
    rank = _rank(name, x)
    windows = sizes(name, "pool_size", pool_size, rank)
    steps = windows if strides is None else sizes(name, "strides", strides, rank)
    padding, data_format = padding_name(name, padding), data_format_of(name, data_format)
    space = x.shape[1:-1] if data_format == "channels_last" else x.shape[2:]
    if padding == "valid" and any(a < b for a, b in zip(space, windows, strict=True)):
        raise ValueError(
            f"{name} would give an empty output. "
            f"Received: inputs of shape {tuple(x.shape)}, pool_size={windows}"
        )
    return pool_windows(x, windows, steps, padding, data_format, largest=largest)


@operation
def max_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> torch.Tensor:
    """Return the largest entry of each window.

    Args:
        inputs: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        pool_size: Size of the windows, one number or one for each axis of space.
        strides: Steps of the windows; `pool_size` if None.
        padding: `"valid"` for none, or `"same"`, as TensorFlow pads; padding counts nowhere.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Raises:
        ValueError: If an argument has a value it can't have.
    """
    x = tensor(inputs)
    # torch pools floats; all of int32 and below are exact in float64.
    work = x if x.is_floating_point() else x.to(torch.float64)
    found = _pool("max_pool", work, pool_size, strides, padding, data_format, largest=True)
    return found.to(x.dtype)


@operation
def average_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> torch.Tensor:
    """Return the mean of each window.

    Args:
        inputs: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        pool_size: Size of the windows, one number or one for each axis of space.
        strides: Steps of the windows; `pool_size` if None.
        padding: `"valid"` for none, or `"same"`, as TensorFlow pads; padding counts nowhere.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Raises:
        ValueError: If an argument has a value it can't have.
    """
    x = floats(inputs)
    return _pool("average_pool", x, pool_size, strides, padding, data_format, largest=False)


def _adaptive(
    name: str, x: torch.Tensor, output_size: Any, data_format: str | None, *, largest: bool
) -> torch.Tensor:
    rank = _rank(name, x)
    wanted = sizes(name, "output_size", output_size, rank)
    last = data_format_of(name, data_format) == "channels_last"
    found = _ADAPTIVE[largest, rank](x.movedim(-1, 1) if last else x, wanted)
    return found.movedim(1, -1) if last else found


@operation
def adaptive_max_pool(
    inputs: Any, output_size: Any, data_format: str | None = None
) -> torch.Tensor:
    """Return the largest entries of windows that give an output of a size.

    Args:
        inputs: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        output_size: Size of the output, one number or one for each axis of space.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
    """
    x = floats(inputs)
    return _adaptive("adaptive_max_pool", x, output_size, data_format, largest=True)


@operation
def adaptive_average_pool(
    inputs: Any, output_size: Any, data_format: str | None = None
) -> torch.Tensor:
    """Return the means of windows that give an output of a size.

    Args:
        inputs: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        output_size: Size of the output, one number or one for each axis of space.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
    """
    x = floats(inputs)
    return _adaptive("adaptive_average_pool", x, output_size, data_format, largest=False)
