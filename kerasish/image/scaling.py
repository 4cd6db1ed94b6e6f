"""Tensors scaled and moved along some axes, as `keras.ops.image` does it on TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

_METHODS = {
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), "linear"),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), "cubic"),
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}
# Sums of weights that are smaller than this are not divided by.
_LEAST_SUM = 1000.0 * torch.finfo(torch.float32).eps


def scale_and_translate(
    values: torch.Tensor,
    output_shape: Sequence[int],
    scale: torch.Tensor,
    translation: torch.Tensor,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> torch.Tensor:
    """Scale and move along axes; the place `x` goes to `x * scale + translation`.

    Args:
        values: Any shape.
        output_shape: Shape of the result.
        scale: A factor for each of the axes.
        translation: A shift for each of the axes.
        spatial_dims: The axes.
        method: `"linear"`, `"cubic"`, `"lanczos3"` or `"lanczos5"`; `"bilinear"`, `"bicubic"` and
            so on mean the same.
        antialias: Whether shrinking looks at all of the entries that it merges.

    Returns:
        The type of `values`; whole numbers are rounded and kept in their range.

    Raises:
        ValueError: For another method.
    """
    if method not in _METHODS:
        raise ValueError(
            f"scale_and_translate takes one of {tuple(_METHODS)} as method. "
            f"Received: method={method!r}"
        )
    if not len(spatial_dims):
        return values
    whole = not values.is_floating_point()
    result = values.to(torch.float32) if whole else values
    for place, axis in enumerate(spatial_dims):
        size = values.shape[axis]
        weights = _weights(
            size, output_shape[axis], scale[place], translation[place], _METHODS[method], antialias
        )
        result = (result.movedim(axis, -1) @ weights.to(result.dtype)).movedim(-1, axis)
    if whole:
        result = result.round().clamp(values.min(), values.max()).to(values.dtype)
    return result


def _weights(
    size: int,
    new: int,
    scale: torch.Tensor,
    translation: torch.Tensor,
    method: str,
    antialias: bool,
) -> torch.Tensor:
    """Return how the entries of an axis are mixed, `(size, new)`."""
    options: Any = {"dtype": scale.dtype, "device": scale.device}
    inverse = 1.0 / scale
    places = (torch.arange(new, **options) + 0.5) * inverse - translation * inverse - 0.5
    distances = (places - torch.arange(size, **options)[:, None]).abs()
    if antialias:
        distances = distances / inverse.clamp(min=1.0)
    weights = _kernel(method, distances)
    total = weights.sum(0, keepdim=True)
    shares = weights / torch.where(total != 0, total, 1)
    weights = torch.where(total.abs() > _LEAST_SUM, shares, 0)
    return torch.where((places >= -0.5) & (places <= size - 0.5), weights, 0)


def _kernel(method: str, x: torch.Tensor) -> torch.Tensor:
    """Return a kernel at distances: the triangle, Keys's cubic one, or Lanczos's."""
    if method == "linear":
        return (1 - x).clamp(min=0)
    if method == "cubic":
        near = (1.5 * x - 2.5) * x * x + 1.0
        far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
        return torch.where(x >= 2.0, 0.0, torch.where(x >= 1.0, far, near))
    radius = 3.0 if method == "lanczos3" else 5.0
    product = radius * torch.sin(math.pi * x) * torch.sin(math.pi * x / radius)
    shares = product / torch.where(x != 0, math.pi**2 * x**2, 1)
    return torch.where(x > radius, 0.0, torch.where(x > 1e-3, shares, 1.0))
