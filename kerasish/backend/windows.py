"""`keras.backend`: convolutions, pooling, padding and normalization with Keras 2's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from kerasish import config, ops
from kerasish.backend.shapes import repeat_elements
from kerasish.backend.tensor_function import as_tensor, tensor_function
from kerasish.layers.base.convolution import output_size
from kerasish.ops.convolution import transpose_convolution

Pairs = Sequence[Sequence[int]]


def _is_last(data_format: str | None) -> bool:
    return (data_format or config.image_data_format()) == "channels_last"


def conv1d(
    x: Any,
    kernel: Any,
    strides: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int = 1,
) -> Any:
    """Convolve sequences; with `"causal"` padding before the first step only."""
    if padding == "causal":
        if not _is_last(data_format):
            raise ValueError(
                "conv1d pads causally with the channels last. "
                f"Received: padding='causal', data_format={data_format!r}"
            )
        x, padding = temporal_padding(x, ((kernel.shape[0] - 1) * dilation_rate, 0)), "valid"
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def conv2d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolve images; see `kerasish.ops.conv`."""
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


@tensor_function
def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Sequence[Any],
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> torch.Tensor:
    """Apply the transpose of a convolution of images of a given shape.

    Args:
        x: `(batch, height, width, channels)`, or the channels first.
        kernel: `(height, width, filters, channels)`.
        output_shape: Shape of the result; the batch size is not read.
        strides: Steps of the convolution whose transpose this is.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
        dilation_rate: Spacing of the kernel.

    Raises:
        ValueError: If no images of that shape are convolved to the shape of `x`.
    """
    x, kernel = as_tensor(x), as_tensor(kernel)
    last = _is_last(data_format)
    first = x.movedim(-1, 1) if last else x
    wanted = list(output_shape[1:-1] if last else output_shape[2:])
    steps, spacing = (
        (one, one) if isinstance(one, int) else tuple(one) for one in (strides, dilation_rate)
    )
    sizes = output_size(wanted, kernel.shape[:2], steps, padding, spacing)
    if list(sizes) != list(first.shape[2:]):
        raise ValueError(
            f"Images of output_shape={tuple(output_shape)} are convolved to sizes {sizes}. "
            f"Received: x of shape {tuple(x.shape)}"
        )
    growths = [
        int(new) - size * step
        for new, size, step in zip(wanted, first.shape[2:], steps, strict=True)
    ]
    found = transpose_convolution(first, kernel, steps, spacing, growths)
    return found.movedim(1, -1) if last else found


def conv3d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1, 1),
) -> Any:
    """Convolve volumes; see `kerasish.ops.conv`."""
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolve each channel of images by itself; see `kerasish.ops.depthwise_conv`."""
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, data_format, dilation_rate)


def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolve each channel by itself, then mix them; see `kerasish.ops.separable_conv`."""
    return ops.separable_conv(
        x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate
    )


def _pool(
    x: Any, pool_size: Any, strides: Any, padding: str, data_format: Any, pool_mode: str
) -> Any:
    if pool_mode not in ("max", "avg"):
        raise ValueError(f"Pooling knows the modes 'max' and 'avg'. Received: {pool_mode!r}")
    pool = ops.max_pool if pool_mode == "max" else ops.average_pool
    return pool(x, pool_size, strides, padding, data_format)


def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """Return the largest entry (`"max"`) or the mean (`"avg"`) of each window of images."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """Return the largest entry (`"max"`) or the mean (`"avg"`) of each window of volumes."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


@tensor_function
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> torch.Tensor:
    """Add a bias to the channels.

    Args:
        x: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        bias: `(channels,)`, or the shape of a sample.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
    """
    x, bias = as_tensor(x), as_tensor(bias)
    if bias.ndim not in (1, x.ndim - 1):
        raise ValueError(
            "bias_add takes a bias of one axis, or of the axes of a sample. "
            f"Received: bias of shape {tuple(bias.shape)} for x of shape {tuple(x.shape)}"
        )
    if not _is_last(data_format):
        if bias.ndim > 1:
            return x + bias.movedim(-1, 0)
        return x + bias.reshape(-1, *(1,) * (x.ndim - 2))
    return x + bias


def _padded(x: Any, padding: Pairs, data_format: str | None) -> torch.Tensor:
    behind = [0, 0] if _is_last(data_format) else []
    pads = [size for pair in reversed(padding) for size in pair]
    return functional.pad(as_tensor(x), [*behind, *pads])


@tensor_function
def temporal_padding(x: Any, padding: Sequence[int] = (1, 1)) -> torch.Tensor:
    """Pad sequences `(batch, time, features)` with zeros before and after."""
    return _padded(x, [padding], "channels_last")


@tensor_function
def spatial_2d_padding(
    x: Any, padding: Pairs = ((1, 1), (1, 1)), data_format: str | None = None
) -> torch.Tensor:
    """Pad images with zeros: `((top, bottom), (left, right))`."""
    return _padded(x, padding, data_format)


@tensor_function
def spatial_3d_padding(
    x: Any, padding: Pairs = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> torch.Tensor:
    """Pad volumes with zeros, a pair for each axis of space."""
    return _padded(x, padding, data_format)


def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str, interpolation: str = "nearest"
) -> Any:
    """Enlarge images by whole factors; see `kerasish.ops.image.resize`."""
    first = 1 if _is_last(data_format) else 2
    size = (x.shape[first] * height_factor, x.shape[first + 1] * width_factor)
    return ops.image.resize(x, size, interpolation, data_format=data_format)


def resize_volumes(
    x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str
) -> Any:
    """Enlarge volumes by whole factors, each entry repeated."""
    first = 1 if _is_last(data_format) else 2
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), first):
        x = repeat_elements(x, factor, axis)
    return x


def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """Normalize by given statistics; see `kerasish.ops.batch_normalization`."""
    return ops.batch_normalization(x, mean, var, axis, beta, gamma, epsilon)


def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Sequence[int], epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """Normalize by the statistics of a batch.

    Args:
        x: Any shape.
        gamma: Factors, which broadcast to the axes that stay; None for none.
        beta: Offsets, likewise.
        reduction_axes: The axes that the statistics are taken over.
        epsilon: Added to the variance.

    Returns:
        The normalized tensor, means and variances.
    """
    x = as_tensor(x)
    axes = [axis % x.ndim for axis in reduction_axes]
    shape = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
    mean, variance = ops.moments(x, axes)
    factor = torch.rsqrt(variance.reshape(shape) + epsilon)
    factor = factor if gamma is None else factor * as_tensor(gamma).reshape(shape)
    found = (x - mean.reshape(shape)) * factor
    found = found if beta is None else found + as_tensor(beta).reshape(shape)
    return found, mean, variance
