"""`keras.backend`: what changes variables, names scopes, and depends on training."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from kerasish import ops
from kerasish.backend.tensor_function import as_tensor
from kerasish.backend.values import get_value
from kerasish.layers.base.call_context import CALL_CONTEXT
from kerasish.layers.base.naming import reset_names
from kerasish.layers.base.variable import Variable


def dtype(x: Any) -> str:
    """Return Keras's name of a type, such as `"float32"`."""
    return ops.dtype(x)


def stop_gradient(variables: Any) -> Any:
    """Return tensors through which no gradients go; a list for a list."""
    if isinstance(variables, (list, tuple)):
        return [ops.stop_gradient(one) for one in variables]
    return ops.stop_gradient(variables)


def count_params(x: Any) -> int:
    """Return how many numbers a tensor or weight has."""
    return math.prod(x.shape)


def is_sparse(tensor: Any) -> bool:
    """Whether a tensor is a sparse one of torch."""
    return isinstance(tensor, torch.Tensor) and tensor.layout != torch.strided


def to_dense(tensor: Any) -> Any:
    """Return a sparse tensor of torch as a dense one, and others as they are."""
    return tensor.to_dense() if is_sparse(tensor) else tensor


def batch_get_value(tensors: Iterable[Any]) -> list[np.ndarray]:
    """Return the values of several tensors as arrays."""
    return [get_value(_tensor_of(one)) for one in tensors]


def batch_set_value(tuples: Iterable[tuple[Any, Any]]) -> None:
    """Write values into several tensors: pairs of a tensor and its values."""
    for target, value in tuples:
        update(target, np.asarray(value))


def _tensor_of(x: Any) -> torch.Tensor:
    """Return a tensor, a weight's own values, without gradients."""
    return as_tensor(x.value if isinstance(x, Variable) else x).detach()


def update(x: Any, new_x: Any) -> Any:
    """Write values into a variable, and return it."""
    new = _tensor_of(new_x)
    if isinstance(x, Variable):
        x.assign(new)
    else:
        x.detach().copy_(new)
    return x


def update_add(x: Any, increment: Any) -> Any:
    """Add to a variable, and return it."""
    return update(x, _tensor_of(x) + _tensor_of(increment))


def update_sub(x: Any, decrement: Any) -> Any:
    """Subtract from a variable, and return it."""
    return update(x, _tensor_of(x) - _tensor_of(decrement))


def moving_average_update(x: Any, value: Any, momentum: float) -> Any:
    """Let a variable follow a value: `x * momentum + value * (1 - momentum)`."""
    return update(x, _tensor_of(x) * momentum + _tensor_of(value) * (1 - momentum))


def in_train_phase(x: Any, alt: Any, training: bool | None = None) -> Any:
    """Return `x` in training and `alt` else.

    Args:
        x: A value, or a function without arguments that is called if its value is needed.
        alt: Likewise.
        training: Whether it is training; what the running call was given by default.
    """
    training = CALL_CONTEXT.training if training is None else training
    chosen = x if training else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x: Any, alt: Any, training: bool | None = None) -> Any:
    """Return `alt` in training and `x` else; see `in_train_phase`."""
    return in_train_phase(alt, x, training)


def name_scope(name: str) -> contextlib.AbstractContextManager:
    """Return a `with` block that does nothing: tensors of torch have no names."""
    return contextlib.nullcontext(name)


def print_tensor(x: Any, message: str = "", summarize: int = 3) -> Any:
    """Print the values of a tensor and return it.

    Args:
        x: A tensor.
        message: What is printed before.
        summarize: How many entries of each end of an axis are printed.
    """
    values = get_value(_tensor_of(x))
    text = np.array2string(values, edgeitems=summarize, threshold=2 * summarize)
    print(f"{message}{text}")
    return x


def reset_uids() -> None:
    """Start the numbers of automatic names anew."""
    reset_names()
