"""Windows of images as columns, and blocks of entries as channels."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

from kerasish.ops.convolution import data_format_of, sizes
from kerasish.ops.dispatch import operation, tensor


@operation
def unfold(
    x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> torch.Tensor:
    """Return all windows of images as columns (im2col).

    Args:
        x: `(batch, channels, height, width)`.
        kernel_size: Size of a window, one number or two.
        dilation: Spacing of its entries.
        padding: Zeros at both sides of the axes.
        stride: Steps.

    Returns:
        `(batch, channels * height and width of a window, windows)`.
    """
    x = tensor(x)
    if x.ndim != 4:
        raise ValueError(f"unfold takes tensors of 4 axes. Received: shape {tuple(x.shape)}")
    return functional.unfold(x, kernel_size, dilation, padding, stride)


@operation
def fold(
    x: Any,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> torch.Tensor:
    """Add up windows where they overlap: what `unfold` took apart (col2im).

    Args:
        x: `(batch, channels * height and width of a window, windows)`.
        output_size: Height and width of the result, one number or two.
        kernel_size: Size of a window.
        dilation: Spacing of its entries.
        padding: Zeros at both sides of the axes.
        stride: Steps.

    Returns:
        `(batch, channels, height, width)`.
    """
    x = tensor(x)
    if x.ndim != 3 or x.shape[1] % math.prod(sizes("fold", "kernel_size", kernel_size, 2)):
        raise ValueError(
            "fold takes (batch, channels * height and width of a window, windows). "
            f"Received: shape {tuple(x.shape)}, kernel_size={kernel_size}"
        )
    return functional.fold(x, output_size, kernel_size, dilation, padding, stride)


def _space(name: str, x: Any, block_size: Any, data_format: str | None) -> tuple[Any, bool]:
    x = tensor(x)
    last = data_format_of(name, data_format) == "channels_last"
    if x.ndim != 4 or not isinstance(block_size, int) or block_size < 2:
        raise ValueError(
            f"{name} takes images of 4 axes and a block_size from 2 on. "
            f"Received: shape {tuple(x.shape)}, block_size={block_size}"
        )
    return (x if last else x.movedim(1, -1)), last


@operation
def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> torch.Tensor:
    """Spread channels over blocks of entries; the inverse of `space_to_depth`.

    Args:
        x: `(batch, height, width, channels)`, or `(batch, channels, height, width)` with
            `"channels_first"`.
        block_size: Height and width of a block; its square divides the channels.
        data_format: `"channels_last"` or `"channels_first"`.

    Raises:
        ValueError: If the shape does not fit.
    """
    images, last = _space("depth_to_space", x, block_size, data_format)
    _, height, width, channels = images.shape
    if channels % block_size**2:
        raise ValueError(
            f"depth_to_space takes channels that the square of block_size={block_size} divides. "
            f"Received: {channels} channels"
        )
    apart = images.reshape(-1, height, width, block_size, block_size, channels // block_size**2)
    found = apart.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return found if last else found.movedim(-1, 1)


@operation
def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> torch.Tensor:
    """Gather the entries of blocks in channels; the inverse of `depth_to_space`.

    Args:
        x: `(batch, height, width, channels)`, or `(batch, channels, height, width)` with
            `"channels_first"`.
        block_size: Height and width of a block; it divides both of the images.
        data_format: `"channels_last"` or `"channels_first"`.

    Raises:
        ValueError: If the shape does not fit.
    """
    images, last = _space("space_to_depth", x, block_size, data_format)
    _, height, width, _ = images.shape
    if height % block_size or width % block_size:
        raise ValueError(
            f"space_to_depth takes images whose sizes block_size={block_size} divides. "
            f"Received: height {height}, width {width}"
        )
    apart = images.unflatten(1, (-1, block_size)).unflatten(3, (-1, block_size))
    found = apart.transpose(2, 3).flatten(3)
    return found if last else found.movedim(-1, 1)
