"""Converters of the layers that join several inputs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from kerasish import layers
from kerasish.export.onnx.converters.activations import choose
from kerasish.export.onnx.converters.core import any_along
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter, mask_converter
from kerasish.export.onnx.value import Value, common_dtype

_OPERATORS = {
    layers.Add: "Add",
    layers.Average: "Add",
    layers.Subtract: "Sub",
    layers.Multiply: "Mul",
    layers.Maximum: "Max",
    layers.Minimum: "Min",
}


def _aligned(graph: GraphBuilder, inputs: Sequence[Value]) -> list[Value]:
    """Bring inputs to one dtype and rank: axes of size 1 go behind the batch axis."""
    dtype = common_dtype(*inputs)
    rank = max(one.ndim for one in inputs)
    result = []
    for one in inputs:
        cast = graph.cast(one, dtype)
        if one.ndim < rank:
            axes = range(1, 1 + rank - one.ndim)
            cast = graph.op("Unsqueeze", cast, graph.ints(*axes))
        result.append(cast)
    return result


def _join(graph: GraphBuilder, kind: str, inputs: Sequence[Value]) -> Value:
    aligned = _aligned(graph, inputs)
    return functools.reduce(lambda one, other: graph.op(kind, one, other), aligned)


@layer_converter(layers.Add, layers.Subtract)
def convert_elementwise(graph: GraphBuilder, layer: Any, inputs: Sequence[Value]) -> Value:
    """Join the inputs entry by entry."""
    return _join(graph, _OPERATORS[type(layer)], inputs)


@layer_converter(layers.Average)
def convert_average(graph: GraphBuilder, layer: Any, inputs: Sequence[Value]) -> Value:
    """Divide the sum by the number of inputs."""
    total = _join(graph, "Add", inputs)
    if not total.is_floating:
        total = graph.cast(total, "float32")
    return graph.op("Div", total, graph.number(len(inputs), total))


def _mask_like(graph: GraphBuilder, value: Value) -> Value | None:
    """Return a value's mask with a last axis of size 1, or None."""
    if value.mask is None:
        return None
    spread = graph.op("Unsqueeze", value.mask, graph.ints(-1))
    assert value.shape is not None
    return spread.with_shape((*value.shape[:-1], 1))


@layer_converter(layers.Multiply)
def convert_multiply(graph: GraphBuilder, layer: Any, inputs: Sequence[Value]) -> Value:
    """Multiply; masked entries count as one."""
    masks = [_mask_like(graph, one) for one in inputs]
    filled = [
        one
        if mask is None or one.shape is None
        else choose(graph, mask, one, graph.number(1, one)).with_shape(one.shape)
        for one, mask in zip(inputs, masks, strict=True)
    ]
    output = _join(graph, "Mul", filled)
    present = [mask for mask in masks if mask is not None]
    if len(present) < len(masks):
        return output
    joined = _any_of(graph, present)
    return choose(graph, joined, output, graph.number(0, output)).with_mask(
        any_along(graph, joined, -1)
    )


@layer_converter(layers.Maximum, layers.Minimum)
def convert_extremum(graph: GraphBuilder, layer: Any, inputs: Sequence[Value]) -> Value:
    """Choose entry by entry; a masked entry leaves the choice to the others."""
    kind = _OPERATORS[type(layer)]
    masks = [_mask_like(graph, one) for one in inputs]
    if all(mask is None for mask in masks):
        return _join(graph, kind, inputs)
    output, valid = inputs[0], masks[0]
    for one, mask in zip(inputs[1:], masks[1:], strict=True):
        output, one = _same_type(graph, output, one)
        shape = output.shape
        assert shape is not None
        if mask is not None:
            one = choose(graph, mask, one, output).with_shape(shape)
        if valid is not None:
            output = choose(graph, valid, output, one).with_shape(shape)
        both = mask is not None and valid is not None
        valid = _any_of(graph, [valid, mask]) if both else None  # type: ignore[list-item]
        output = _join(graph, kind, [output, one]).with_shape(shape)
    return output if valid is None else output.with_mask(any_along(graph, valid, -1))


