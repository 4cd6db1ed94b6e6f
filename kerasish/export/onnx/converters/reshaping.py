"""Converters of the layers that give values another shape or order."""

from __future__ import annotations

import math
from typing import Any

from kerasish import layers
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value


@layer_converter(layers.Flatten)
def convert_flatten(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Make one axis of all but the first."""
    rank = inputs.ndim
    if rank == 1:
        return graph.op("Unsqueeze", inputs, graph.ints(1))
    assert inputs.shape is not None
    sizes = inputs.shape[1:]
    if layer.data_format == "channels_first" and rank > 2:
        inputs = graph.op("Transpose", inputs, perm=[0, *range(2, rank), 1])
    if None not in sizes:
        return graph.reshape(inputs, -1, math.prod(sizes))  # type: ignore[arg-type]
    return graph.reshape(inputs, graph.size(inputs, 0), -1)


@layer_converter(layers.Permute)
def convert_permute(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Reorder the axes."""
    return graph.op("Transpose", inputs, perm=[0, *layer.dims])


@layer_converter(layers.RepeatVector)
def convert_repeat_vector(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Repeat along a new axis of time."""
    return graph.op("Tile", graph.op("Unsqueeze", inputs, graph.ints(1)), graph.ints(1, layer.n, 1))


@layer_converter(layers.Reshape)
def convert_reshape(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Reshape all but the first axis."""
    if -1 not in layer.target_shape and 0 not in layer.target_shape:
        return graph.reshape(inputs, -1, *layer.target_shape)
    return graph.reshape(inputs, graph.size(inputs, 0), *layer.target_shape)
