"""Which operation of `keras.ops` a function of `keras.backend` is, for symbols of floats.

Steps of these can be saved. For whole numbers some functions of Keras 2 differ (`K.mean` gives a
whole number), and some for all: `K.sqrt` takes values below 0 for 0, `K.argmax` gives int64.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten

_SAME = """
    abs all any cast cos cumprod cumsum elu exp expand_dims log max mean min ones_like prod round
    sigmoid sign sin softmax softplus softsign square squeeze stack std sum tanh transpose var
    zeros_like
"""
_PAIRS = "equal greater greater_equal less less_equal maximum minimum not_equal"
# The operation, and its names of the arguments.
_OPERATIONS: dict[str, tuple[str, dict[str, str]]] = {
    **{name: (name, {"name": ""}) for name in _SAME.split()},
    **{name: (name, {"x": "x1", "y": "x2"}) for name in _PAIRS.split()},
    "concatenate": ("concatenate", {"tensors": "xs"}),
    "permute_dimensions": ("transpose", {"pattern": "axes"}),
    "pow": ("power", {"x": "x1", "a": "x2"}),
    "repeat_elements": ("repeat", {"rep": "repeats"}),
    "reshape": ("reshape", {"shape": "newshape"}),
    "reverse": ("flip", {"axes": "axis"}),
    "tile": ("tile", {"n": "repeats"}),
}


def as_operation(
    function: Callable, args: tuple, kwargs: dict[str, Any]
) -> tuple[Callable, dict[str, Any]] | None:
    """Return the operation that a call on symbols is, and its arguments, or None for none.

    Args:
        function: A function of `kerasish.backend`.
        args: Its arguments.
        kwargs: Its arguments by name.
    """
    from kerasish import ops

    found = _OPERATIONS.get(function.__name__)
    symbols = [leaf for leaf in flatten([list(args), kwargs]) if isinstance(leaf, KerasTensor)]
    if found is None or not all(one.dtype.startswith(("float", "bfloat")) for one in symbols):
        return None
    name, renamed = found
    bound = inspect.signature(function).bind(*args, **kwargs)
    given = {renamed.get(key, key): value for key, value in bound.arguments.items()}
    given.pop("", None)
    return getattr(ops, name), given
