"""Operators and functions of torch that were applied to symbols."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch.nn import functional

from kerasish import activations
from kerasish.dtypes import standardize_dtype
from kerasish.eject.calls import constant, dtype_code, number, vars_in
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.layers.activations import activation_template
from kerasish.eject.layers.core import plain_number
from kerasish.eject.registry import ACTIVATIONS, FUNCTIONS, LAYERS
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.shape_inference import infer_outputs
from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.layers.core.operations import Operation, operation_class

_BINARY = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
    operator.matmul: "@",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.ne: "!=",
}
_HOLDERS = (
    (torch, "torch"),
    (functional, "F"),
    (torch.linalg, "torch.linalg"),
    (torch.special, "torch.special"),
    (torch.fft, "torch.fft"),
)
_NO_EFFECT = frozenset({"inplace", "_stacklevel"})


def _results(
    scope: Scope, step: Any, args: tuple, kwargs: dict[str, Any], code: str, inline: bool = False
) -> Any:
    """Assign what a step gives, of the shapes that running it on empty tensors tells."""

    def symbol(leaf: Any) -> Any:
        if not isinstance(leaf, Var):
            return leaf
        return KerasTensor([s if isinstance(s, int) else None for s in leaf.shape], leaf.dtype)

    spec = infer_outputs(
        step.function, tuple(map_structure(symbol, list(args))), map_structure(symbol, kwargs), ""
    )
    if isinstance(spec, KerasTensor):
        dtype = standardize_dtype(spec.dtype)
        mask = dtype == "bool"
        return scope.assign(code, spec.shape, dtype, "mask" if mask else "", inline=inline or mask)
    made = [Var(one.shape, standardize_dtype(one.dtype)) for one in flatten(spec)]
    scope.assign_all(", ".join(map(str, made)), made, code)
    return pack_like(spec, made)


def write_function(scope: Scope, step: Any, *args: Any, **kwargs: Any) -> Any:
    """A function or method of torch, or an operator."""
    function = step.function
    if isinstance(step, Operation) and function == step.compute:
        return _results(scope, step, args, kwargs, _activation(scope, step, args))
    kwargs = {
        key: value
        for key, value in kwargs.items()
        if key not in _NO_EFFECT and not (value is None and key != "dim")
    }
    if function in _BINARY:
        one, other = (constant(scope, arg) for arg in args)
        sign = _BINARY[function]
        code = f"{one}**{other}" if sign == "**" else f"{one} {sign} {other}"
    elif function is operator.neg:
        code = f"-{constant(scope, args[0])}"
    elif function is operator.abs:
        code = f"{constant(scope, args[0])}.abs()"
    elif function is operator.getitem:
        code = f"{constant(scope, args[0])}[{_index(scope, args[1])}]"
    else:
        code = _call(scope, function, args, kwargs)
    return _results(scope, step, args, kwargs, code, function in _BINARY)


FUNCTIONS.enter("any", write_function)


def _activation(scope: Scope, step: Any, args: tuple) -> str:
    """An operation that is an activation, with its options."""
    name = step.operation.rpartition(".")[2]
    function = getattr(activations, name, None) if name in activations.__all__ else None
    if function is None or ACTIVATIONS.find(function) is None:
        raise NoEquivalentError(
            f"applies keras.ops.{name}, for which there is no plain PyTorch here",
            "write it with operators, functions of torch and layers",
        )
    template = activation_template(scope, function, **step.options)
    return template.replace("{x}", constant(scope, args[0]))


def _index(scope: Scope, index: Any) -> str:
    if isinstance(index, (tuple, list)) and not vars_in(list(index)):
        # A configuration has made a list of a tuple.
        return ", ".join(constant(scope, one) for one in index)
    return constant(scope, index)


def _call(scope: Scope, function: Any, args: tuple, kwargs: dict[str, Any]) -> str:
    name = getattr(function, "__name__", "")
    assert all(key.isidentifier() for key in kwargs)
    given = [constant(scope, arg) for arg in args]
    named = [f"{key}={constant(scope, value)}" for key, value in kwargs.items()]
    for holder, prefix in _HOLDERS:
        # torch.linalg.norm calls itself linalg_norm.
        for public in (name, name.partition("_")[2]):
            if public and getattr(holder, public, None) is function:
                return f"{prefix}.{public}({', '.join(given + named)})"
    if getattr(torch.Tensor, name, None) is function and args and isinstance(args[0], Var):
        return f"{given[0]}.{name}({', '.join(given[1:] + named)})"
    if ACTIVATIONS.find(function) is not None and len(args) == 1:
        return activation_template(scope, function, **kwargs).replace("{x}", given[0])
    raise NoEquivalentError(
        f"applies {name or type(function).__name__}, which is not a function of torch",
        "write it with operators, functions of torch and layers",
    )


# Keras's operations, as they stand in its files.

_OPERATIONS: dict[str, str] = {
    "not_equal": "{0} != {1}",
    "logical_or": "torch.logical_or({0}, {1})",
    "logical_and": "torch.logical_and({0}, {1})",
    "any": "{0}.bool().any({dim})",
    "all": "{0}.bool().all({dim})",
    "expand_dims": "{0}.unsqueeze({axis})",
    "zeros_like": "torch.zeros_like({0}{dtype})",
    "ones_like": "torch.ones_like({0}{dtype})",
    "concatenate": "torch.cat({0}, dim={axis})",
    "sum": "{0}.sum({dim})",
    "mean": "{0}.mean({dim})",
    "max": "{0}.amax({dim})",
    "min": "{0}.amin({dim})",
    "maximum": "torch.maximum({0}, {1})",
    "minimum": "torch.minimum({0}, {1})",
    "squeeze": "{0}.squeeze({axis})",
    "transpose": "{0}.permute({axes})",
    "reshape": "{0}.reshape({newshape})",
    "stack": "torch.stack({0}, dim={axis})",
    "exp": "torch.exp({0})",
    "log": "torch.log({0})",
    "sqrt": "torch.sqrt({0})",
    "tanh": "torch.tanh({0})",
    "square": "{0}**2",
    "absolute": "{0}.abs()",
    "ceil": "torch.ceil({0})",
    "clip": "{0}.clamp({x_min}, {x_max})",
    "cos": "torch.cos({0})",
    "floor": "torch.floor({0})",
    "rsqrt": "torch.rsqrt({0})",
    "sign": "torch.sign({0})",
    "sin": "torch.sin({0})",
    "std": "{0}.std({dim}, correction=0)",
    "var": "{0}.var({dim}, correction=0)",
    "where": "torch.where({0}, {1}, {2})",
    "cast": "{0}.to({dtype})",
    "relu": "F.relu({0})",
    "relu6": "F.relu6({0})",
    "sigmoid": "torch.sigmoid({0})",
    "silu": "F.silu({0})",
    "elu": "F.elu({0}, {alpha})",
    "selu": "F.selu({0})",
    "softplus": "F.softplus({0}, threshold=50)",
    "softsign": "F.softsign({0})",
    "gelu": "F.gelu({0}{approximate})",
    "leaky_relu": "F.leaky_relu({0}, {negative_slope})",
    "softmax": "torch.softmax({0}, dim={axis})",
    "log_softmax": "torch.log_softmax({0}, dim={axis})",
}


def write_operation(scope: Scope, step: Any, *args: Any, **kwargs: Any) -> Any:
    """One of Keras's operations, with its options."""
    template = _OPERATIONS[step.operation]
    values = list(args[0]) if len(args) == 1 and isinstance(args[0], (list, tuple)) else list(args)
    options = {key: _option(key, value, values) for key, value in step.options.items()}
    if "keepdims" in options:
        parts = [options["axis"], "keepdim=True" if step.options["keepdims"] else ""]
        options["dim"] = ", ".join(part for part in parts if part)
    if step.options.get("initial") is not None:
        raise NoEquivalentError("has an initial value", "clamp the result in a step of its own")
    for key, value in step.options.items():
        if key == "axis" and "softmax" in step.operation and not isinstance(value, int):
            raise NoEquivalentError("softmax over several axes", "reshape them into one")
    given = [constant(scope, one) for one in args]
    if step.operation == "not_equal" and not isinstance(args[1], Var):
        given[1] = plain_number(args[1])
    if step.operation == "any" and args[0].dtype == "bool":
        template = template.replace(".bool()", "")
    if step.operation in ("maximum", "minimum"):
        given = [
            one if isinstance(arg, Var) else f"torch.as_tensor({one}).to({given[1 - place]})"
            for place, (one, arg) in enumerate(zip(given, args, strict=True))
        ]
    floating = step.operation in ("mean", "exp", "log", "sqrt", "tanh")
    if floating and isinstance(args[0], Var) and not args[0].is_floating:
        given[0] = f"{given[0]}.{'float' if scope.program.dtype == 'float32' else 'double'}()"
    return _results(scope, step, args, kwargs, template.format(*given, **options))


def _option(key: str, value: Any, values: list[Any]) -> str:
    if key == "axes":
        rank = values[0].ndim
        return ", ".join(map(str, range(rank)[::-1] if value is None else map(int, value)))
    if key == "newshape":
        return ", ".join(str(int(size)) for size in value)
    if key == "dtype":
        if value is None:
            return ""
        return dtype_code(value)
    if key == "approximate":
        return ', approximate="tanh"' if value else ""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return str(tuple(value))
    return number(value)


for _operation in _OPERATIONS:
    LAYERS.enter(operation_class(_operation), write_operation)
