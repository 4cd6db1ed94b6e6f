"""Operators on symbols, each under the name that Keras gives the operation in a configuration."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from kerasish.layers.base.naming import to_snake_case
from kerasish.layers.core.torch_function import TorchFunction
from kerasish.saving.registry import builtin

# Keras's classes in `keras.src.ops.numpy`.
_NAMES: dict[Callable, str] = {
    operator.add: "Add",
    operator.sub: "Subtract",
    operator.mul: "Multiply",
    operator.truediv: "TrueDivide",
    operator.floordiv: "FloorDivide",
    operator.mod: "Mod",
    operator.pow: "Power",
    operator.matmul: "Matmul",
    operator.neg: "Negative",
    operator.abs: "Absolute",
    operator.lt: "Less",
    operator.le: "LessEqual",
    operator.gt: "Greater",
    operator.ge: "GreaterEqual",
}


class Operation(TorchFunction):
    """An operator as a step of a model. A subclass stands for each.

    Args:
        **kwargs: Arguments of every layer.
    """

    operator: Callable

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(type(self).operator, title=to_snake_case(type(self).__name__), **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration: the name."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the step from what `get_config` gave."""
        return cls(name=config.get("name"))

    def __reduce__(self) -> tuple:
        return _restore, (type(self).operator, self.name)


@builtin("keras.src.ops.numpy")
class GetItem(Operation):
    """The operation of indexing."""

    operator = staticmethod(operator.getitem)

    def _convert_arguments(self, convert: Any, args: tuple, kwargs: dict[str, Any]) -> tuple:
        # JSON has turned a tuple of indices into a list, which would be an index by itself.
        args = tuple(tuple(arg) if isinstance(arg, list) else arg for arg in args)
        return super()._convert_arguments(convert, args, kwargs)


def _make_operation(function: Callable, name: str) -> type[Operation]:
    members = {"operator": staticmethod(function), "__doc__": f"The operation {name}."}
    return builtin("keras.src.ops.numpy")(type(name, (Operation,), members))


_OPERATIONS: dict[Callable, type[Operation]] = {
    operator.getitem: GetItem,
    **{function: _make_operation(function, name) for function, name in _NAMES.items()},
}


def step_for(function: Callable) -> TorchFunction:
    """Return a new step that applies a function or an operator to symbols."""
    operation = _OPERATIONS.get(function)
    return TorchFunction(function) if operation is None else operation()


def _restore(function: Callable, name: str) -> Operation:
    return _OPERATIONS[function](name=name)
