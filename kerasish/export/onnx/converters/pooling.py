"""Converters of the pooling layers."""

from __future__ import annotations

from typing import Any

from kerasish.export.onnx.converters.axes import move_axis
from kerasish.export.onnx.converters.padding import same_padding
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value
from kerasish.layers.pooling import adaptive, whole, windows


@layer_converter(
    windows.MaxPooling1D,
    windows.MaxPooling2D,
    windows.MaxPooling3D,
    windows.AveragePooling1D,
    windows.AveragePooling2D,
    windows.AveragePooling3D,
)
def convert_pooling(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Pool windows; padding counts nowhere."""
    last = layer.data_format == "channels_last"
    x = move_axis(graph, inputs, -1, 1) if last else inputs
    largest = isinstance(layer, windows.MaxPooling)
    padding: dict[str, Any] = {}
    if layer.padding.lower() == "same":
        padding = same_padding(layer, x, layer.pool_size, layer.strides, (1,) * layer.rank)
    result = graph.op(
        "MaxPool" if largest else "AveragePool",
        x,
        kernel_shape=list(layer.pool_size),
        strides=list(layer.strides),
        count_include_pad=None if largest else 0,
        **padding,
    )
    return _channels_last(graph, inputs, result) if last else result


@layer_converter(
    whole.GlobalMaxPooling1D,
    whole.GlobalMaxPooling2D,
    whole.GlobalMaxPooling3D,
    whole.GlobalAveragePooling2D,
    whole.GlobalAveragePooling3D,
)
def convert_global_pooling(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Pool all of space."""
    kind = "ReduceMax" if isinstance(layer, whole.GlobalMaxPooling) else "ReduceMean"
    return graph.reduce(kind, inputs, list(layer._axes), keepdims=layer.keepdims)


@layer_converter(whole.GlobalAveragePooling1D)
def convert_global_average(
    graph: GraphBuilder, layer: Any, inputs: Value, mask: Any = None
) -> Value:
    """Take the mean over the steps that the mask does not leave out."""
    axes, keep = list(layer._axes), layer.keepdims
    if mask is None:
        return graph.reduce("ReduceMean", inputs, axes, keepdims=keep)
    channels = 2 if layer.data_format == "channels_last" else 1
    where = graph.op("Unsqueeze", graph.cast(mask, "bool"), graph.ints(channels))
    kept = graph.op("Where", where, inputs, graph.number(0, inputs), dtype=inputs.dtype)
    total = graph.reduce("ReduceSum", kept, axes, keepdims=keep)
    count = graph.reduce("ReduceSum", graph.cast(where, inputs.dtype), axes, keepdims=keep)
    return graph.op("Div", total, count)


@layer_converter(
    adaptive.AdaptiveAveragePooling1D,
    adaptive.AdaptiveAveragePooling2D,
    adaptive.AdaptiveAveragePooling3D,
    adaptive.AdaptiveMaxPooling1D,
    adaptive.AdaptiveMaxPooling2D,
    adaptive.AdaptiveMaxPooling3D,
)
def convert_adaptive_pooling(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Pool axis by axis: window `i` of `n` reaches from `floor(i L / n)` to `ceil((i + 1) L / n)`.

    Raises:
        ExportError: If a size is open, since it decides on the windows.
    """
    assert inputs.shape is not None
    largest = type(layer).__name__.startswith("AdaptiveMax")
    first = 1 if layer.data_format == "channels_last" else 2
    for axis, count in enumerate(layer.output_size, first):
        size = inputs.shape[axis]
        if size is None:
            raise ExportError(
                f"Layer '{layer.name}' ({type(layer).__name__}) is exported for inputs of a known "
                f"size; give it in the Input. Received: inputs of shape {inputs.shape}"
            )
        parts = []
        for index in range(count):
            bounds = ([index * size // count], [-(-(index + 1) * size // count)], [axis])
            window = graph.op("Slice", inputs, *(graph.ints(*numbers) for numbers in bounds))
            kind = "ReduceMax" if largest else "ReduceMean"
            parts.append(graph.reduce(kind, window, [axis], keepdims=True))
        joined = parts[0] if count == 1 else graph.op("Concat", *parts, axis=axis)
        inputs = joined.with_shape(inputs.shape)
    return Value(inputs.name, inputs.dtype)


def _channels_last(graph: GraphBuilder, inputs: Value, result: Value) -> Value:
    return graph.op("Transpose", result, perm=[0, *range(2, inputs.ndim), 1])
