"""Writing arrays and attributes as Keras writes them into HDF5 files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from weight_port.formats.dtypes import is_numpys_own

# HDF5 keeps the attributes of an object in a header of 64 KiB; Keras spreads longer lists.
_ATTRIBUTE_BYTES = 64512


def write_array(group: Any, name: str, array: np.ndarray, *, mark_bfloat16: bool = True) -> None:
    """Write one array.

    Args:
        group: The open h5py group.
        name: The array's name in the group; missing groups on the way are made.
        array: The values. Types that HDF5 does not have are written as opaque bytes.
        mark_bfloat16: Whether to add the attribute by which Keras 3 knows bfloat16 again.
    """
    if not is_numpys_own(array.dtype):
        opaque = np.ascontiguousarray(array).view(np.dtype(f"V{array.dtype.itemsize}"))
        dataset = group.create_dataset(name, data=opaque.reshape(array.shape))
        if mark_bfloat16:
            dataset.attrs["dtype"] = array.dtype.name
        return
    group.create_dataset(name, data=array)


def write_texts(group: Any, name: str, texts: Sequence[str]) -> None:
    """Write a list of texts as an attribute, spread over several if it is too long for one.

    Args:
        group: The open h5py group.
        name: The attribute's name, which a number follows where it is spread.
        texts: The texts.
    """
    longest = max((len(text.encode()) for text in texts), default=1)
    if longest > _ATTRIBUTE_BYTES:
        raise ValueError(
            f"A name of a layer or weight is too long for an HDF5 file. Received: {longest} bytes"
        )
    step = max(1, _ATTRIBUTE_BYTES // longest)
    values = [
        np.array([text.encode() for text in texts[at : at + step]], f"S{longest}")
        for at in range(0, len(texts), step)
    ]
    if len(values) <= 1:
        group.attrs[name] = values[0] if values else np.array([], "S1")
        return
    for number, value in enumerate(values):
        group.attrs[f"{name}{number}"] = value
