"""Arrays that NumPy or Python 2 has pickled, read without running what a pickle asks to call.

The lists of words of `imdb.npz` and `reuters.npz`, and the images of CIFAR, are stored as pickles.
A pickle names the functions that rebuild it. Here three names alone are known, those that NumPy
writes for an array, and each stands for a class of this module, so that not even NumPy's own
rebuilding runs on what a file says.
"""

from __future__ import annotations

import math
import pickle
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from weight_port.formats.zip_archive import ZipArchive

_HEADER_BYTES = 1 << 16
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_KINDS = frozenset("biuf")


class _DtypeStandIn:
    """What `numpy.dtype(code, False, True)` becomes."""

    __slots__ = ("code", "order")

    def __init__(self, code: Any) -> None:
        self.code = code.decode("ascii") if isinstance(code, bytes) else code
        self.order: Any = "|"

    def __setstate__(self, state: Any) -> None:
        order = state[1]
        self.order = order.decode("ascii") if isinstance(order, bytes) else order

    def dtype(self) -> np.dtype:
        if self.code in ("O", "O8", "O4"):
            return np.dtype(object)
        valid = isinstance(self.code, str) and self.code[:1] in _KINDS and self.code[1:].isdigit()
        if not valid or self.order not in ("<", ">", "|", "="):
            raise ValueError(f"values of type {self.code!r}")
        return np.dtype(self.code).newbyteorder(self.order)


class _ArrayStandIn:
    """What `numpy.core.multiarray._reconstruct(...)` becomes."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def array(self) -> np.ndarray:
        _, shape, kind, in_columns, values = self.state
        if not isinstance(shape, tuple) or not all(
            type(size) is int and size >= 0 for size in shape
        ):
            raise ValueError(f"an array of shape {shape!r}")
        if not isinstance(kind, _DtypeStandIn):
            raise ValueError("an array without a type")
        dtype, order = kind.dtype(), "F" if in_columns else "C"
        if dtype.hasobject:
            return _array_of_lists(values, shape)
        if not isinstance(values, bytes) or len(values) != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"an array of shape {shape} without as many values")
        return np.frombuffer(values, dtype).reshape(shape, order=order)  # type: ignore[call-overload]


class _Call:
    """A function that a pickle names; a pickle can't change it."""

    __slots__ = ("_made",)
    _made: type

    def __init__(self, made: type) -> None:
        object.__setattr__(self, "_made", made)

    def __call__(self, *arguments: Any) -> Any:
        return self._made(arguments[0]) if self._made is _DtypeStandIn else self._made()

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("a state for a function")

    def __setattr__(self, name: str, value: Any) -> None:
        raise pickle.UnpicklingError("an attribute for a function")


_KNOWN = {
    ("numpy", "dtype"): _Call(_DtypeStandIn),
    ("numpy", "ndarray"): _Call(_ArrayStandIn),
    ("numpy.core.multiarray", "_reconstruct"): _Call(_ArrayStandIn),
    ("numpy._core.multiarray", "_reconstruct"): _Call(_ArrayStandIn),
}


class _Unpickler(pickle.Unpickler):
    """Reads numbers, texts, lists, dicts and arrays."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"the name {module}.{name}")
        return _KNOWN[module, name]


def read_pickle(file: BinaryIO, where: str, encoding: str = "latin1") -> Any:
    """Read numbers, texts, lists, dicts and arrays from a pickle.

    Args:
        file: The open file, at the begin of the pickle.
        where: What the file is, for messages.
        encoding: How texts of Python 2 are read; `"bytes"` leaves them as bytes.

    Raises:
        ValueError: If there is anything else in it.
    """
    try:
        return _finished(_Unpickler(file, encoding=encoding).load())
    except MemoryError:
        raise
    except Exception as error:  # a broken pickle raises nearly anything
        raise ValueError(
            f"{where} holds a pickle with more than numbers, texts, lists and arrays, or is "
            f"broken, and is not read. Received: {error}"
        ) from error


def read_npz(path: str) -> dict[str, np.ndarray]:
    """Read the arrays of an npz file, lists of integers in arrays of objects among them.

    Args:
        path: The file.

    Raises:
        ValueError: If it is broken, or holds other objects.
    """
    arrays = {}
    archive = ZipArchive(Path(path))
    try:
        for member in archive.names:
            with archive.open_seekable(member) as file:
                name = member.removesuffix(".npy")
                arrays[name] = _read_member(file, f"{path}: the member {member!r}")
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path} is broken. Received: {error}") from error
    finally:
        archive.close()
    return arrays


def _read_member(file: BinaryIO, where: str) -> np.ndarray:
    try:
        version = np.lib.format.read_magic(file)
        shape, in_columns, dtype = _HEADERS[version](file, max_header_size=_HEADER_BYTES)
    except Exception as error:  # NumPy parses the header as Python
        raise ValueError(f"{where} has no valid header. Received: {error}") from error
    if dtype.hasobject:
        return np.asarray(read_pickle(file, where))
    values = file.read()  # ZipArchive has compared its size with what is stored
    if dtype.kind not in _KINDS or len(values) != math.prod(shape) * dtype.itemsize:
        raise ValueError(
            f"{where} does not hold an array of shape {shape} and type {dtype}. "
            f"Received: {len(values)} bytes"
        )
    return np.frombuffer(bytearray(values), dtype).reshape(shape, order="F" if in_columns else "C")


def _finished(value: Any) -> Any:
    """Put arrays for their stand-ins, in a dict or alone."""
    if isinstance(value, dict):
        return {key: _finished(item) for key, item in value.items()}
    if isinstance(value, _ArrayStandIn):
        return value.array()
    if isinstance(value, (_DtypeStandIn, _Call)):
        raise ValueError("a type in the place of a value")
    return value


def _array_of_lists(values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return an object array of lists of integers."""
    if not isinstance(values, list) or len(values) != math.prod(shape):
        raise ValueError(f"an array of shape {shape} without as many lists")
    array = np.empty(len(values), dtype=object)
    seen: set[int] = set()
    for index, item in enumerate(values):
        if id(item) not in seen:
            seen.add(id(item))
            if not isinstance(item, list) or not all(type(number) is int for number in item):
                raise ValueError(f"{type(item).__name__} in the place of a list of integers")
        array[index] = item
    return array.reshape(shape)
