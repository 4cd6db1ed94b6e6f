"""Converters of operators on symbols, and of the steps by which Keras passes masks on."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch

from kerasish.dtypes import standardize_dtype
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder, to_array
from kerasish.export.onnx.registry import function_converter, layer_converter
from kerasish.export.onnx.value import Value, common_dtype
from kerasish.layers.core.operations import operation_class

_LAST = np.iinfo(np.int64).max


def lift(graph: GraphBuilder, operand: Any) -> Any:
    """Return a tensor among the arguments as a constant of the graph; leave all else."""
    if isinstance(operand, torch.Tensor):
        return graph.constant(to_array(operand), standardize_dtype(operand.dtype))
    return operand


def together(graph: GraphBuilder, *operands: Any, dtype: str | None = None) -> list[Value]:
    """Bring values, tensors and numbers to the dtype in which torch joins them.

    Args:
        graph: Where to.
        *operands: Values, tensors and Python numbers.
        dtype: Another dtype to bring them to.
    """
    lifted = [lift(graph, one) for one in operands]
    kind = common_dtype(*lifted) if dtype is None else dtype
    return [
        graph.cast(one, kind) if isinstance(one, Value) else graph.constant(np.array(one), kind)
        for one in lifted
    ]


def arithmetic(graph: GraphBuilder, kind: str, one: Any, other: Any) -> Value:
    """Write an operator of two numbers.

    Raises:
        ExportError: If both are booleans.
    """
    operands = together(graph, one, other)
    if operands[0].dtype == "bool":
        raise ExportError(
            f"Operator {kind} is exported for numbers; cast booleans first. Received: booleans"
        )
    return graph.op(kind, *operands)


def compare(graph: GraphBuilder, kind: str, one: Any, other: Any) -> Value:
    """Write a comparison."""
    return graph.op(kind, *together(graph, one, other), dtype="bool")


@function_converter(operator.add, torch.add, torch.Tensor.add)
def add(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one + other`."""
    return arithmetic(graph, "Add", one, other)


