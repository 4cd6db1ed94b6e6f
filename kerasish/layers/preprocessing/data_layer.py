"""The base of layers that also take lists of numbers or of strings where others take arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.layers.base.inputs import InputConverter
from kerasish.layers.base.layer import Layer
from kerasish.strings import as_strings


class DataLayer(Layer):
    """A layer whose first argument may be a list."""

    def _convert_arguments(
        self, convert: InputConverter, args: tuple, kwargs: dict[str, Any]
    ) -> tuple[tuple, dict[str, Any]]:
        if args:
            args = (self._read_data(args[0]), *args[1:])
        return super()._convert_arguments(convert, args, kwargs)

    def _read_data(self, data: Any) -> Any:
        """Read a list as an array; return anything else as it is."""
        return array_of(data) if _is_list_of_values(data) else data


def _is_list_of_values(data: Any) -> bool:
    """Whether data are a value, or a list of values or of lists of them, and no arrays."""
    if isinstance(data, (list, tuple)):
        return bool(data) and all(map(_is_list_of_values, data))
    return isinstance(data, (str, bytes, bool, int, float))


def array_of(data: Any) -> Any:
    """Return a value or nested lists of values as an array.

    Args:
        data: Strings, or numbers; floats become float32, as in TensorFlow.

    Raises:
        ValueError: If lists have unequal lengths, or strings and numbers are mixed.
    """
    first = data
    while isinstance(first, (list, tuple)):
        first = first[0] if first else None
    if isinstance(first, (str, bytes)):
        return as_strings(data)
    array = np.asarray(data)
    return array.astype(np.float32) if array.dtype == np.float64 else array
