"""Converters of the layers that crop, pad and enlarge."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish import layers
from kerasish.export.onnx.converters.axes import move_axis
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value

_END = np.iinfo(np.int64).max


@layer_converter(layers.Cropping1D, layers.Cropping2D, layers.Cropping3D)
def convert_cropping(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Cut entries off both ends of the axes of space."""
    starts = [before for before, _ in layer._sides]
    ends = [-after if after else _END for _, after in layer._sides]
    bounds = (starts, ends, list(layer._axes))
    return graph.op("Slice", inputs, *(graph.ints(*numbers) for numbers in bounds))


@layer_converter(layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D)
def convert_zero_padding(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Put zeros before and after the axes of space."""
    before, after = [0] * inputs.ndim, [0] * inputs.ndim
    for axis, pair in zip(layer._axes, layer._sides, strict=True):
        before[axis], after[axis] = pair
    return graph.op("Pad", inputs, graph.ints(*before, *after), graph.number(0, inputs))


@layer_converter(layers.UpSampling1D, layers.UpSampling2D, layers.UpSampling3D)
def convert_up_sampling(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Repeat the entries of the axes of space, or interpolate between them."""
    interpolation = getattr(layer, "interpolation", "nearest")
    if interpolation == "bilinear":
        return _interpolate(graph, layer, inputs)
    if interpolation != "nearest":
        raise ExportError(
            f"Layer '{layer.name}' (UpSampling2D) is exported with interpolation='nearest' or "
            f"'bilinear'. Received: interpolation={interpolation!r}"
        )
    for axis, factor in zip(layer._axes, layer._factors, strict=True):
        shape = inputs.shape
        # Repeat along an axis of its own, which is then joined to the one before it.
        apart = graph.op("Unsqueeze", inputs, graph.ints(axis + 1))
        counts = [factor if one == axis + 1 else 1 for one in range(inputs.ndim + 1)]
        tiled = graph.op("Tile", apart, graph.ints(*counts))
        kept = [0] * axis + [-1]
        rest = [graph.size(inputs, one) for one in range(axis + 1, inputs.ndim)]
        joined = graph.reshape(tiled, *kept, *rest)
        assert shape is not None
        inputs = joined.with_shape(shape)
    return Value(inputs.name, inputs.dtype)


def _interpolate(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    last = layer.data_format == "channels_last"
    x = move_axis(graph, inputs, -1, 1) if last else inputs
    factors = graph.ints(1, 1, *layer.size)
    sizes = graph.op("Mul", graph.op("Shape", x, dtype="int64"), factors)
    result = graph.op("Resize", x, None, None, sizes, mode="linear")
    return graph.op("Transpose", result, perm=[0, 2, 3, 1]) if last else result
