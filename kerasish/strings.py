"""Arrays of strings, which torch has no tensors for."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


class StringArray(np.ndarray):
    """Strings in the place of a tensor: a NumPy array of `bytes` in UTF-8, as TensorFlow has them.

    Layers that work on text take and give it; `as_strings` makes it of other arrays.
    """

    def numpy(self, force: bool = False) -> np.ndarray:
        """Return the same strings as a plain NumPy array of `bytes`, as a tensor's `numpy` does."""
        return self.view(np.ndarray)

    def detach(self) -> StringArray:
        """Return the array itself; strings have no gradients."""
        return self

    def cpu(self) -> StringArray:
        """Return the array itself; strings are on no device."""
        return self


def is_text(value: Any) -> bool:
    """Whether a value is a string, bytes, or an array of them."""
    if isinstance(value, (str, bytes, StringArray)):
        return True
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind in "UST":
            return True
        if value.dtype.kind != "O":
            return False
        return all(isinstance(item, (str, bytes)) for item in np.asarray(value).ravel())
    return False


def is_list_of_text(value: Any) -> bool:
    """Whether a value is a string, or a list that begins with one, however deep."""
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return isinstance(value, (str, bytes))


def as_strings(values: Any) -> StringArray:
    """Return strings as an array of `bytes`.

    Args:
        values: A string or bytes, lists of them, or an array of them in any shape.

    Raises:
        ValueError: If there is anything but strings, or lists have unequal lengths.
    """
    if isinstance(values, StringArray):
        return values
    if isinstance(values, torch.Tensor):
        raise ValueError(
            "Text is a list or NumPy array of strings. "
            f"Received: a tensor of dtype {values.dtype} and shape {tuple(values.shape)}"
        )
    if isinstance(values, (str, bytes)):
        array = np.empty((), dtype=object)
        array[()] = values
    elif isinstance(values, (list, tuple)):
        array = _array_of_lists(values)
    else:
        array = np.asarray(values)
    encoded = np.empty(array.shape, dtype=object)
    flat, given = encoded.reshape(-1), array.reshape(-1)
    for index, item in enumerate(given.tolist() if array.dtype.kind in "USTO" else given):
        if isinstance(item, str):
            flat[index] = item.encode("utf-8")
        elif isinstance(item, bytes):
            flat[index] = item
        else:
            raise ValueError(
                f"Text is made of strings. Received: {item!r} of type {type(item).__name__}"
            )
    return encoded.view(StringArray)


def _array_of_lists(values: Any) -> np.ndarray:
    """Make an object array of nested lists; NumPy's own would cut NULs off the ends of bytes."""
    shape: list[int] = []
    level: Any = values
    while isinstance(level, (list, tuple)):
        shape.append(len(level))
        level = level[0] if level else None
    flat = list(values)
    for size in shape[1:]:
        if any(not isinstance(row, (list, tuple)) or len(row) != size for row in flat):
            raise ValueError(
                "Text is a list of strings, or lists of equally many strings each. "
                f"Received: {str(values)[:200]}"
            )
        flat = [item for row in flat for item in row]
    array = np.empty(len(flat), dtype=object)
    for index, item in enumerate(flat):
        array[index] = item
    return array.reshape(shape)
