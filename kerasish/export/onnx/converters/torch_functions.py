"""Converters of functions and methods of torch that are applied to symbols."""

from __future__ import annotations

import functools
import operator
from typing import Any

import torch
from torch.nn import functional

from kerasish import activations
from kerasish.export.onnx.converters.activations import clip
from kerasish.export.onnx.converters.steps import lift, together
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import ACTIVATIONS, function_converter
from kerasish.export.onnx.value import Value

_OF_NUMBERS = {"abs": "Abs", "neg": "Neg", "sign": "Sign"}
_OF_FLOATS = {
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "sin": "Sin",
    "cos": "Cos",
    "erf": "Erf",
    "floor": "Floor",
    "ceil": "Ceil",
    "round": "Round",
    "reciprocal": "Reciprocal",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
}
_ROUNDING = ("Floor", "Ceil", "Round")


def _register_unary(name: str, kind: str, floats: bool) -> None:
    own = {"abs": operator.abs, "neg": operator.neg}.get(name)
    keys = [getattr(torch, name), getattr(torch.Tensor, name), *([own] if own else [])]

    @function_converter(*keys)
    def convert(graph: GraphBuilder, input: Value) -> Value:
        if floats and not input.is_floating:
            if kind in _ROUNDING:
                return graph.op("Identity", input)
            input = graph.cast(input, "float32")
        return graph.op(kind, input)


for _name, _kind in _OF_NUMBERS.items():
    _register_unary(_name, _kind, floats=False)
for _name, _kind in _OF_FLOATS.items():
    _register_unary(_name, _kind, floats=True)


def _register_activation(activation: Any, *functions: Any) -> None:
    @function_converter(*functions)
    def convert(graph: GraphBuilder, input: Value) -> Value:
        return ACTIVATIONS.get(activation, "A step of the model")(graph, input)


_register_activation(activations.relu, torch.relu, torch.Tensor.relu, functional.relu)
_register_activation(activations.silu, functional.silu)
_register_activation(activations.mish, functional.mish)


@function_converter(torch.square, torch.Tensor.square)
def square(graph: GraphBuilder, input: Value) -> Value:
    """`input ** 2`."""
    return graph.op("Mul", input, input)


def _register_reduction(name: str, kind: str) -> None:
    @function_converter(getattr(torch, name), getattr(torch.Tensor, name))
    def convert(graph: GraphBuilder, input: Value, dim: Any = None, keepdim: bool = False) -> Value:
        if name == "sum" and not input.is_floating:
            input = Value(graph.cast(input, "int64").name, "int64", input.shape)
        if dim is None or dim in ((), []):
            dim = range(input.ndim)
        axes = [dim] if isinstance(dim, int) else list(dim)
        return graph.reduce(kind, input, [axis % input.ndim for axis in axes], keepdim)


for _name, _kind in (
    ("sum", "ReduceSum"),
    ("mean", "ReduceMean"),
    ("amax", "ReduceMax"),
    ("amin", "ReduceMin"),
):
    _register_reduction(_name, _kind)


@function_converter(torch.maximum, torch.Tensor.maximum)
def maximum(graph: GraphBuilder, input: Any, other: Any) -> Value:
    """The larger entries."""
    return graph.op("Max", *together(graph, input, other))


@function_converter(torch.minimum, torch.Tensor.minimum)
def minimum(graph: GraphBuilder, input: Any, other: Any) -> Value:
    """The smaller entries."""
    return graph.op("Min", *together(graph, input, other))


@function_converter(torch.clamp, torch.Tensor.clamp)
def clamp(
    graph: GraphBuilder, input: Value, min: float | None = None, max: float | None = None
) -> Value:
    """Values clipped to a range."""
    bounds = [one for one in (min, max) if one is not None]
    return clip(graph, together(graph, input, *bounds)[0], min, max)


@function_converter(torch.softmax, torch.Tensor.softmax, functional.softmax)
def softmax(graph: GraphBuilder, input: Value, dim: int) -> Value:
    """Softmax along an axis."""
    return graph.op("Softmax", input, axis=dim)


@function_converter(torch.log_softmax, torch.Tensor.log_softmax, functional.log_softmax)
def log_softmax(graph: GraphBuilder, input: Value, dim: int) -> Value:
    """Logarithm of softmax along an axis."""
    return graph.op("LogSoftmax", input, axis=dim)


@function_converter(torch.cat, torch.concat)
def cat(graph: GraphBuilder, tensors: Any, dim: int = 0) -> Value:
    """Tensors joined along an axis."""
    return graph.op("Concat", *together(graph, *tensors), axis=dim)


@function_converter(torch.stack)
def stack(graph: GraphBuilder, tensors: Any, dim: int = 0) -> Value:
    """Tensors joined along a new axis."""
    rows = [graph.op("Unsqueeze", one, graph.ints(dim)) for one in together(graph, *tensors)]
    return graph.op("Concat", *rows, axis=dim)


@function_converter(torch.unsqueeze, torch.Tensor.unsqueeze)
def unsqueeze(graph: GraphBuilder, input: Value, dim: int) -> Value:
    """A new axis of size 1."""
    return graph.op("Unsqueeze", input, graph.ints(dim))


@function_converter(torch.transpose, torch.Tensor.transpose)
def transpose(graph: GraphBuilder, input: Value, dim0: int, dim1: int) -> Value:
    """Two axes swapped."""
    order = list(range(input.ndim))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return graph.op("Transpose", input, perm=order)


@function_converter(torch.permute, torch.Tensor.permute)
def permute(graph: GraphBuilder, input: Value, *dims: Any) -> Value:
    """The axes in another order."""
    order = dims[0] if isinstance(dims[0], (list, tuple)) else dims
    return graph.op("Transpose", input, perm=[axis % input.ndim for axis in order])


@function_converter(torch.flip, torch.Tensor.flip)
def flip(graph: GraphBuilder, input: Value, *dims: Any) -> Value:
    """Axes reversed."""
    axes = dims[0] if isinstance(dims[0], (list, tuple)) else dims
    return functools.reduce(lambda value, axis: graph.flip(value, axis), axes, input)


@function_converter(torch.where)
def where(graph: GraphBuilder, condition: Value, input: Any, other: Any) -> Value:
    """Entries of one tensor or the other."""
    pair = together(graph, input, other)
    return graph.op("Where", lift(graph, condition), *pair, dtype=pair[0].dtype)
