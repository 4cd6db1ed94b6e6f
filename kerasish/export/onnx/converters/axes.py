"""Moving axes."""

from __future__ import annotations

from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.value import Value


def move_axis(graph: GraphBuilder, value: Value, source: int, target: int) -> Value:
    """Move an axis of a value, whose shape is known, to another place."""
    assert value.shape is not None
    order = list(range(value.ndim))
    axis = order.pop(source)
    order.insert(target % value.ndim, axis)
    if order == sorted(order):
        return value
    moved = graph.op("Transpose", value, perm=order)
    return moved.with_shape(value.shape[axis] for axis in order)
