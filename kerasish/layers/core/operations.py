"""Operations on symbols as steps of a model, each under the name that Keras gives its class.

Which operations there are, and what their calls take, is said in `graph/keras_operations.py`; what
they compute are the functions of `kerasish.ops`. A class is made when it is first asked for.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from functools import cache, partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch

from kerasish.dtypes import standardize_dtype
from kerasish.graph.keras_operations import (
    ALIASES,
    call_arguments,
    class_modules,
    class_of,
    operations_in,
)
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten
from kerasish.layers.base.naming import to_snake_case
from kerasish.layers.core.torch_function import TorchFunction
from kerasish.saving.builtin_table import builtin, builtin_module

# Operators of Python and functions of torch, which show in the code of a model, by operation.
_NATIVE: dict[Callable, str] = {
    operator.add: "add",
    operator.sub: "subtract",
    operator.mul: "multiply",
    operator.truediv: "true_divide",
    operator.floordiv: "floor_divide",
    operator.mod: "mod",
    operator.pow: "power",
    operator.matmul: "matmul",
    operator.neg: "negative",
    operator.abs: "absolute",
    operator.lt: "less",
    operator.le: "less_equal",
    operator.gt: "greater",
    operator.ge: "greater_equal",
    operator.getitem: "get_item",
    torch.abs: "absolute",
    torch.cos: "cos",
    torch.erf: "erf",
    torch.exp: "exp",
    torch.log: "log",
    torch.log1p: "log1p",
    torch.relu: "relu",
    torch.rsqrt: "rsqrt",
    torch.sigmoid: "sigmoid",
    torch.sin: "sin",
    torch.sqrt: "sqrt",
    torch.square: "square",
    torch.tanh: "tanh",
}
_OPERATORS = {
    name: function for function, name in _NATIVE.items() if function.__module__ == "_operator"
}
# Types that torch joins as Keras does.
_ALIKE = frozenset({"bool", "int32", "int64", "float32", "float64"})


class Rules(NamedTuple):
    """How an operation is called.

    Attributes:
        function: What computes it.
        parameters: The parameters of the function, in order.
        call: The names of those that a call is given; all others are options of the step.
        defaults: The options' values where none is given; `Parameter.empty` if one must be.
    """

    function: Callable
    parameters: tuple[inspect.Parameter, ...]
    call: tuple[str, ...]
    defaults: dict[str, Any]


class Operation(TorchFunction):
    """An operation of Keras's as a step of a model. A subclass stands for each.

    Args:
        name: Name of the step.
        native: Operator or function of torch that computes the same for the arguments of this
            step, to be seen in the code of the model.
        **options: The arguments of the operation that are no tensors.

    Raises:
        ValueError: If an option is unknown or missing.
    """

    operation: ClassVar[str]

    def __init__(
        self, name: str | None = None, native: Callable | None = None, **options: Any
    ) -> None:
        rules = rules_of(self.operation)
        unknown = sorted(set(options) - set(rules.defaults))
        filled = {**rules.defaults, **options}
        missing = [key for key, value in filled.items() if value is inspect.Parameter.empty]
        if unknown or missing:
            raise ValueError(
                f"Step {type(self).__name__} (keras.ops.{self.operation}) takes the options "
                f"{list(rules.defaults)}. Received: {sorted(options)}"
            )
        found = native or _OPERATORS.get(self.operation)
        title = to_snake_case(type(self).__name__)
        super().__init__(found or self.compute, title=title, name=name)
        self._chosen = native is not None
        self.options = filled

    def compute(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the operation of the arguments of a call."""
        positional, named = self._all_arguments(args, kwargs)
        return rules_of(self.operation).function(*positional, **named)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return symbols: by what the operation tells (`ops/specified.py`), or by running it."""
        spec = getattr(rules_of(self.operation).function, "spec", None)
        if spec is None:
            return super().compute_output_spec(*args, **kwargs)
        positional, named = self._all_arguments(args, kwargs)
        return spec(*positional, **named)

    def _all_arguments(self, args: tuple, kwargs: dict[str, Any]) -> tuple[list, dict[str, Any]]:
        """Return the function's arguments: those of a call, and the options among them."""
        rules = rules_of(self.operation)
        given = dict(zip(rules.call, args, strict=False))
        positional: list[Any] = []
        named: dict[str, Any] = dict(kwargs)
        for parameter in rules.parameters:
            key = parameter.name
            if parameter.kind is parameter.VAR_POSITIONAL:
                positional += args
            elif parameter.kind is parameter.VAR_KEYWORD:
                continue
            else:
                value = given[key] if key in given else self.options.get(key, parameter.default)
                if parameter.kind is parameter.KEYWORD_ONLY:
                    named[key] = value
                else:
                    positional.append(value)
        return positional, named

    def _convert_arguments(self, convert: Any, args: tuple, kwargs: dict[str, Any]) -> tuple:
        rules = rules_of(self.operation)
        # By position: names such as `mask` mean something else in the call of a layer.
        for key in rules.call[len(args) :]:
            if not any(other in kwargs for other in rules.call[len(args) :]):
                break
            default = next(p.default for p in rules.parameters if p.name == key)
            args = (*args, kwargs.pop(key, default))
        if self.operation == "get_item":
            # JSON has turned a tuple of indices into a list, which would be an index by itself.
            args = tuple(tuple(arg) if isinstance(arg, list) else arg for arg in args)
        if not (self._chosen or _suits_operator(self.operation, args)):
            self.function = self.compute
        return super()._convert_arguments(convert, args, kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the name and the options, as Keras does."""
        return {"name": self.name, **self.options}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the step from what `get_config` gave."""
        if "native" in config:
            raise ValueError(
                f"Step {cls.__name__} takes the options {list(rules_of(cls.operation).defaults)}. "
                f"Received: {sorted(config)}"
            )
        return cls(**config)

    def __reduce__(self) -> tuple:
        native = None if self.function == self.compute else self.function
        return _restore, (self.operation, self.get_config(), native)


def _restore(operation: str, config: dict[str, Any], native: Callable | None) -> Operation:
    step = operation_class(operation)(**config, native=native)
    if native is None:
        step.function = step.compute
    return step


@cache
def operation_class(operation: str) -> type[Operation]:
    """Return the class of the steps that stand for one of Keras's operations.

    Args:
        operation: Name in `keras.ops`, such as `"mean"`.

    Raises:
        KeyError: If Keras has no class for it.
    """
    operation = ALIASES.get(operation, operation)
    where = class_of(operation)
    if where is None:
        raise KeyError(operation)
    module, name = where
    members = {"operation": operation, "__doc__": f"The operation keras.ops.{operation}."}
    return builtin(module)(type(name, (Operation,), members))


@cache
def rules_of(operation: str) -> Rules:
    """Return how an operation is called.

    Raises:
        NotImplementedError: If `kerasish.ops` has no such function.
    """
    function = _function(operation)
    if function is None:
        raise NotImplementedError(
            f"There is no operation keras.ops.{operation} here. Received: {class_of(operation)}"
        )
    parameters = tuple(inspect.signature(function).parameters.values())
    named = [p for p in parameters if p.kind is not p.VAR_KEYWORD and not _is_keras_2(p)]
    call = call_arguments(operation, [p.name for p in named])
    defaults = {p.name: p.default for p in named if p.name not in call}
    if operation == "layer_normalization":
        defaults["rms_scaling"] = False
    return Rules(function, parameters, tuple(call), defaults)


def _is_keras_2(parameter: inspect.Parameter) -> bool:
    """Whether a parameter is Keras 2's name of another one."""
    return parameter.name == "alpha" and parameter.kind is parameter.KEYWORD_ONLY


def _function(operation: str) -> Callable | None:
    from kerasish import activations, ops

    group, _, name = operation.rpartition(".")
    if not group and name in ops.__all__:
        return getattr(ops, name)
    images = getattr(ops, "image", None)
    where = class_of(operation)
    if where is not None and where[0].endswith(".image") and name in getattr(images, "__all__", ()):
        return getattr(images, name)
    if where is not None and not where[0].endswith(".numpy") and name in activations.__all__:
        return getattr(activations, name)
    return None


def step_for(function: Callable) -> TorchFunction:
    """Return a new step that applies an operator or a function of torch to symbols."""
    operation = _NATIVE.get(function)
    if operation is None:
        return TorchFunction(function)
    return operation_class(operation)(native=function)


def call_on_symbols(
    operation: str | None,
    function: Callable,
    args: tuple,
    kwargs: dict[str, Any],
    otherwise: Callable[[], TorchFunction] | None = None,
) -> Any:
    """Make a call of a function on symbols a step of a model.

    Args:
        operation: The operation of Keras's that computes the same, or None. The step can be saved
            if there is one, and what are no tensors among its arguments are plain values.
        function: The function.
        args: Its arguments.
        kwargs: Its arguments by name.
        otherwise: Makes a step that can't be saved; `TorchFunction` by default.

    Returns:
        Symbols.
    """
    if operation == "extract_patches_3d":
        function, args, kwargs = _windows_of_volumes(function, args, kwargs)
    operation = ALIASES.get(operation, operation) if operation else None
    if operation is not None and class_of(operation) is not None:
        step = _step_with_options(operation, function, args, kwargs)
        if step is not None:
            made, given, named = step
            return made(*given, **named)
    plain = otherwise() if otherwise else TorchFunction(function, function.__name__)
    return plain(*args, **kwargs)


def _step_with_options(
    operation: str, function: Callable, args: tuple, kwargs: dict[str, Any]
) -> tuple[Operation, list[Any], dict[str, Any]] | None:
    rules = rules_of(operation)
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    given: list[Any] = []
    named: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        value = bound.arguments[parameter.name]
        if parameter.kind is parameter.VAR_KEYWORD:
            named.update(value)
        elif _is_keras_2(parameter):
            options.update({} if value is None else {"negative_slope": _plain("alpha", value)})
        elif parameter.name not in rules.call:
            if parameter.name in rules.defaults:
                options[parameter.name] = _plain(parameter.name, value)
            elif value is not parameter.default:
                return None
        elif parameter.kind is parameter.VAR_POSITIONAL:
            given += value
        else:
            given.append(_array_as_tensor(value))
    if operation == "layer_normalization":
        options["rms_scaling"] = named.pop("rms_scaling", False)
    if any(value is NotImplemented for value in options.values()):
        return None
    return operation_class(operation)(**options), given, named


def _windows_of_volumes(function: Callable, args: tuple, kwargs: dict[str, Any]) -> tuple:
    """Return the call as one of `extract_patches`, whose class Keras takes: with three sizes."""
    from kerasish.ops import image

    volumes, size, *rest = inspect.signature(function).bind(*args, **kwargs).arguments.items()
    sizes = (size[1],) * 3 if isinstance(size[1], int) else size[1]
    return image.extract_patches, (volumes[1], sizes), dict(rest)


def _plain(key: str, value: Any) -> Any:
    """Return an option as a plain value, or NotImplemented if it is none."""
    if isinstance(value, (list, tuple)):
        items = [_plain(key, item) for item in value]
        return NotImplemented if NotImplemented in items else type(value)(items)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return standardize_dtype(value) if key == "dtype" and value is not None else value
    if isinstance(value, (torch.dtype, np.dtype)) or (isinstance(value, type) and key == "dtype"):
        return standardize_dtype(value)
    return NotImplemented


def _array_as_tensor(value: Any) -> Any:
    # Code that torch generates can hold tensors, but no arrays.
    return torch.as_tensor(value) if isinstance(value, np.ndarray) else value


def _suits_operator(operation: str, args: tuple) -> bool:
    """Whether torch's own operator gives values of Keras's type for these arguments."""
    if operation == "get_item":
        return not any(isinstance(leaf, KerasTensor) for leaf in flatten(list(args[1:])))
    if any(isinstance(arg, (list, tuple)) for arg in args):
        return False
    leaves = list(args)
    types = {leaf.dtype for leaf in leaves if isinstance(leaf, (KerasTensor, torch.Tensor))}
    numbers = [leaf for leaf in leaves if not isinstance(leaf, (KerasTensor, torch.Tensor))]
    plain = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in numbers)
    kinds = {standardize_dtype(kind) for kind in types}
    joined = len(kinds) == 1 or (kinds <= _ALIKE and operation != "matmul")
    return plain and kinds != {"bool"} and joined


def _class_in_file(module: str, name: str) -> type[Operation] | None:
    operation = operations_in(module).get(name)
    if operation is None or _function(operation) is None:
        return None
    return operation_class(operation)


def _names_in_files(module: str) -> list[str]:
    return [name for name, found in operations_in(module).items() if _function(found) is not None]


for _module in class_modules():
    builtin_module(_module, partial(_class_in_file, _module), partial(_names_in_files, _module))