def _same_type(graph: GraphBuilder, one: Value, other: Value) -> tuple[Value, Value]:
    dtype = common_dtype(one, other)
    return graph.cast(one, dtype), graph.cast(other, dtype)


def _any_of(graph: GraphBuilder, masks: Sequence[Value]) -> Value:
    joined = functools.reduce(lambda one, other: graph.op("Or", one, other), masks)
    return joined if masks[0].shape is None else joined.with_shape(masks[0].shape)


@mask_converter(
    layers.Add, layers.Average, layers.Subtract, layers.Multiply, layers.Maximum, layers.Minimum
)
def merged_mask(graph: GraphBuilder, layer: Any, inputs: Any, mask: Any) -> Value | None:
    """Return where any of the inputs is valid; None if one of them has no mask."""
    if mask is None or any(one is None for one in mask):
        return None
    return _any_of(graph, mask)


@layer_converter(layers.Concatenate)
def convert_concatenate(graph: GraphBuilder, layer: Any, inputs: Sequence[Value]) -> Value:
    """Join the inputs along the axis."""
    dtype = common_dtype(*inputs)
    cast = [graph.cast(one, dtype) for one in inputs]
    return graph.op("Concat", *cast, axis=layer.axis)


@mask_converter(layers.Concatenate)
def concatenated_mask(graph: GraphBuilder, layer: Any, inputs: Any, mask: Any) -> Value | None:
    """Join the masks along the axis; an input without one counts as valid throughout."""
    if mask is None or all(one is None for one in mask):
        return None
    full = []
    for tensor, one in zip(inputs, mask, strict=True):
        shape = graph.op("Shape", tensor, dtype="int64")
        if one is None:
            one = graph.constant(True)
        elif one.ndim < tensor.ndim:
            one = graph.op("Unsqueeze", one, graph.ints(-1))
        full.append(graph.op("Expand", one, shape))
    joined = graph.op("Concat", *full, axis=layer.axis)
    return any_along(graph, joined.with_shape(inputs[0].shape), -1)


@layer_converter(layers.Dot)
def convert_dot(graph: GraphBuilder, layer: Any, inputs: Sequence[Value]) -> Value:
    """Multiply sample by sample, and sum over an axis of each."""
    shapes = [one.shape for one in inputs]
    axes = layer._axes_of(shapes)
    first, second = _same_type(graph, *inputs)
    moved: list[Value] = []
    free: list[Value | int] = []
    for one, axis in zip((first, second), axes, strict=True):
        if layer.normalize:
            one = _unit_length(graph, one, axis)
        rest = [i for i in range(1, one.ndim) if i != axis]
        free += [_size(graph, one, i) for i in rest]
        turned = graph.op("Transpose", one, perm=[0, *rest, axis])
        sizes: list[Any] = [graph.size(one, 0), -1, _size(graph, one, axis)]
        moved.append(
            graph.reshape(turned, *sizes) if rest else graph.reshape(turned, sizes[0], 1, -1)
        )
    product = graph.op("MatMul", moved[0], graph.op("Transpose", moved[1], perm=[0, 2, 1]))
    return graph.reshape(product, graph.size(first, 0), *(free or [1]))


def _size(graph: GraphBuilder, value: Value, axis: int) -> Value | int:
    assert value.shape is not None
    known = value.shape[axis]
    return graph.size(value, axis) if known is None else known


def _unit_length(graph: GraphBuilder, value: Value, axis: int) -> Value:
    squares = graph.reduce("ReduceSum", graph.op("Mul", value, value), [axis], keepdims=True)
    floor = graph.op("Clip", squares, graph.number(1e-12, value))
    assert value.shape is not None
    return graph.op("Div", value, graph.op("Sqrt", floor)).with_shape(value.shape)


@mask_converter(layers.Dot)
def dot_mask(graph: GraphBuilder, layer: Any, inputs: Any, mask: Any) -> None:
    """The result has no mask."""
    return
