"""Operations on shapes and places: making, joining, cutting, turning, taking."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kerasish.config import floatx
from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.ops.dispatch import axes_of, operation, read, tensor
from kerasish.ops.promotion import alike, plain, result_type


@operation
def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None
) -> torch.Tensor:
    """Return a value as a tensor.

    Args:
        x: An array, list, number, weight or tensor.
        dtype: Its type; that of the value by default.
        sparse: Not used.
        ragged: Not used.
    """
    found = tensor(x)
    return found if dtype is None else found.to(torch_dtype(dtype))


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return a tensor as an array, whatever graph and device it belongs to."""
    return tensor(x).numpy(force=True)


def is_tensor(x: Any) -> bool:
    """Whether a value is a tensor."""
    return isinstance(x, torch.Tensor)


def shape(x: Any) -> tuple[int | None, ...]:
    """Return the shape of a tensor, array or symbol; None in it where a size is not known."""
    value = read(x)
    return tuple(value.shape if hasattr(value, "shape") else tensor(value).shape)


def dtype(x: Any) -> str:
    """Return Keras's name of a value's type."""
    return standardize_dtype(x.dtype if hasattr(x, "dtype") else tensor(x).dtype)


@operation
def stop_gradient(variable: Any) -> torch.Tensor:
    """Return a tensor that no gradient goes through."""
    return tensor(variable).detach()


