"""Images blurred, seen in perspective, and warped, as Keras does it on TensorFlow."""

from __future__ import annotations

from itertools import product

import torch
from torch.nn import functional


def homography(start: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
    """Return the projection that takes four points to four others.

    Args:
        start: Points `(batch, 4, 2)` as x and y in the image.
        end: Where they go.

    Returns:
        `(batch, 8)` for `affine_transform`, float32.
    """
    start, end = start.to(torch.float32), end.to(torch.float32)
    (x, y), (from_x, from_y) = end.unbind(-1), start.unbind(-1)
    one, zero = torch.ones_like(x), torch.zeros_like(x)
    for_x = torch.stack([x, y, one, zero, zero, zero, -from_x * x, -from_x * y], dim=-1)
    for_y = torch.stack([zero, zero, zero, x, y, one, -from_y * x, -from_y * y], dim=-1)
    matrix = torch.stack([for_x, for_y], dim=2).flatten(1, 2)
    return torch.linalg.solve(matrix, start.flatten(1))


def gaussian_blur(
    images: torch.Tensor, kernel_size: tuple[int, int], sigma: tuple[torch.Tensor, torch.Tensor]
) -> torch.Tensor:
    """Blur images with a Gaussian; outside of them are zeros.

    Args:
        images: `(batch, channels, height, width)`.
        kernel_size: Sizes; of an even one, the padding before is the smaller, as in TensorFlow.
        sigma: Deviations, of both axes.
    """
    lines = []
    for size, deviation in zip(kernel_size, sigma, strict=True):
        places = torch.arange(size, dtype=images.dtype, device=images.device) - (size - 1) / 2
        line = torch.exp(-0.5 * (places / deviation) ** 2)
        lines.append(line / line.sum())
    # Keras lays the product of the two lines out in this order, for unequal sizes too.
    kernel = torch.outer(lines[1], lines[0]).reshape(kernel_size)
    channels = images.shape[1]
    kernel = kernel.expand(channels, 1, *kernel_size)
    padding = ((kernel_size[0] - 1) // 2, (kernel_size[1] - 1) // 2)
    if not all(size % 2 for size in kernel_size):
        more = [1 - kernel_size[1] % 2, 1 - kernel_size[0] % 2]
        images = functional.pad(images, (0, more[0], 0, more[1]))
    return functional.conv2d(images, kernel, padding=padding, groups=channels)


def elastic_transform(
    images: torch.Tensor,
    noise: torch.Tensor,
    alpha: torch.Tensor,
    sigma: torch.Tensor,
    interpolation: str,
    fill_mode: str,
    fill_value: float,
) -> torch.Tensor:
    """Take each entry from a place nearby, by a smooth random field (Simard et al. 2003).

    Args:
        images: `(batch, channels, height, width)`, floats.
        noise: Standard normal numbers `(batch, height, width)`; one field moves entries along both
            axes, as in Keras.
        alpha: How far.
        sigma: How smooth.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: `"constant"`, `"nearest"`, `"wrap"` or `"reflect"`.
        fill_value: The constant.
    """
    size = 6 * int(sigma) | 1
    shift = gaussian_blur((noise * sigma)[:, None], (size, size), (sigma, sigma))[:, 0] * alpha
    height, width = images.shape[-2:]
    y = torch.arange(height, dtype=images.dtype, device=images.device)[:, None] + shift
    x = torch.arange(width, dtype=images.dtype, device=images.device) + shift
    return map_coordinates(images, y, x, interpolation, fill_mode, fill_value)


def map_coordinates(
    images: torch.Tensor,
    y: torch.Tensor,
    x: torch.Tensor,
    interpolation: str,
    fill_mode: str,
    fill_value: float,
) -> torch.Tensor:
    """Take entries from places, by the rules of `keras.ops.image.map_coordinates` on TensorFlow.

    Args:
        images: `(batch, channels, height, width)`.
        y: Rows, `(batch, height, width)`.
        x: Columns likewise.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: `"constant"`, `"nearest"`, `"wrap"` or `"reflect"`.
        fill_value: The constant.
    """
    if interpolation == "nearest":
        ways: list[list[tuple]] = [[(place.round().long(), None)] for place in (y, x)]
    else:
        ways = []
        for place in (y, x):
            low = place.floor()
            upper = place - low
            ways.append([(low.long(), 1 - upper), (low.long() + 1, upper)])
    batch, channels, height, width = images.shape
    flat = images.flatten(2)
    result = torch.zeros_like(images)
    for (row, down), (column, right) in product(*ways):
        rows, known_rows = _wrapped(row, height, fill_mode)
        columns, known_columns = _wrapped(column, width, fill_mode)
        at = (rows * width + columns).reshape(batch, 1, -1).expand(-1, channels, -1)
        found = flat.gather(2, at).reshape(images.shape)
        if fill_mode == "constant":
            known = (known_rows & known_columns)[:, None]
            found = torch.where(known, found, torch.full_like(found, fill_value))
        weight = None if down is None else (down * right)[:, None]
        result = result + (found if weight is None else weight * found)
    return result


def _wrapped(places: torch.Tensor, size: int, fill_mode: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Bring whole places inside, and tell which were."""
    known = (places >= 0) & (places < size)
    if fill_mode == "wrap":
        return places.remainder(size), known
    if fill_mode == "reflect":
        folded = places.abs().remainder(2 * size)
        return torch.where(folded < size, folded, 2 * size - folded - 1), known
    return places.clamp(0, size - 1), known
