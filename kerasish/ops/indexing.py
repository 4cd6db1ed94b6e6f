"""Reading and writing parts of tensors: slices, scattering, axes by name, saturating casts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import torch

from kerasish import image
from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.ops import dispatch
from kerasish.ops.dispatch import operation, tensor

_REDUCTIONS = {"max": "amax", "min": "amin", "mul": "prod"}


@operation
def scatter(indices: Any, values: Any, shape: Sequence[int]) -> torch.Tensor:
    """Put values into a tensor of zeros; values for the same place are added.

    Args:
        indices: Places, `(..., axes)`: an index for each of the first axes.
        values: `(..., rest of the shape)`.
        shape: Shape of the result.
    """
    values = tensor(values)
    zeros = values.new_zeros([int(size) for size in shape])
    return zeros.index_put(_places(indices), values, accumulate=True)


@operation
def scatter_update(
    inputs: Any, indices: Any, updates: Any, reduction: str | None = None
) -> torch.Tensor:
    """Put values into a copy of a tensor.

    Args:
        inputs: Any shape.
        indices: Places, `(..., axes)`: an index for each of the first axes.
        updates: `(..., rest of the shape)`.
        reduction: None to replace what is there, or `"add"`, `"max"`, `"min"` or `"mul"` to combine
            both.

    Raises:
        ValueError: For another reduction.
    """
    reduction = None if reduction is None else reduction.lower()
    if reduction not in (None, "add", *_REDUCTIONS):
        raise ValueError(
            "scatter_update takes None, 'add', 'max', 'min' or 'mul' as reduction. "
            f"Received: reduction={reduction!r}"
        )
    inputs = tensor(inputs)
    updates = tensor(updates).to(inputs.dtype)
    places = _places(indices)
    if reduction in (None, "add"):
        return inputs.index_put(places, updates, accumulate=reduction == "add")
    sizes, rest = inputs.shape[: len(places)], inputs.shape[len(places) :]
    flat = torch.zeros_like(places[0])
    for size, place in zip(sizes, places, strict=True):
        flat = flat * size + torch.where(place < 0, place + size, place)
    rows = inputs.reshape(math.prod(sizes), *rest)
    updates = updates.expand(*places[0].shape, *rest).reshape(-1, *rest)
    at = flat.reshape(-1, *(1,) * len(rest)).expand(updates.shape)
    found = rows.scatter_reduce(0, at, updates, _REDUCTIONS[str(reduction)])
    return found.reshape(inputs.shape)


def _places(indices: Any) -> tuple[torch.Tensor, ...]:
    return tensor(indices).long().unbind(-1)


@operation
def slice(inputs: Any, start_indices: Any, shape: Sequence[int]) -> torch.Tensor:
    """Return a part of a tensor.

    Args:
        inputs: Any shape.
        start_indices: Where the part begins, an index for each axis: numbers, or a tensor.
        shape: Shape of the part; -1 for all that follows, where `start_indices` are numbers.

    Raises:
        ValueError: If the part is not within the tensor.
    """
    inputs = tensor(inputs)
    if isinstance(start_indices, torch.Tensor):
        for axis, start in enumerate(start_indices.unbind(0)):
            places = torch.arange(shape[axis], device=inputs.device) + start
            inputs = inputs.index_select(axis, places)
        return inputs
    lengths = [
        size - start if length == -1 else length
        for size, start, length in zip(inputs.shape, start_indices, shape, strict=True)
    ]
    for axis, (start, length) in enumerate(zip(start_indices, lengths, strict=True)):
        if start < 0 or length < 0 or start + length > inputs.shape[axis]:
            raise ValueError(
                f"slice takes a part of the tensor of shape {tuple(inputs.shape)}. "
                f"Received: start_indices={tuple(start_indices)}, shape={tuple(shape)}"
            )
        inputs = inputs.narrow(axis, int(start), int(length))
    return inputs


@operation
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> torch.Tensor:
    """Return a copy of a tensor with a part replaced.

    Args:
        inputs: Any shape.
        start_indices: Where the part begins, an index for each axis; moved so that the part is
            within the tensor.
        updates: The part, with as many axes.
    """
    inputs = tensor(inputs)
    updates = tensor(updates).to(inputs.dtype)
    places = []
    starts = tensor(start_indices).long().unbind(0)
    for axis, (start, length) in enumerate(zip(starts, updates.shape, strict=True)):
        start = start.clamp(0, inputs.shape[axis] - length)
        shape = [-1 if one == axis else 1 for one in range(inputs.ndim)]
        places.append((torch.arange(length, device=inputs.device) + start).reshape(shape))
    return inputs.index_put(tuple(places), updates) if places else updates.clone()


@operation
def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """Put axes in another order, divide and join them, by a pattern as in einops.

    Args:
        tensor: Any shape.
        pattern: Names of the axes before and after, joined ones in brackets, such as
            `"b (h k) c -> (b k) h c"`.
        **axes_lengths: Lengths of joined axes; one of each bracket may be left out.

    Raises:
        ValueError: If the pattern does not fit.
    """
    x = dispatch.tensor(tensor)
    before, after = (_groups(side) for side in [*pattern.split("->"), ""][:2])
    names, wanted = ([name for group in side for name in group] for side in (before, after))
    if (
        len(before) != x.ndim
        or sorted(names) != sorted(wanted)
        or len(set(names)) < len(names)
        or pattern.count("->") != 1
    ):
        _refuse_pattern(pattern, x)
    lengths = dict(axes_lengths)
    for group, size in zip(before, x.shape, strict=True):
        free = [name for name in group if name not in lengths]
        known = math.prod(lengths[name] for name in group if name in lengths)
        if len(free) > 1 or size % max(known, 1) or (not free and known != size):
            _refuse_pattern(pattern, x)
        lengths.update((name, size // known) for name in free)
    apart = x.reshape([lengths[name] for name in names])
    ordered = apart.permute([names.index(name) for name in wanted])
    return ordered.reshape([math.prod(lengths[name] for name in group) for group in after])


def _groups(side: str) -> list[list[str]]:
    return [one.strip("()").split() for one in re.findall(r"\w+|\([^)]*\)", side)]


def _refuse_pattern(pattern: str, x: torch.Tensor) -> None:
    raise ValueError(
        f"The pattern {pattern!r} does not fit the tensor. Received: shape {tuple(x.shape)}"
    )


@operation
def saturate_cast(x: Any, dtype: Any) -> torch.Tensor:
    """Return numbers in another type; what it can't hold becomes its largest or smallest value.

    Args:
        x: Any shape.
        dtype: Keras's name of a type, such as `"uint8"`.
    """
    x, kind = tensor(x), torch_dtype(dtype)
    if x.dtype == kind and x.is_floating_point():
        return x.clamp(torch.finfo(kind).min, torch.finfo(kind).max)
    if x.is_floating_point():
        return image.saturate_cast(x, kind)
    if x.dtype == torch.bool or kind.is_floating_point or standardize_dtype(kind) == "uint64":
        return x.to(kind)
    low, high = (0, 1) if kind == torch.bool else (torch.iinfo(kind).min, torch.iinfo(kind).max)
    own = torch.iinfo(x.dtype)
    return x.clamp(max(low, own.min), min(high, own.max)).to(kind)
