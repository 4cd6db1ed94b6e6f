"""What functions of `kerasish.backend` share: arrays and symbols are taken besides tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import torch

from kerasish import config
from kerasish.backend.operations import as_operation
from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import is_keras_tensor
from kerasish.graph.structure import flatten

F = TypeVar("F", bound=Callable[..., Any])


def tensor_function(function: F) -> F:
    """Let a function of tensors take arrays, and symbols, on which it becomes a step of a model.

    The step is that of the operation of `kerasish.ops` that computes the same, if there is one.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if any(is_keras_tensor(leaf) for leaf in flatten([list(args), kwargs])):
            from kerasish.layers.core.operations import call_on_symbols

            found = as_operation(function, args, kwargs)
            if found is not None:
                return found[0](**found[1])
            return call_on_symbols(None, wrapper, args, kwargs)
        return function(*args, **kwargs)

    return cast(F, wrapper)


def as_tensor(value: Any, like: torch.Tensor | None = None) -> torch.Tensor:
    """Return a tensor, made from an array, list or number where it is none.

    Args:
        value: Anything. Python's floats get the default float type, whole numbers int32.
        like: A tensor whose dtype Python's numbers take.
    """
    if isinstance(value, torch.Tensor):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return torch.tensor(value)
    if isinstance(value, (list, tuple)) and any(
        isinstance(leaf, torch.Tensor) for leaf in flatten(value)
    ):
        return torch.stack([as_tensor(item, like) for item in value])
    tensor = torch.as_tensor(np.asarray(value))
    if like is not None:
        return tensor.to(like)
    if tensor.dtype == torch.float64:
        return tensor.to(torch_dtype(config.floatx()))
    return tensor.to(torch.int32) if tensor.dtype == torch.int64 else tensor


def both(x: Any, y: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return two tensors; a number or list takes the dtype of a tensor beside it."""
    if isinstance(x, (torch.Tensor, np.ndarray)):
        x = as_tensor(x)
        return x, as_tensor(y, x)
    if isinstance(y, (torch.Tensor, np.ndarray)):
        y = as_tensor(y)
        return as_tensor(x, y), y
    return as_tensor(x), as_tensor(y)


def axes_of(x: torch.Tensor, axis: Any) -> list[int]:
    """Return axes as a list: all of them for None."""
    if axis is None:
        return list(range(x.ndim))
    return [axis] if isinstance(axis, int) else list(axis)


def not_boolean(x: Any) -> torch.Tensor:
    """Return a tensor of numbers: booleans become the default float type."""
    x = as_tensor(x)
    return x.to(torch_dtype(config.floatx())) if x.dtype == torch.bool else x
