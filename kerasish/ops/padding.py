"""Entries added around tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.ops.dispatch import operation, tensor

_MODES = ("constant", "reflect", "symmetric")


@operation
def pad(
    x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None
) -> torch.Tensor:
    """Add entries around a tensor.

    Args:
        x: Any shape.
        pad_width: How many before and after each axis: `((before, after), ...)`; one pair, or one
            number, for all axes.
        mode: What is added: `"constant"`: one value; `"reflect"`: what is mirrored at the last
            entry; `"symmetric"`: what is mirrored at the edge.
        constant_values: The value, 0 by default.

    Raises:
        ValueError: If there is no such mode, the widths do not fit the axes, or a value is given
            in a mode that adds none.
    """
    x = tensor(x)
    if mode not in _MODES:
        raise ValueError(f"pad knows the modes {_MODES}. Received: mode={mode!r}")
    if constant_values is not None and mode != "constant":
        raise ValueError(
            f"pad takes constant_values in mode constant alone. Received: mode={mode!r}"
        )
    widths = _widths(x, pad_width)
    if mode == "constant":
        flat = [size for pair in reversed(widths) for size in pair]
        value = 0 if constant_values is None else constant_values
        return torch.nn.functional.pad(x, flat, value=value)
    for axis, width in enumerate(widths):
        if any(width):
            places = _mirrored(x.shape[axis], *width, again=mode == "symmetric")
            x = x.index_select(axis, torch.tensor(places, device=x.device))
    return x


def _mirrored(size: int, before: int, after: int, *, again: bool) -> list[int]:
    """Return the places of entries, those at the edge twice (`again`) or once."""
    period = 2 * size if again else max(2 * size - 2, 1)
    turned = (place % period for place in range(-before, size + after))
    return [place if place < size else period - again - place for place in turned]


def _widths(x: torch.Tensor, pad_width: Any) -> list[tuple[int, int]]:
    if isinstance(pad_width, int):
        pad_width = [(pad_width, pad_width)]
    elif isinstance(pad_width[0], int):
        pad_width = [pad_width]
    widths: list[Sequence[int]] = list(pad_width) * (x.ndim if len(pad_width) == 1 else 1)
    if len(widths) != x.ndim or any(len(one) not in (1, 2) for one in widths):
        raise ValueError(
            "pad_width has one or two numbers for each axis. Received: "
            f"pad_width={pad_width} for shape {tuple(x.shape)}"
        )
    return [(int(one[0]), int(one[-1])) for one in widths]
