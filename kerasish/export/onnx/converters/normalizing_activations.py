"""Activations that make a distribution of an axis. Formulas: see `kerasish.activations`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import activations
from kerasish.export.onnx.converters.activations import choose
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import activation_converter
from kerasish.export.onnx.value import Value


def _over_axes(
    graph: GraphBuilder, kind: str, x: Value, axis: Any, several: Callable[[list[int]], Value]
) -> Value:
    if isinstance(axis, int):
        return graph.op(kind, x, axis=axis)
    return several(list(range(x.ndim)) if axis is None else [a % x.ndim for a in axis])


@activation_converter(activations.softmax)
def softmax(graph: GraphBuilder, x: Value, axis: Any = -1) -> Value:
    """Softmax over one axis or several."""

    def several(axes: list[int]) -> Value:
        above = graph.op("Sub", x, graph.reduce("ReduceMax", x, axes, keepdims=True))
        powers = graph.op("Exp", above)
        return graph.op("Div", powers, graph.reduce("ReduceSum", powers, axes, keepdims=True))

    return _over_axes(graph, "Softmax", x, axis, several)


@activation_converter(activations.log_softmax)
def log_softmax(graph: GraphBuilder, x: Value, axis: Any = -1) -> Value:
    """Logarithm of softmax."""

    def several(axes: list[int]) -> Value:
        above = graph.op("Sub", x, graph.reduce("ReduceMax", x, axes, keepdims=True))
        total = graph.reduce("ReduceSum", graph.op("Exp", above), axes, keepdims=True)
        return graph.op("Sub", above, graph.op("Log", total))

    return _over_axes(graph, "LogSoftmax", x, axis, several)


@activation_converter(activations.sparsemax)
def sparsemax(graph: GraphBuilder, x: Value, axis: int = -1) -> Value:
    """Sparsemax as Keras computes it."""
    where = axis % x.ndim
    count = graph.size(x, where)
    ordered = graph.ops("TopK", x, count, outputs=2, axis=where)[0]
    number = graph.constant(where, "int64")
    sums = graph.op("CumSum", ordered, number)
    one = graph.number(1.0, x)
    ones = graph.op("Add", graph.op("Mul", x, graph.number(0.0, x)), one)
    ranks = graph.op("CumSum", ones, number)
    excess = graph.op("Sub", ordered, graph.op("Div", graph.op("Sub", sums, one), ranks))
    zero = graph.number(0.0, x)
    inside = graph.op("Greater", excess, zero, dtype="bool")
    size = graph.reduce("ReduceSum", graph.cast(inside, x.dtype), [where], keepdims=True)
    total = graph.reduce("ReduceSum", choose(graph, inside, sums, zero), [where], keepdims=True)
    tau = graph.op("Div", graph.op("Sub", total, one), size)
    return graph.op("Relu", graph.op("Sub", x, tau))
