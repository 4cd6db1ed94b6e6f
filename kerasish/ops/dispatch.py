"""What every operation does first: read arrays, or become a step of a model for symbols."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import torch

from kerasish.config import floatx
from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten
from kerasish.layers.base.variable import Variable

F = TypeVar("F", bound=Callable[..., Any])


def operation(function: F) -> F:
    """Make an operation of a function of tensors.

    Arrays, lists and weights among its positional arguments become tensors; numbers stay numbers.
    With symbols the operation becomes a step of the model, under the name of Keras's class for the
    function's name if there is one (`graph/keras_operations.py`).
    """

    @functools.wraps(function)
    def apply(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(leaf, KerasTensor) for leaf in flatten([*args, *kwargs.values()])):
            from kerasish.layers.core.operations import call_on_symbols

            return call_on_symbols(function.__name__, apply, args, kwargs)
        return function(*map(read, args), **kwargs)

    return cast(F, apply)


def read(value: Any) -> Any:
    """Return arrays and weights as tensors, in lists and tuples too; leave all else alone."""
    if isinstance(value, Variable):
        return value.value
    if isinstance(value, (np.ndarray, np.generic)):
        return torch.as_tensor(value)
    if isinstance(value, (list, tuple)) and any(
        isinstance(leaf, (torch.Tensor, np.ndarray, Variable)) for leaf in flatten(value)
    ):
        return type(value)(map(read, value))
    return value


def tensor(value: Any) -> torch.Tensor:
    """Return a value as a tensor: Python's floats in the default float type, whole ones int32."""
    value = read(value)
    if isinstance(value, torch.Tensor):
        return value
    array = np.asarray(value)
    found = torch.as_tensor(array)
    if array.dtype == np.float64:
        return found.to(torch_dtype(floatx()))
    return found.to(torch.int32) if array.dtype == np.int64 else found


def floating(value: Any) -> torch.Tensor:
    """Return a value as a tensor of floats; whole numbers get the default float type."""
    found = tensor(value)
    if found.is_floating_point() or found.is_complex():
        return found
    return found.to(torch.float64 if found.dtype == torch.int64 else torch_dtype(floatx()))


def pair(x: Any, y: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return two values as tensors of one type; a number takes the other's type if it can."""
    if isinstance(x, torch.Tensor) != isinstance(y, torch.Tensor):
        like = x if isinstance(x, torch.Tensor) else y
        x, y = (one if isinstance(one, torch.Tensor) else _beside(one, like) for one in (x, y))
    x, y = tensor(x), tensor(y)
    kind = torch.promote_types(x.dtype, y.dtype)
    return x.to(kind), y.to(kind)


def _beside(number: Any, like: torch.Tensor) -> torch.Tensor:
    whole = isinstance(number, (bool, int, np.integer)) or like.is_floating_point()
    if isinstance(number, (int, float)) and whole and like.dtype != torch.bool:
        return torch.as_tensor(number, dtype=like.dtype, device=like.device)
    return tensor(number).to(like.device)


def axes_of(x: torch.Tensor, axis: Any) -> list[int]:
    """Return the axes that an `axis` argument means; all of them for None."""
    if axis is None:
        return list(range(x.ndim))
    return [axis] if isinstance(axis, int) else list(axis)
