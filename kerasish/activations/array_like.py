"""What activation functions take besides tensors: arrays, lists and numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import torch

from kerasish import config
from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor

F = TypeVar("F", bound=Callable[..., Any])

# Functions whose class is not that of the operation of their name.
_WITH_CLASS = {"relu": "activations.relu", "mish": "activations.mish", "exponential": "exp"}


def takes_array_like(function: F) -> F:
    """Turn the first argument of a function into a tensor if it is an array, list or number.

    On symbols the function becomes a step of the model. Anything else is passed on as it is, so
    that the proxies of `torch.fx` reach the function.
    """
    operation = _WITH_CLASS.get(function.__name__, function.__name__)

    @functools.wraps(function)
    def wrapper(x: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, (list, tuple, int, float, np.ndarray, np.generic)):
            x = _as_tensor(x)
        elif isinstance(x, KerasTensor):
            from kerasish.layers.core.operations import call_on_symbols

            return call_on_symbols(operation, wrapper, (x, *args), kwargs)
        return function(x, *args, **kwargs)

    return cast(F, wrapper)


def _as_tensor(values: Any) -> torch.Tensor:
    if isinstance(values, (np.ndarray, np.generic)):
        return torch.tensor(values)
    tensor = torch.as_tensor(np.asarray(values))
    if tensor.dtype == torch.float64:  # Python's floats have no width of their own
        return tensor.to(torch_dtype(config.floatx()))
    return tensor.to(torch.int32) if tensor.dtype == torch.int64 else tensor
