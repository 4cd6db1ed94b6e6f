"""Converters of Keras's operations on symbols, by those of activations and functions of torch."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import activations
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import ACTIVATIONS, FUNCTIONS, layer_converter
from kerasish.export.onnx.value import Value
from kerasish.layers.core.operations import operation_class

# Operations that are functions of torch, with the same arguments in a call.
_SAME: dict[str, Any] = {
    "absolute": torch.abs,
    "ceil": torch.ceil,
    "cos": torch.cos,
    "erf": torch.erf,
    "exp": torch.exp,
    "floor": torch.floor,
    "log": torch.log,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "reciprocal": torch.reciprocal,
    "sign": torch.sign,
    "sin": torch.sin,
    "sqrt": torch.sqrt,
    "square": torch.square,
    "negative": torch.neg,
}
_REDUCTIONS = {"max": torch.amax, "mean": torch.mean, "min": torch.amin, "sum": torch.sum}
# Those with a class of their own, which `keras.activations` makes and `keras.ops` does not.
_OWN = {"relu": "activations.relu", "mish": "activations.mish"}


def _register_activation(operation: str, function: Any) -> None:
    @layer_converter(operation_class(operation))
    def convert(graph: GraphBuilder, step: Any, x: Value) -> Value:
        return ACTIVATIONS.get(function, f"Step '{step.name}'")(graph, x, **step.options)


def _register_function(operation: str, function: Any) -> None:
    @layer_converter(operation_class(operation))
    def convert(graph: GraphBuilder, step: Any, *args: Any) -> Value:
        return FUNCTIONS.get(function, f"Step '{step.name}'")(graph, *args)


def _register_reduction(operation: str, function: Any) -> None:
    @layer_converter(operation_class(operation))
    def convert(graph: GraphBuilder, step: Any, x: Value) -> Value:
        if step.options.get("initial") is not None or not x.is_floating:
            raise ExportError(
                f"Step '{step.name}' ({operation}) is exported for floats, without an initial "
                f"value. Received: {x.dtype}, {step.options}"
            )
        axis, keepdims = step.options["axis"], bool(step.options["keepdims"])
        reduce = FUNCTIONS.get(function, f"Step '{step.name}'")
        return reduce(graph, x, None if axis is None else axis, keepdims)


def _register_all() -> None:
    for name in activations.__all__:
        function = getattr(activations, name)
        if ACTIVATIONS.find(function) is None or function.__name__ != name:
            continue
        if name in ("linear", "exponential"):
            continue
        _register_activation(_OWN.get(name, name), function)
    _register_activation("relu", activations.relu)
    for name, function in _SAME.items():
        _register_function(name, function)
    for name, function in _REDUCTIONS.items():
        _register_reduction(name, function)


@layer_converter(operation_class("stack"))
def stack(graph: GraphBuilder, step: Any, tensors: Any) -> Value:
    """Tensors joined along a new axis."""
    return FUNCTIONS.get(torch.stack, f"Step '{step.name}'")(graph, tensors, step.options["axis"])


@layer_converter(operation_class("transpose"))
def transpose(graph: GraphBuilder, step: Any, x: Value) -> Value:
    """The axes in another order."""
    axes = step.options["axes"]
    order = range(x.ndim)[::-1] if axes is None else axes
    return graph.op("Transpose", x, perm=[axis % x.ndim for axis in order])


@layer_converter(operation_class("clip"))
def clip(graph: GraphBuilder, step: Any, x: Value) -> Value:
    """Values clipped to a range."""
    bounds = [step.options["x_min"], step.options["x_max"]]
    return FUNCTIONS.get(torch.clamp, f"Step '{step.name}'")(graph, x, *bounds)


@layer_converter(operation_class("reshape"))
def reshape(graph: GraphBuilder, step: Any, x: Value) -> Value:
    """The values in another shape."""
    return graph.reshape(x, *(int(size) for size in step.options["newshape"]))


@layer_converter(operation_class("where"))
def where(graph: GraphBuilder, step: Any, condition: Value, one: Any, other: Any) -> Value:
    """Entries of one tensor or the other."""
    return FUNCTIONS.get(torch.where, f"Step '{step.name}'")(graph, condition, one, other)


_register_all()
