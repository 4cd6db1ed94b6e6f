"""The elements of a pipeline: tensors and strings, in tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from kerasish.strings import StringArray, as_strings, is_list_of_text, is_text

# What TensorFlow makes of Python's numbers, by the kind of NumPy's type.
_PYTHON_KINDS = {"f": "float32", "i": "int32"}


def mapped(function: Callable[[Any], Any], element: Any) -> Any:
    """Call a function on all leaves of tuples and dicts."""
    if isinstance(element, tuple):
        parts = [mapped(function, part) for part in element]
        return type(element)(*parts) if hasattr(element, "_fields") else tuple(parts)
    if isinstance(element, dict):
        return {key: mapped(function, part) for key, part in element.items()}
    return function(element)


def as_element(value: Any) -> Any:
    """Return arrays, lists and numbers in a structure as tensors, and strings as string arrays."""
    return mapped(as_leaf, value)


def as_leaf(value: Any) -> Any:
    """Return an array, a list or a number as a tensor; strings as a string array."""
    if isinstance(value, (torch.Tensor, StringArray)):
        return value
    if is_text(value) or is_list_of_text(value):
        return as_strings(value)
    if isinstance(value, list) and any(isinstance(item, torch.Tensor) for item in value):
        return torch.stack([as_leaf(item) for item in value])
    array = np.asarray(value)
    if isinstance(value, (int, float, list)):
        array = array.astype(_PYTHON_KINDS.get(array.dtype.kind, array.dtype))
    if array.dtype.kind not in "biufc":
        raise ValueError(
            "A pipeline has tensors, arrays, numbers and strings, in tuples and dicts. "
            f"Received: {type(value).__name__} {str(value)[:80]}"
        )
    # A copy, where torch could not write to the array.
    array = (
        array.copy() if not array.flags.writeable or min(array.strides, default=0) < 0 else array
    )
    return torch.from_numpy(array)


def leaves(element: Any) -> Iterator[Any]:
    """Give the leaves of tuples and dicts."""
    if isinstance(element, tuple):
        for part in element:
            yield from leaves(part)
    elif isinstance(element, dict):
        for part in element.values():
            yield from leaves(part)
    else:
        yield element


def stacked(elements: Sequence[Any]) -> Any:
    """Return elements of one structure as a batch.

    Raises:
        ValueError: If their shapes differ.
    """
    first = elements[0]
    if isinstance(first, tuple):
        parts = [stacked(part) for part in zip(*elements, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
    if isinstance(first, dict):
        return {key: stacked([element[key] for element in elements]) for key in first}
    shapes = {tuple(element.shape) for element in elements}
    if len(shapes) > 1:
        raise ValueError(
            "The elements of a batch have one shape; map them to one before. "
            f"Received: shapes {sorted(shapes)}"
        )
    if isinstance(first, StringArray):
        return np.stack(list(elements)).view(StringArray)
    return torch.stack(list(elements))


def length(batch: Any) -> int:
    """Return the number of rows that all leaves have.

    Raises:
        ValueError: If they differ, or a leaf has no rows.
    """
    sizes = {leaf.shape[0] if leaf.ndim else None for leaf in leaves(batch)}
    if len(sizes) != 1 or None in sizes:
        shapes = [tuple(leaf.shape) for leaf in leaves(batch)]
        raise ValueError(f"All parts have equally many rows. Received: shapes {shapes}")
    return sizes.pop()  # type: ignore[return-value]


def row(batch: Any, index: int) -> Any:
    """Return one row of all leaves."""
    return mapped(lambda leaf: leaf[index, ...], batch)


def as_numpy(element: Any) -> Any:
    """Return tensors as NumPy arrays, or NumPy numbers where they have no axes."""
    return mapped(lambda leaf: leaf.numpy()[()], element)
