"""What an array of an HDF5 file may be; anything else is refused before it is read."""

from __future__ import annotations

import math
from typing import Any

import h5py
import numpy as np

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.dtypes import numpy_dtype
from weight_port.formats.limits import Limits
from weight_port.formats.tensors import TensorInfo

# Filters that are part of every HDF5 library. Others would be loaded from plugins.
_FILTERS = {
    h5py.h5z.FILTER_DEFLATE,
    h5py.h5z.FILTER_SHUFFLE,
    h5py.h5z.FILTER_FLETCHER32,
    h5py.h5z.FILTER_LZF,
}


def checked_info(dataset: Any, where: str, limits: Limits) -> TensorInfo:
    """Return shape and type of a dataset that may be read.

    Args:
        dataset: The open h5py dataset; nothing of its values is read.
        where: The file and the dataset's path, for messages.
        limits: The highest rank, and how far values may expand in memory.

    Raises:
        FileFormatError: If its values lie in another file, need a plugin, or are no numbers.
        LimitError: If it declares far more than what is stored.
    """
    layout = dataset.id.get_create_plist()
    if dataset.is_virtual:
        raise FileFormatError(
            f"{where} takes its values from other datasets or files, which is never followed. "
            "Received: a virtual dataset"
        )
    if layout.get_external_count():
        raise FileFormatError(
            f"{where} keeps its values in another file, which is never opened. "
            f"Received: external storage {layout.get_external(0)[0]!r}"
        )
    for position in range(layout.get_nfilters()):
        code = layout.get_filter(position)[0]
        if code not in _FILTERS:
            raise FileFormatError(
                f"{where} is packed by a filter other than gzip, lzf, shuffle and fletcher32. "
                f"Received: HDF5 filter number {code}"
            )
    dtype = _dtype_name(dataset, where)
    shape = dataset.shape
    if shape is None:
        raise FileFormatError(f"{where} has no values. Received: an empty dataspace")
    if len(shape) > limits.rank:
        raise LimitError(f"{where} has too many dimensions. Received: {len(shape)}")
    info = TensorInfo(tuple(int(size) for size in shape), dtype)
    stored = dataset.id.get_storage_size()
    if layout.get_layout() != h5py.h5d.CHUNKED and stored < info.nbytes:
        raise FileFormatError(
            f"{where} is declared with more bytes than are stored. "
            f"Received: {info.shape} {dtype} in {stored:,} bytes"
        )
    limits.check_expansion(where, "the array", info.nbytes, stored)
    if layout.get_layout() == h5py.h5d.CHUNKED:
        # A chunk is unpacked whole, however small the array is.
        chunk = math.prod(layout.get_chunk()) * numpy_dtype(dtype).itemsize
        limits.check_expansion(where, "one of its chunks", chunk, stored)
    return info


def _dtype_name(dataset: Any, where: str) -> str:
    """Return the type's name; bfloat16 is stored as two opaque bytes."""
    dtype = dataset.dtype
    if h5py.check_vlen_dtype(dtype) or h5py.check_ref_dtype(dtype) or dtype.kind not in "fiucbV":
        raise FileFormatError(f"{where} holds no numbers. Received: type {dtype}")
    if dtype.kind == "V":
        declared = _declared_dtype(dataset) or {2: "bfloat16"}.get(dtype.itemsize, "")
        if dtype.fields is not None or dtype.subdtype is not None or not declared:
            raise FileFormatError(f"{where} holds no numbers. Received: type {dtype}")
        if numpy_dtype(declared).itemsize != dtype.itemsize:
            raise FileFormatError(
                f"{where} holds values of {dtype.itemsize} bytes. Received: type {declared!r}"
            )
        return declared
    return numpy_dtype(dtype.name).name


def _declared_dtype(dataset: Any) -> str:
    """Return what the attribute `dtype` says, with which Keras marks bfloat16."""
    if not h5py.h5a.exists(dataset.id, b"dtype"):
        return ""
    attribute = h5py.h5a.open(dataset.id, b"dtype")
    if attribute.get_storage_size() > 64 or attribute.shape != ():
        return ""
    value = dataset.attrs["dtype"]
    return value.decode() if isinstance(value, bytes) else str(value)


def native(array: np.ndarray, dtype: str) -> np.ndarray:
    """Return values as read from a file under the type that they have in memory."""
    wanted = numpy_dtype(dtype)
    if array.dtype.kind == "V":
        return array.view(wanted)
    return array.astype(wanted, copy=False)
