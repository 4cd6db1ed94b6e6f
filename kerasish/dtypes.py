"""Translation between Keras's dtype names and torch's dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish import config

_BY_NAME: dict[str, torch.dtype] = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
    "uint8": torch.uint8,
    "uint16": torch.uint16,
    "uint32": torch.uint32,
    "uint64": torch.uint64,
    "bool": torch.bool,
    "complex64": torch.complex64,
    "complex128": torch.complex128,
}
# Text, for which torch has no dtype; see `kerasish.strings`.
STRING = "string"
_BY_TORCH: dict[torch.dtype, str] = {dtype: name for name, dtype in _BY_NAME.items()}
_ALIASES: dict[Any, str] = {
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "int": "int64",
    float: "float32",
    int: "int32",
    bool: "bool",
}


def standardize_dtype(dtype: Any) -> str:
    """Return Keras's name of a dtype.

    Args:
        dtype: None (the default float type), a name, a torch dtype, a NumPy dtype, a Python type,
            or an object with a `name` such as a TensorFlow dtype.

    Raises:
        ValueError: If there is no such dtype.
    """
    if dtype is None:
        return config.floatx()
    if isinstance(dtype, torch.dtype):
        if dtype in _BY_TORCH:
            return _BY_TORCH[dtype]
        raise ValueError(f"This torch dtype has no Keras name. Received: dtype={dtype}")
    try:
        if dtype in _ALIASES:
            return _ALIASES[dtype]
    except TypeError:
        pass
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None)
    if name is None and isinstance(dtype, type) and issubclass(dtype, np.generic):
        name = np.dtype(dtype).name
    if name not in _BY_NAME and name != STRING:
        raise ValueError(f"dtype must be one of {sorted(_BY_NAME)}. Received: dtype={dtype!r}")
    return name


def torch_dtype(dtype: Any) -> torch.dtype:
    """Return the torch dtype for anything `standardize_dtype` takes."""
    if isinstance(dtype, torch.dtype):
        return dtype
    name = standardize_dtype(dtype)
    if name == STRING:
        raise ValueError(
            "torch has no tensors of strings; only layers that take text work on them, such as "
            f"TextVectorization. Received: dtype={dtype!r}"
        )
    return _BY_NAME[name]