def zeros(shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
    """Return zeros of a shape."""
    return torch.zeros(_sizes(shape), dtype=torch_dtype(dtype or floatx()))


def ones(shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
    """Return ones of a shape."""
    return torch.ones(_sizes(shape), dtype=torch_dtype(dtype or floatx()))


def full(shape: Sequence[int], fill_value: Any, dtype: Any = None) -> torch.Tensor:
    """Return a tensor of a shape with one value everywhere."""
    value = plain(fill_value).to(torch_dtype(dtype or floatx()))
    return value.broadcast_to(_sizes(shape)).clone()


def _sizes(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> torch.Tensor:
    """Return ones on a diagonal, `(N, M)`, zeros elsewhere."""
    kind = torch_dtype(dtype or floatx())
    return torch.from_numpy(np.eye(N, M, k)).to(kind)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> torch.Tensor:
    """Return numbers from `start` to before `stop`, or from 0 to before `start`."""
    given = [read(one) for one in (start, stop, step) if one is not None]
    kind = result_type(*given) if dtype is None else torch_dtype(dtype)
    first, last = (0, start) if stop is None else (start, stop)
    return torch.arange(first, last, 1 if step is None else step, dtype=kind)


@operation
def zeros_like(x: Any, dtype: Any = None) -> torch.Tensor:
    """Return zeros of a tensor's shape."""
    return torch.zeros_like(tensor(x), dtype=None if dtype is None else torch_dtype(dtype))


@operation
def ones_like(x: Any, dtype: Any = None) -> torch.Tensor:
    """Return ones of a tensor's shape."""
    return torch.ones_like(tensor(x), dtype=None if dtype is None else torch_dtype(dtype))


@operation
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> torch.Tensor:
    """Return a tensor of a tensor's shape with one value everywhere."""
    x = tensor(x)
    value = plain(fill_value, x.device).to(
        x.device, x.dtype if dtype is None else torch_dtype(dtype)
    )
    return value.broadcast_to(x.shape).clone()


@operation
def reshape(x: Any, newshape: Sequence[int]) -> torch.Tensor:
    """Return the numbers in another shape; -1 stands for the size that is left."""
    size = (newshape,) if isinstance(newshape, int) else tuple(newshape)
    return tensor(x).reshape([-1 if one is None else one for one in size])


@operation
def transpose(x: Any, axes: Sequence[int] | None = None) -> torch.Tensor:
    """Return the axes in another order; in the reverse one by default."""
    x = tensor(x)
    return x.permute(list(reversed(range(x.ndim)) if axes is None else axes))


@operation
def expand_dims(x: Any, axis: Any) -> torch.Tensor:
    """Add axes of size one.

    Args:
        x: Any shape.
        axis: Where the new axis stands in the result; or several.
    """
    x = tensor(x)
    places = [axis] if isinstance(axis, int) else list(axis)
    rank = x.ndim + len(places)
    for place in sorted(one % rank for one in places):
        x = x.unsqueeze(place)
    return x


@operation
def squeeze(x: Any, axis: Any = None) -> torch.Tensor:
    """Drop axes of size one, all of them by default.

    Raises:
        ValueError: If an axis is of another size.
    """
    x = tensor(x)
    if axis is None:
        return x.squeeze()
    for one in axes_of(x, axis):
        if x.shape[one] != 1:
            raise ValueError(
                f"squeeze drops axes of size 1. Received: axis={axis} of shape {tuple(x.shape)}"
            )
    return x.squeeze(tuple(axes_of(x, axis)))


@operation
def concatenate(xs: Sequence[Any], axis: int = 0) -> torch.Tensor:
    """Join tensors along an axis, in the type that holds them all."""
    return torch.cat(alike(*xs), axis)


@operation
def stack(x: Sequence[Any], axis: int = 0) -> torch.Tensor:
    """Join tensors along a new axis, in the type that holds them all."""
    return torch.stack(alike(*x), axis)


@operation
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[torch.Tensor]:
    """Cut a tensor into equal parts, or at given places.

    Raises:
        ValueError: If the parts would not be equal.
    """
    x = tensor(x)
    if isinstance(indices_or_sections, int) and x.shape[axis] % indices_or_sections:
        raise ValueError(
            f"split makes equal parts. Received: indices_or_sections={indices_or_sections} for "
            f"axis {axis} of shape {tuple(x.shape)}"
        )
    return list(torch.tensor_split(x, indices_or_sections, axis))


@operation
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[torch.Tensor]:
    """Cut a tensor into all its parts along an axis, which is dropped."""
    return list(tensor(x).unbind(axis))


@operation
def tile(x: Any, repeats: Any) -> torch.Tensor:
    """Repeat a whole tensor along its axes."""
    return torch.tile(tensor(x), (repeats,) if isinstance(repeats, int) else tuple(repeats))


@operation
def repeat(x: Any, repeats: Any, axis: int | None = None) -> torch.Tensor:
    """Repeat each entry along an axis, or of all entries in order."""
    x = tensor(x)
    if isinstance(repeats, (list, tuple)) and len(repeats) == 1:
        repeats = repeats[0]
    if isinstance(repeats, int):
        return torch.repeat_interleave(x, repeats, dim=axis)
    # The size is told where it is known, for symbols and torch.compile.
    total = sum(repeats) if isinstance(repeats, (list, tuple)) else None
    return torch.repeat_interleave(x, plain(repeats, x.device), dim=axis, output_size=total)


@operation
def flip(x: Any, axis: Any = None) -> torch.Tensor:
    """Reverse axes, all of them by default."""
    x = tensor(x)
    return torch.flip(x, axes_of(x, axis))


@operation
def roll(x: Any, shift: Any, axis: Any = None) -> torch.Tensor:
    """Shift entries along axes; what leaves on one side comes in on the other."""
    return torch.roll(tensor(x), shift, axis)


@operation
def swapaxes(x: Any, axis1: int, axis2: int) -> torch.Tensor:
    """Exchange two axes."""
    return tensor(x).swapaxes(axis1, axis2)


@operation
def moveaxis(x: Any, source: Any, destination: Any) -> torch.Tensor:
    """Move axes to other places."""
    return torch.moveaxis(tensor(x), source, destination)


@operation
def ravel(x: Any) -> torch.Tensor:
    """Return all numbers in order, `(count,)`."""
    return tensor(x).reshape(-1)


@operation
def broadcast_to(x: Any, shape: Sequence[int]) -> torch.Tensor:
    """Repeat what has size one to reach a shape."""
    return tensor(x).broadcast_to(tuple(shape))


@operation
def take(x: Any, indices: Any, axis: int | None = None) -> torch.Tensor:
    """Take entries by their numbers along an axis, or from all in order; -1 is the last."""
    x = tensor(x)
    places = plain(indices, x.device).long()
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis %= x.ndim
    places = torch.where(places < 0, places + x.shape[axis], places)
    taken = x.index_select(axis, places.reshape(-1))
    return taken.reshape([*x.shape[:axis], *places.shape, *x.shape[axis + 1 :]])


@operation
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> torch.Tensor:
    """Take an entry for each place along an axis, or from all in order."""
    x = tensor(x)
    places = plain(indices, x.device).long()
    if axis is None:
        x, places, axis = x.reshape(-1), places.reshape(-1), 0
    places = torch.where(places < 0, places + x.shape[axis], places)
    return torch.take_along_dim(x, places, axis)


@operation
def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> torch.Tensor:
    """Return a one at each class and zeros elsewhere; nothing for classes that are not there.

    Args:
        x: Classes, any shape.
        num_classes: How many there are.
        axis: Where the axis of the classes goes.
        dtype: Type of the result.
        sparse: False, which is all that there is here.

    Raises:
        ValueError: For sparse tensors.
    """
    if sparse:
        raise ValueError(f"one_hot gives dense tensors alone. Received: sparse={sparse}")
    x = tensor(x).long()
    classes = torch.arange(num_classes, device=x.device)
    hot = (x.unsqueeze(-1) == classes).to(torch_dtype(dtype or floatx()))
    return hot if axis in (-1, x.ndim) else hot.movedim(-1, axis)


@operation
def size(x: Any) -> torch.Tensor:
    """Return how many numbers a tensor has, int32."""
    return torch.tensor(math.prod(tensor(x).shape), dtype=torch.int32)
