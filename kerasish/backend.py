"""The part of `keras.backend` that scripts use: defaults, names, and what a symbol is."""

from kerasish.config import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from kerasish.dtypes import standardize_dtype
from kerasish.graph.keras_tensor import is_keras_tensor
from kerasish.utils.names import clear_session


def backend() -> str:
    """Return the name of the framework that computes: `"torch"`."""
    return "torch"


__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_keras_tensor",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]
