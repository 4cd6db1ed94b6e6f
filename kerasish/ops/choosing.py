"""Parts of tensors chosen, turned, and found by their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.ops.dispatch import operation, read, tensor
from kerasish.ops.promotion import together


@operation
def get_item(x: Any, key: Any) -> torch.Tensor:
    """Return `x[key]`.

    Args:
        x: Any shape.
        key: Whole numbers, slices (backwards too), None, `...`, or a tuple of such.
    """
    x = tensor(x)
    keys = [read(one) for one in key] if isinstance(key, tuple) else [read(key)]
    used = [_axes_used(one) for one in keys]
    axis = 0
    for place, one in enumerate(keys):
        if isinstance(one, slice) and one.step is not None and one.step < 0:
            x, keys[place] = _forwards(x, axis, one)
        axis += x.ndim - sum(used) if one is Ellipsis else used[place]
    return x[tuple(keys)]


def _axes_used(key: Any) -> int:
    if key is None or key is Ellipsis:
        return 0
    return key.ndim if isinstance(key, torch.Tensor) and key.dtype == torch.bool else 1


def _forwards(x: torch.Tensor, axis: int, key: slice) -> tuple[torch.Tensor, slice]:
    """Return a tensor and a slice that give what a slice backwards does: torch has none."""
    size = x.shape[axis]
    places = range(*key.indices(size))
    first = size - 1 - places.start
    last = first - len(places) * places.step
    return x.flip(axis), slice(first, last, -places.step) if places else slice(0, 0)


@operation
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> torch.Tensor:
    """Take each number from the choice of the first condition that holds.

    Args:
        condlist: Truth values, a tensor for each choice.
        choicelist: Numbers that are chosen from.
        default: What is taken where no condition holds.

    Raises:
        ValueError: If conditions and choices are no lists of one length above zero.
    """
    if not isinstance(condlist, (list, tuple)) or not isinstance(choicelist, (list, tuple)):
        raise ValueError(
            "select takes lists of conditions and choices. Received: "
            f"{type(condlist).__name__} and {type(choicelist).__name__}"
        )
    if not condlist or len(condlist) != len(choicelist):
        raise ValueError(
            "select takes as many choices as conditions, at least one. Received: "
            f"{len(condlist)} conditions and {len(choicelist)} choices"
        )
    *choices, found = together(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        found = torch.where(tensor(condition).bool(), choice, found)
    return found


@operation
def unravel_index(indices: Any, shape: Sequence[int]) -> tuple[torch.Tensor, ...]:
    """Return the places along each axis for the numbers of entries in order.

    Args:
        indices: Whole numbers of any shape.
        shape: The shape whose entries are numbered.

    Raises:
        ValueError: If a size of the shape is not known.
    """
    if None in shape:
        raise ValueError(f"unravel_index needs all sizes. Received: shape={shape}")
    rest = tensor(indices)
    places = []
    for size in reversed(shape):
        places.append(torch.remainder(rest, size))
        rest = torch.div(rest, size, rounding_mode="floor")
    return tuple(reversed(places))


@operation
def fliplr(x: Any) -> torch.Tensor:
    """Reverse the second axis."""
    return torch.flip(tensor(x), [1])


@operation
def flipud(x: Any) -> torch.Tensor:
    """Reverse the first axis."""
    return torch.flip(tensor(x), [0])


@operation
def rot90(array: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> torch.Tensor:
    """Turn a plane by quarters, from its first axis to its second.

    Args:
        array: Any shape with at least two axes.
        k: How many quarters.
        axes: The axes of the plane.

    Raises:
        ValueError: If there is one axis only, or `axes` are no two.
    """
    array = tensor(array)
    if array.ndim < 2:
        raise ValueError(f"rot90 turns two axes. Received: shape {tuple(array.shape)}")
    if len(axes) != 2 or axes[0] % array.ndim == axes[1] % array.ndim:
        raise ValueError(f"rot90 takes two different axes. Received: axes={axes}")
    return torch.rot90(array, k, list(axes))


def ndim(x: Any) -> int:
    """Return how many axes a tensor, array or symbol has."""
    return len(x.shape) if isinstance(x, KerasTensor) else tensor(x).ndim
