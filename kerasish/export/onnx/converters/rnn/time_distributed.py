"""Converter of `TimeDistributed`: time is folded into the batch."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.layer_call import call_layer
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value


@layer_converter(layers.TimeDistributed)
def convert_time_distributed(
    graph: GraphBuilder, layer: Any, inputs: Value, mask: Any = None
) -> Value:
    """Run the layer on all steps at once."""
    assert inputs.shape is not None
    given = {}
    if mask is not None and "mask" in layer.layer._signature.accepted:
        if mask.ndim < 3:
            raise ExportError(
                f"Layer '{layer.name}' (TimeDistributed) hands its mask on to layer "
                f"'{layer.layer.name}', which needs one of each step's own. "
                f"Received: a mask of shape {mask.shape}"
            )
        given["mask"] = fold(graph, mask)
    folded = call_layer(graph, layer.layer, fold(graph, inputs), **given)
    return unfold(graph, folded, inputs)


def fold(graph: GraphBuilder, value: Value) -> Value:
    """Join the axes of batch and time."""
    assert value.shape is not None
    rest = _sizes(graph, value, range(2, value.ndim))
    return graph.reshape(value, _joined(graph, value), *rest).with_shape((None, *value.shape[2:]))


def unfold(graph: GraphBuilder, folded: Value, like: Value) -> Value:
    """Split the first axis into batch and time, as a value has them."""
    rest = _sizes(graph, folded, range(1, folded.ndim))
    return graph.reshape(folded, graph.size(like, 0), graph.size(like, 1), *rest)


def _joined(graph: GraphBuilder, value: Value) -> Value | int:
    """The product of batch and time: -1, where no other size is left to be found."""
    if None not in value.shape[2:]:  # type: ignore[index]
        return -1
    return graph.op("Mul", graph.size(value, 0), graph.size(value, 1))


def _sizes(graph: GraphBuilder, value: Value, axes: Any) -> list[Value | int]:
    assert value.shape is not None
    return [
        graph.size(value, axis) if value.shape[axis] is None else value.shape[axis]  # type: ignore[misc]
        for axis in axes
    ]
