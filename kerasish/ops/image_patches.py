"""Windows of images and volumes as channels."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops.convolution import convolve, data_format_of
from kerasish.ops.dispatch import operation, tensor


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
