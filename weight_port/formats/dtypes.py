"""The types of arrays in files, those that NumPy does not have included."""

from __future__ import annotations

from functools import lru_cache

import ml_dtypes
import numpy as np

from weight_port.errors import FileFormatError

_EXTRA = ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz")
_PLAIN = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)


@lru_cache(maxsize=64)
def numpy_dtype(name: str) -> np.dtype:
    """Return the NumPy type of a name.

    Raises:
        FileFormatError: If arrays of weights cannot have that type.
    """
    if name in _PLAIN:
        return np.dtype(name)
    if name in _EXTRA:
        return np.dtype(getattr(ml_dtypes, name))
    raise FileFormatError(
        f"Arrays of weights have one of the types {[*_PLAIN, *_EXTRA]}. Received: {name!r}"
    )


def itemsize(name: str) -> int:
    """Return the bytes of one value of the type of a name."""
    return numpy_dtype(name).itemsize


def is_numpys_own(dtype: np.dtype) -> bool:
    """Tell whether NumPy, and files that know NumPy's types alone, have a type."""
    return dtype.name in _PLAIN
