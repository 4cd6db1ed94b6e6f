"""`keras.Variable`: a weight that is made by itself, and belongs to the layer that it is put in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kerasish import initializers
from kerasish.config import floatx
from kerasish.dtypes import torch_dtype
from kerasish.layers.base.naming import unique_name
from kerasish.layers.base.scopes import path_of
from kerasish.layers.base.variable import Variable as Handle
from kerasish.layers.base.weight_spec import Weight


class _AnyVariable(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, (Handle, Weight))


class Variable(metaclass=_AnyVariable):
    """Makes a weight: an `nn.Parameter` with the methods of Keras's variables.

    As an attribute of a layer or model it is one of its weights, as one from `add_weight` is, which
    makes the same. `isinstance(weight, Variable)` holds for the weights of layers too.

    Args:
        initializer: The values, or what `kerasish.initializers.get` takes, which needs `shape`.
        shape: Shape of the values of an initializer.
        dtype: Type; that of the values by default; of Python's numbers, int32 or `floatx()`.
        trainable: Whether training changes it; whole numbers are never trained.
        autocast: Taken as in Keras; weights have the type that is computed in.
        aggregation: Taken as in Keras; several processes give weights one value.
        synchronization: Taken as in Keras.
        name: Name; `"variable"`, `"variable_1"`, ... by default.

    Raises:
        ValueError: For an initializer without a shape, or a shape that the values do not have.

    Example:
        >>> steps = kerasish.Variable(0, dtype="int32", trainable=False)
        >>> steps.assign_add(1)
    """

    def __new__(  # type: ignore[misc]
        cls,
        initializer: Any,
        shape: Sequence[int] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = None,
        synchronization: str = "auto",
        name: str | None = None,
    ) -> Weight:
        """Make the weight."""
        if callable(initializer) and not isinstance(initializer, torch.Tensor):
            values = _drawn(initializer, shape, dtype)
        elif isinstance(initializer, (str, dict)):
            values = _drawn(initializers.get(initializer), shape, dtype)
        else:
            values = _given(initializer, dtype)
            if shape is not None and tuple(values.shape) != tuple(shape):
                raise ValueError(
                    f"A Variable of shape {tuple(shape)} takes values of that shape. "
                    f"Received: values of shape {tuple(values.shape)}"
                )
        trains = trainable and values.dtype.is_floating_point
        weight = Weight(values, requires_grad=trains)
        weight.describe(path_of(name or unique_name("variable")), bool(trainable))
        return weight


def _drawn(initializer: Any, shape: Any, dtype: Any) -> torch.Tensor:
    if shape is None:
        raise ValueError(
            "A Variable with an initializer needs a shape. "
            f"Received: initializer={initializer!r}, shape=None"
        )
    kind = torch_dtype(dtype or floatx())
    return torch.as_tensor(initializer(tuple(shape), dtype=kind), dtype=kind).clone()


def _given(values: Any, dtype: Any) -> torch.Tensor:
    if isinstance(values, Handle):
        values = values.value
    if isinstance(values, torch.Tensor):
        found = values.detach().clone()
    else:
        found = torch.tensor(np.asarray(values))
        if not isinstance(values, (np.ndarray, np.generic)):
            kinds = {torch.float64: torch_dtype(floatx()), torch.int64: torch.int32}
            found = found.to(kinds.get(found.dtype, found.dtype))
    return found if dtype is None else found.to(torch_dtype(dtype))
