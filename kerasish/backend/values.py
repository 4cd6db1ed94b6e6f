"""`keras.backend`: making tensors, and reading and writing their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kerasish.backend.tensor_function import as_tensor, tensor_function
from kerasish.dtypes import torch_dtype


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> torch.Tensor:
    """Return a tensor of given values, in the default float type unless `dtype` is given.

    Args:
        value: Number, list or array.
        dtype: A dtype.
        shape: Shape to which one number is spread, or None.
        name: Not used.
    """
    tensor = torch.as_tensor(np.array(value)).to(torch_dtype(dtype))
    return tensor if shape is None else tensor.expand(tuple(shape)).clone()


def variable(value: Any, dtype: Any = None, name: Any = None) -> torch.Tensor:
    """Return a tensor that `set_value` may change and for which gradients are computed.

    Args:
        value: Number, list or array.
        dtype: A dtype; the default float type by default.
        name: Not used.
    """
    tensor = constant(value, dtype)
    return tensor.requires_grad_(tensor.is_floating_point())


def zeros(shape: Sequence[int], dtype: Any = None, name: Any = None) -> torch.Tensor:
    """Return zeros in a shape."""
    return torch.zeros(tuple(shape), dtype=torch_dtype(dtype))


def ones(shape: Sequence[int], dtype: Any = None, name: Any = None) -> torch.Tensor:
    """Return ones in a shape."""
    return torch.ones(tuple(shape), dtype=torch_dtype(dtype))


def eye(size: int, dtype: Any = None, name: Any = None) -> torch.Tensor:
    """Return the identity matrix."""
    return torch.eye(size, dtype=torch_dtype(dtype))


@tensor_function
def zeros_like(x: Any, dtype: Any = None, name: Any = None) -> torch.Tensor:
    """Return zeros in the shape of `x`."""
    return torch.zeros_like(as_tensor(x), dtype=None if dtype is None else torch_dtype(dtype))


@tensor_function
def ones_like(x: Any, dtype: Any = None, name: Any = None) -> torch.Tensor:
    """Return ones in the shape of `x`."""
    return torch.ones_like(as_tensor(x), dtype=None if dtype is None else torch_dtype(dtype))


def arange(start: int, stop: int | None = None, step: int = 1, dtype: Any = "int32") -> Any:
    """Return whole numbers from `start` up to `stop`, or from 0 up to `start`."""
    first, last = (0, start) if stop is None else (start, stop)
    return torch.arange(first, last, step, dtype=torch_dtype(dtype))


def cast_to_floatx(x: Any) -> Any:
    """Return an array or tensor in the default float type; an array for what is no tensor."""
    if isinstance(x, torch.Tensor):
        return x.to(torch_dtype(None))
    return as_tensor(np.asarray(x)).to(torch_dtype(None)).numpy()


def shape(x: Any) -> tuple:
    """Return the shape as a tuple, with None where a symbol's size is not known."""
    return tuple(x.shape if hasattr(x, "shape") else as_tensor(x).shape)


def ndim(x: Any) -> int:
    """Return the number of axes."""
    return len(shape(x))


def get_value(x: Any) -> np.ndarray:
    """Return the values of a tensor as an array."""
    return as_tensor(x).numpy(force=True)


eval = get_value


def set_value(x: torch.Tensor, value: Any) -> None:
    """Write values into a tensor of the same shape, such as one made by `variable`.

    Raises:
        ValueError: If the shapes differ.
    """
    values = torch.as_tensor(np.asarray(value))
    if values.shape != x.shape:
        raise ValueError(
            "set_value takes values in the tensor's shape. "
            f"Received: {tuple(values.shape)} for {tuple(x.shape)}"
        )
    with torch.no_grad():
        x.copy_(values)
