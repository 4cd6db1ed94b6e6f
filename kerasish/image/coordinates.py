"""Entries of tensors at places between theirs, as `keras.ops.image` takes them on TensorFlow."""

from __future__ import annotations

import math
from itertools import product

import torch

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


def map_coordinates(
    values: torch.Tensor,
    coordinates: torch.Tensor,
    order: int,
    fill_mode: str = "constant",
    fill_value: float = 0,
) -> torch.Tensor:
    """Take entries from places.

    Args:
        values: Any shape.
        coordinates: Places `(axes of values, ...)`.
        order: 0 for the nearest entry, 1 for linear interpolation.
        fill_mode: `"constant"`, `"nearest"`, `"wrap"`, `"mirror"` or `"reflect"`.
        fill_value: The constant.

    Returns:
        The shape of the coordinates without their first axis, the type of `values`. The sums are
        made in the type of the coordinates.

    Raises:
        ValueError: If a shape or an argument is another one.
    """
    if coordinates.ndim < 2 or coordinates.shape[0] != values.ndim:
        raise ValueError(
            "map_coordinates takes coordinates (axes of inputs, ...) of two axes or more. Received:"
            f" inputs of shape {tuple(values.shape)}, coordinates of {tuple(coordinates.shape)}"
        )
    if fill_mode not in FILL_MODES or order not in (0, 1):
        raise ValueError(
            f"map_coordinates takes 0 or 1 as order, and one of {FILL_MODES} as fill_mode. "
            f"Received: order={order!r}, fill_mode={fill_mode!r}"
        )
    if not coordinates.is_floating_point():
        coordinates = coordinates.to(torch.float32)
    ways = []
    for place, size in zip(coordinates.unbind(0), values.shape, strict=True):
        low = place.round() if order == 0 else place.floor()
        upper = place - low
        steps = (
            [(low.long(), None)]
            if order == 0
            else [(low.long(), 1 - upper), (low.long() + 1, upper)]
        )
        ways.append([(*_inside(index, size, fill_mode), weight) for index, weight in steps])
    flat = values.reshape(-1)
    result = torch.zeros_like(coordinates[0])
    for corner in product(*ways):
        at, known = torch.zeros_like(corner[0][0]), torch.ones_like(corner[0][1])
        for (index, inside, _), size in zip(corner, values.shape, strict=True):
            at, known = at * size + index, known & inside
        found = flat[at].to(coordinates.dtype)
        if fill_mode == "constant":
            found = torch.where(known, found, float(fill_value))
        weights = [weight for _, _, weight in corner if weight is not None]
        result = result + (math.prod(weights[1:], start=weights[0]) * found if weights else found)
    if not (values.is_floating_point() or values.is_complex()):
        result = result.round()
    return result.to(values.dtype)


def _inside(places: torch.Tensor, size: int, fill_mode: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Bring whole places inside, and tell which were."""
    known = (places >= 0) & (places < size)
    if fill_mode == "wrap":
        return places.remainder(size), known
    if fill_mode in ("mirror", "reflect"):
        folded = places.abs().remainder(2 * size)
        back = 2 * size - folded - int(fill_mode == "reflect")
        # Mirrored, one place would be behind the last.
        return torch.where(folded < size, folded, back).clamp(max=size - 1), known
    return places.clamp(0, size - 1), known
