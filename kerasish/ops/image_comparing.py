"""How images change, and how alike two are."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from kerasish.ops.convolution import data_format_of
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.images import as_images, batch_first
from kerasish.ops.promotion import floats


@operation
def sobel_edges(images: Any, data_format: str | None = None) -> torch.Tensor:
    """Return how images change along height and width (Sobel and Feldman 1968).

    Args:
        images: `(batch, height, width, channels)`, or the channels first. Edges are reflected.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Returns:
        The shape of the images with a last axis of 2.
    """
    name = "sobel_edges"
    images = floats(tensor(images))
    if images.ndim != 4:
        raise ValueError(f"{name} takes images of 4 axes. Received: shape {tuple(images.shape)}")
    batch = batch_first(name, images, data_format)
    line, slope = ([1.0, 2.0, 1.0], [-1.0, 0.0, 1.0])
    rows = torch.outer(torch.tensor(slope), torch.tensor(line)).to(images)
    padded = functional.pad(batch.flatten(0, 1)[:, None], (1, 1, 1, 1), mode="reflect")
    found = functional.conv2d(padded, torch.stack([rows, rows.T])[:, None])
    found = found.movedim(1, -1).unflatten(0, batch.shape[:2])
    last = data_format_of(name, data_format) == "channels_last"
    return found.movedim(1, -2) if last else found


@operation
def ssim(
    image1: Any,
    image2: Any,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> torch.Tensor:
    """Return the structural similarity of images (Wang et al. 2004).

    Args:
        image1: `(batch, height, width, channels)`, or without the batch axis; the channels come
            before height and width with `"channels_first"`.
        image2: The same shape.
        max_val: Largest value that an entry can have.
        filter_size: Size of the Gaussian window.
        filter_sigma: Its deviation.
        k1: Keeps the comparison of means finite.
        k2: Keeps the comparison of variances finite.
        data_format: `"channels_last"` or `"channels_first"`; `image_data_format()` by default.

    Returns:
        `(batch,)`, or `()` for one image.
    """
    first, second = (as_images("ssim", one) for one in (image1, image2))
    kind, work = first.dtype, floats(first).dtype
    x, y = (
        batch_first("ssim", one.to(work), data_format).flatten(0, 1)[:, None]
        for one in (first, second)
    )
    places = torch.arange(filter_size, dtype=work, device=x.device) - (filter_size - 1) / 2
    line = torch.exp(-(places**2) / (2 * filter_sigma**2))
    window = torch.outer(line, line)
    window = (window / window.sum())[None, None]

    def mean(values: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(values, window)

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean_x, mean_y = mean(x), mean(y)
    both = mean_x * mean_y
    squares = mean_x.square() + mean_y.square()
    variances = mean(x.square()) + mean(y.square()) - squares
    covariance = mean(x * y) - both
    found = (2 * both + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))
    samples = first.shape[0] if first.ndim == 4 else 1
    result = found.mean((1, 2, 3)).reshape(samples, -1).mean(-1).to(kind)
    return result if first.ndim == 4 else result[0]
