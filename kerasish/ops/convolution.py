"""Convolutions of tensors with kernels in Keras's layout, and their transposes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional

from kerasish import config
from kerasish.layers.base.convolution import (
    padding_of,
    sizes_of,
    transposed_growth,
    transposed_padding,
)
from kerasish.ops.dispatch import operation
from kerasish.ops.promotion import alike_floats

_CONVOLUTIONS: dict[int, Callable] = {
    1: functional.conv1d,
    2: functional.conv2d,
    3: functional.conv3d,
}
_TRANSPOSED: dict[int, Callable] = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}


def data_format_of(name: str, data_format: str | None) -> str:
    """Return a data format, the default one for None.

    Raises:
        ValueError: If it is none.
    """
    found = data_format or config.image_data_format()
    if found not in ("channels_last", "channels_first"):
        raise ValueError(
            f"{name} takes 'channels_last' or 'channels_first' as data_format. "
            f"Received: data_format={data_format!r}"
        )
    return found


def sizes(name: str, argument: str, value: Any, rank: int) -> tuple[int, ...]:
    """Return an argument as one positive number for each axis of space.

    Raises:
        ValueError: If it is neither one number nor `rank` of them.
    """
    found = sizes_of(value, rank)
    if found is None:
        raise ValueError(
            f"{name} takes a positive integer or {rank} of them as {argument}. "
            f"Received: {argument}={value!r}"
        )
    return found


def padding_name(name: str, padding: Any) -> str:
    """Return `"valid"` or `"same"`.

    Raises:
        ValueError: If it is neither.
    """
    if not isinstance(padding, str) or padding.lower() not in ("valid", "same"):
        raise ValueError(
            f"{name} takes 'valid' or 'same' as padding. Received: padding={padding!r}"
        )
    return padding.lower()


def _rank(name: str, x: torch.Tensor, kernel: torch.Tensor) -> int:
    rank = x.ndim - 2
    if rank not in _CONVOLUTIONS or kernel.ndim != x.ndim:
        raise ValueError(
            f"{name} takes inputs of 3, 4 or 5 axes, and a kernel of as many. Received: inputs of "
            f"shape {tuple(x.shape)}, kernel of shape {tuple(kernel.shape)}"
        )
    return rank


def convolve(
    name: str,
    x: torch.Tensor,
    kernel: torch.Tensor,
    strides: Any,
    padding: Any,
    data_format: str | None,
    dilation_rate: Any,
    *,
    groups: int | None = None,
) -> torch.Tensor:
    """Convolve.

    Args:
        name: Name of the operation, for messages.
        x: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        kernel: `(..., channels / groups, filters)`.
        strides: Steps.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: Spacing of the kernel.
        groups: Number of groups; what the kernel's shape says by default.

    Raises:
        ValueError: If shapes do not fit or an argument has a value it can't have.
    """
    rank = _rank(name, x, kernel)
    steps = sizes(name, "strides", strides, rank)
    spacing = sizes(name, "dilation_rate", dilation_rate, rank)
    last = data_format_of(name, data_format) == "channels_last"
    first = x.movedim(-1, 1) if last else x
    if padding_name(name, padding) == "same":
        pads = padding_of(first.shape[2:], kernel.shape[:-2], steps, spacing)
        first = functional.pad(first, pads) if any(pads) else first
    channels, own = first.shape[1], kernel.shape[-2]
    reach = [(width - 1) * gap + 1 for width, gap in zip(kernel.shape[:-2], spacing, strict=True)]
    fits = all(size >= one for size, one in zip(first.shape[2:], reach, strict=True))
    if not own or channels % own or kernel.shape[-1] % (channels // own) or not fits:
        raise ValueError(
            f"The kernel does not fit the inputs of {name}: it is too large, or its channels do "
            f"not divide theirs. Received: inputs of shape {tuple(x.shape)}, kernel of shape "
            f"{tuple(kernel.shape)}"
        )
    weight = kernel.permute(-1, -2, *range(rank))
    groups = channels // own if groups is None else groups
    result = _CONVOLUTIONS[rank](first, weight, None, steps, 0, spacing, groups)
    return result.movedim(1, -1) if last else result


@operation
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> torch.Tensor:
    """Convolve over one to three axes of space.

    Args:
        inputs: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        kernel: `(..., channels, filters)`; fewer channels make groups.
        strides: Steps.
        padding: `"valid"` for none, or `"same"`, as TensorFlow pads.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
        dilation_rate: Spacing of the kernel.

    Raises:
        ValueError: If shapes do not fit or an argument has a value it can't have.
    """
    x, weight = alike_floats(inputs, kernel)
    return convolve("conv", x, weight, strides, padding, data_format, dilation_rate)


def _depthwise(name: str, x: torch.Tensor, kernel: torch.Tensor, *options: Any) -> torch.Tensor:
    _rank(name, x, kernel)
    data_format = data_format_of(name, options[2])
    channels = x.shape[-1 if data_format == "channels_last" else 1]
    if kernel.shape[-2] != channels:
        raise ValueError(
            f"{name} takes a kernel (..., channels, multiplier). Received: inputs of shape "
            f"{tuple(x.shape)}, kernel of shape {tuple(kernel.shape)}"
        )
    # Channels of a group lie side by side, in Keras as in torch.
    weight = kernel.flatten(-2).unsqueeze(-2)
    return convolve(name, x, weight, *options)


@operation
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> torch.Tensor:
    """Convolve each channel by itself.

    Args:
        inputs: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        kernel: `(..., channels, multiplier)`.
        strides: Steps.
        padding: `"valid"` for none, or `"same"`, as TensorFlow pads.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
        dilation_rate: Spacing of the kernel.

    Returns:
        `channels * multiplier` channels.
    """
    x, weight = alike_floats(inputs, kernel)
    return _depthwise("depthwise_conv", x, weight, strides, padding, data_format, dilation_rate)


@operation
def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> torch.Tensor:
    """Convolve each channel by itself, then mix the channels.

    Args:
        inputs: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        depthwise_kernel: `(..., channels, multiplier)`.
        pointwise_kernel: `(1, ..., channels * multiplier, filters)`.
        strides: Steps.
        padding: `"valid"` for none, or `"same"`, as TensorFlow pads.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
        dilation_rate: Spacing of the kernel.
    """
    x, depthwise, pointwise = alike_floats(inputs, depthwise_kernel, pointwise_kernel)
    name = "separable_conv"
    apart = _depthwise(name, x, depthwise, strides, padding, data_format, dilation_rate)
    return convolve(name, apart, pointwise, 1, "valid", data_format, 1)


@operation
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> torch.Tensor:
    """Apply the transpose of a convolution over one to three axes of space.

    Args:
        inputs: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        kernel: `(..., filters, channels)`.
        strides: Steps of the convolution whose transpose this is.
        padding: `"valid"` or `"same"`.
        output_padding: What is added to the output's size, less than the strides; None for the size
            that Keras chooses.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.
        dilation_rate: Spacing of the kernel.

    Raises:
        ValueError: If shapes do not fit or an argument has a value it can't have.
    """
    name = "conv_transpose"
    x, weight = alike_floats(inputs, kernel)
    rank = _rank(name, x, weight)
    steps = sizes(name, "strides", strides, rank)
    spacing = sizes(name, "dilation_rate", dilation_rate, rank)
    padding = padding_name(name, padding)
    several = isinstance(output_padding, (list, tuple))
    extras = tuple(output_padding) if several else (output_padding,) * rank
    if len(extras) != rank or any(
        extra is not None and not 0 <= extra < step
        for extra, step in zip(extras, steps, strict=False)
    ):
        raise ValueError(
            f"{name} takes numbers from 0 on, below strides={steps}, as output_padding. "
            f"Received: output_padding={output_padding}"
        )
    last = data_format_of(name, data_format) == "channels_last"
    first = x.movedim(-1, 1) if last else x
    if first.shape[1] != weight.shape[-1]:
        raise ValueError(
            f"{name} takes a kernel (..., filters, channels). Received: inputs of shape "
            f"{tuple(x.shape)}, kernel of shape {tuple(weight.shape)}"
        )
    growths = [
        transposed_growth((size - 1) * gap + 1, step, padding, extra)
        for size, gap, step, extra in zip(weight.shape, spacing, steps, extras, strict=False)
    ]
    result = transpose_convolution(first, weight, steps, spacing, growths)
    return result.movedim(1, -1) if last else result


def transpose_convolution(
    x: torch.Tensor,
    kernel: torch.Tensor,
    steps: Sequence[int],
    spacing: Sequence[int],
    growths: Sequence[int],
) -> torch.Tensor:
    """Apply the transpose of a convolution.

    Args:
        x: `(batch, channels, ...)`.
        kernel: `(..., filters, channels)`.
        steps: Strides, one for each axis of space.
        spacing: Spacing of the kernel, likewise.
        growths: What the output has beyond `size * step` entries of an axis.

    Returns:
        `(batch, filters, ...)`.
    """
    rank = len(steps)
    axes = [
        transposed_padding((size - 1) * gap + 1, step, growth)
        for size, gap, step, growth in zip(kernel.shape, spacing, steps, growths, strict=False)
    ]
    before, more, cuts = zip(*axes, strict=True)
    weight = kernel.permute(-1, -2, *range(rank))
    result = _TRANSPOSED[rank](x, weight, None, steps, before, more, 1, spacing)
    for axis, cut in enumerate(cuts, 2):
        if cut:
            result = result.narrow(axis, 0, result.shape[axis] - cut)
    return result
