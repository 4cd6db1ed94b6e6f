"""`keras.backend`: global defaults and small questions about tensors."""

from __future__ import annotations

from typing import Any

from kerasish.config import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from kerasish.distribution.devices import list_devices
from kerasish.dtypes import standardize_dtype
from kerasish.graph.keras_tensor import is_keras_tensor
from kerasish.layers.base.naming import next_number
from kerasish.ops import promotion
from kerasish.utils.session import clear_session

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "get_uid",
    "floatx",
    "image_data_format",
    "int_shape",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]


def backend() -> str:
    """Return `"torch"`, the only backend."""
    return "torch"


def int_shape(x: Any) -> tuple | None:
    """Return the shape of a tensor, symbol, weight or array, None in it where not known.

    Args:
        x: Anything; what has no shape gives None, as in Keras 2.
    """
    shape = getattr(x, "shape", None)
    return None if shape is None else tuple(shape)


def is_float_dtype(dtype: Any) -> bool:
    """Whether a dtype is a floating-point one."""
    return standardize_dtype(dtype).startswith(("float", "bfloat"))


def is_int_dtype(dtype: Any) -> bool:
    """Whether a dtype is an integer one; bool is not."""
    return standardize_dtype(dtype).startswith(("int", "uint"))


def _get_available_gpus() -> list[str]:
    """Return the names of the GPUs; notebooks of Keras 2 ask for this private function."""
    return [f"/device:{name.upper()}" for name in list_devices("gpu")]


def get_uid(prefix: str = "") -> int:
    """Return how often a prefix was asked for since `clear_session`, this time included."""
    return next_number(prefix)


def result_type(*dtypes: Any) -> str:
    """Return Keras's name of the dtype that operations on values of these dtypes give.

    Args:
        *dtypes: Dtypes, or the types `int` and `float` for Python's numbers; None for `floatx()`.
    """
    if not dtypes:
        return floatx()
    kinds = (floatx() if one is None else one for one in dtypes)
    return standardize_dtype(promotion.result_type(*kinds))