@function_converter(operator.sub, torch.sub, torch.Tensor.sub)
def subtract(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one - other`."""
    return arithmetic(graph, "Sub", one, other)


@function_converter(operator.mul, torch.mul, torch.Tensor.mul)
def multiply(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one * other`."""
    return arithmetic(graph, "Mul", one, other)


@function_converter(operator.truediv, torch.div, torch.Tensor.div)
def divide(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one / other`, of floating-point numbers."""
    pair = together(graph, one, other)
    if not pair[0].is_floating:
        pair = together(graph, one, other, dtype="float32")
    return graph.op("Div", *pair)


@function_converter(operator.mod, torch.remainder, torch.Tensor.remainder)
def remainder(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one % other`, with the sign of `other`."""
    dividend, divisor = together(graph, one, other)
    if not dividend.is_floating:
        return graph.op("Mod", dividend, divisor)
    rest = graph.op("Mod", dividend, divisor, fmod=1)
    zero = graph.number(0, rest)
    sides = [graph.op("Less", number, zero, dtype="bool") for number in (rest, divisor)]
    nonzero = graph.op("Not", graph.op("Equal", rest, zero, dtype="bool"))
    turn = graph.op("And", nonzero, graph.op("Xor", *sides))
    return graph.op("Where", turn, graph.op("Add", rest, divisor), rest, dtype=rest.dtype)


@function_converter(operator.floordiv, torch.floor_divide, torch.Tensor.floor_divide)
def floor_divide(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one // other`."""
    dividend, divisor = together(graph, one, other)
    whole = graph.op("Sub", dividend, remainder(graph, dividend, divisor))
    quotient = graph.op("Div", whole, divisor)
    return graph.op("Round", quotient) if quotient.is_floating else quotient


@function_converter(operator.pow, torch.pow, torch.Tensor.pow)
def power(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one ** other`."""
    return arithmetic(graph, "Pow", one, other)


@function_converter(operator.matmul, torch.matmul, torch.Tensor.matmul, torch.bmm)
def matmul(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one @ other`."""
    return arithmetic(graph, "MatMul", one, other)


@function_converter(operator.lt)
def less(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one < other`."""
    return compare(graph, "Less", one, other)


@function_converter(operator.le)
def less_equal(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one <= other`."""
    return compare(graph, "LessOrEqual", one, other)


@function_converter(operator.gt)
def greater(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one > other`."""
    return compare(graph, "Greater", one, other)


@function_converter(operator.ge)
def greater_equal(graph: GraphBuilder, one: Any, other: Any) -> Value:
    """`one >= other`."""
    return compare(graph, "GreaterOrEqual", one, other)


@function_converter(operator.getitem)
def get_item(graph: GraphBuilder, value: Any, index: Any) -> Any:
    """Index with numbers, slices, None and `...`.

    Raises:
        ExportError: For an index of another kind.
    """
    if not isinstance(value, Value):
        return value[index]
    items = list(index) if isinstance(index, (tuple, list)) else [index]
    used = sum(item is not None and item is not Ellipsis for item in items)
    if Ellipsis not in items:
        items.append(Ellipsis)
    where = items.index(Ellipsis)
    items[where : where + 1] = [slice(None)] * (value.ndim - used)
    starts, ends, axes, steps, dropped, added = [], [], [], [], [], []
    axis = place = 0
    for item in items:
        if item is None:
            added.append(place)
            place += 1
            continue
        if isinstance(item, bool) or not isinstance(item, (int, slice)):
            raise ExportError(
                "Indexing is exported for numbers, slices, None and `...`. "
                f"Received: an index of {item!r}"
            )
        if isinstance(item, int):
            span = slice(item, item + 1 or None, 1)
            dropped.append(axis)
        else:
            span = item
            place += 1
        if (span.start, span.stop) != (None, None) or span.step not in (None, 1):
            starts.append(span.start or 0)
            ends.append(_LAST if span.stop is None else span.stop)
            steps.append(span.step or 1)
            axes.append(axis)
        axis += 1
    result = value.with_mask(None)
    if axes:
        result = graph.op("Slice", value, *(graph.ints(*n) for n in (starts, ends, axes, steps)))
    if dropped:
        result = graph.op("Squeeze", result, graph.ints(*dropped))
    return graph.op("Unsqueeze", result, graph.ints(*added)) if added else result


# The steps by which Keras passes masks on.


@layer_converter(operation_class("not_equal"))
def not_equal(graph: GraphBuilder, layer: Any, one: Any, other: Any) -> Value:
    """`one != other`."""
    return graph.op("Not", compare(graph, "Equal", one, other))


@layer_converter(operation_class("logical_or"))
def logical_or(graph: GraphBuilder, layer: Any, one: Any, other: Any) -> Value:
    """Whether one or the other is not zero."""
    return graph.op("Or", *together(graph, one, other, dtype="bool"))


@layer_converter(operation_class("logical_and"))
def logical_and(graph: GraphBuilder, layer: Any, one: Any, other: Any) -> Value:
    """Whether both are not zero."""
    return graph.op("And", *together(graph, one, other, dtype="bool"))


@layer_converter(operation_class("any"))
def any_step(graph: GraphBuilder, layer: Any, mask: Value) -> Value:
    """Whether any entry along axes is not zero."""
    return _reduce_booleans(graph, "ReduceMax", layer, mask)


@layer_converter(operation_class("all"))
def all_step(graph: GraphBuilder, layer: Any, mask: Value) -> Value:
    """Whether all entries along axes are not zero."""
    return _reduce_booleans(graph, "ReduceMin", layer, mask)


def _reduce_booleans(graph: GraphBuilder, kind: str, layer: Any, mask: Value) -> Value:
    axis = layer.options["axis"]
    given = range(mask.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = [one % mask.ndim for one in given]
    keep = bool(layer.options["keepdims"])
    numbers = graph.cast(graph.cast(mask, "bool"), "int32")
    return graph.cast(graph.reduce(kind, numbers, axes, keepdims=keep), "bool")


@layer_converter(operation_class("expand_dims"))
def expand_axis(graph: GraphBuilder, layer: Any, value: Value) -> Value:
    """A new axis."""
    return graph.op("Unsqueeze", value, graph.ints(layer.options["axis"]))


@layer_converter(operation_class("zeros_like"), operation_class("ones_like"))
def filled_like(graph: GraphBuilder, layer: Any, value: Value) -> Value:
    """Zeros or ones in the shape of a value."""
    dtype = layer.options["dtype"] or value.dtype
    fill = int(layer.operation == "ones_like")
    shape = graph.op("Shape", value, dtype="int64")
    return graph.op("Expand", graph.constant(np.array(fill), dtype), shape)


@layer_converter(operation_class("concatenate"))
def concatenate(graph: GraphBuilder, layer: Any, values: Any) -> Value:
    """Values joined along an axis."""
    return graph.op("Concat", *together(graph, *values), axis=layer.options["axis"])
