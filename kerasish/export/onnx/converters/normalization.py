"""Converters of the normalizing layers. Formulas: see the layers themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.export.onnx.graph_builder import GraphBuilder, to_array
from kerasish.export.onnx.layer_call import call_layer
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value
from kerasish.layers.normalization.batch_normalization import BatchNormalization
from kerasish.layers.normalization.group_normalization import GroupNormalization
from kerasish.layers.normalization.layer_normalization import LayerNormalization
from kerasish.layers.normalization.rms_normalization import RMSNormalization
from kerasish.layers.normalization.spectral_normalization import SpectralNormalization
from kerasish.layers.normalization.unit_normalization import UnitNormalization


@layer_converter(BatchNormalization)
def convert_batch_normalization(
    graph: GraphBuilder, layer: Any, inputs: Value, mask: Any = None
) -> Value:
    """Scale and shift each channel by the moving statistics; masks count in training alone."""
    x = _at_least_float32(graph, inputs)
    after = (1,) * (inputs.ndim - 1 - layer.axis % inputs.ndim)

    def factor() -> np.ndarray:
        norm = layer.norm
        variance = to_array(norm.running_var).astype(np.float64)
        gamma = 1.0 if norm.weight is None else to_array(norm.weight).astype(np.float64)
        return (gamma / np.sqrt(variance + layer.epsilon)).reshape(-1, *after)

    def offset() -> np.ndarray:
        norm = layer.norm
        mean = to_array(norm.running_mean).astype(np.float64).reshape(-1, *after)
        beta = 0.0 if norm.bias is None else to_array(norm.bias).reshape(-1, *after)
        return beta - mean * factor()

    # Their shape follows the rank of the inputs, so that each rank has its own.
    rank = inputs.ndim
    scaled = graph.op("Mul", x, graph.weight(layer, f"factor_{rank}", factor, x.dtype))
    shifted = graph.op("Add", scaled, graph.weight(layer, f"offset_{rank}", offset, x.dtype))
    return graph.cast(shifted, layer.compute_dtype)


@layer_converter(LayerNormalization)
def convert_layer_normalization(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Normalize each sample over its last axes, with other axes moved there."""
    x = _at_least_float32(graph, inputs)
    axes = sorted(axis % inputs.ndim for axis in layer.axis)
    order = [axis for axis in range(inputs.ndim) if axis not in axes] + axes
    turned = order != sorted(order)
    if turned:
        x = graph.op("Transpose", x, perm=order)
    first = inputs.ndim - len(axes)
    last = list(range(first, inputs.ndim))
    gamma, beta = _gamma_and_beta(graph, layer, x)
    if x.dtype == "float64" or layer.rms_scaling:
        # The operator's epsilon is a float32.
        centered = graph.op("Sub", x, graph.reduce("ReduceMean", x, last, keepdims=True))
        variance = _mean_square(graph, centered, last)
        divided = x if layer.rms_scaling else centered
        result = graph.op("Mul", _divide_by_root(graph, divided, variance, layer.epsilon), gamma)
        result = result if beta is None else graph.op("Add", result, beta)
    else:
        result = graph.op(
            "LayerNormalization", x, gamma, beta, axis=first, epsilon=float(layer.epsilon)
        )
    if turned:
        result = graph.op("Transpose", result, perm=[int(i) for i in np.argsort(order)])
    return graph.cast(result, layer.compute_dtype)


@layer_converter(GroupNormalization)
def convert_group_normalization(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Normalize each sample over groups of its channels."""
    x = _at_least_float32(graph, inputs)
    rank, axis = inputs.ndim, layer.axis % inputs.ndim
    order = [0, axis, *(other for other in range(1, rank) if other != axis)]
    turned = order != sorted(order)
    if turned:
        x = graph.op("Transpose", x, perm=order)
    shape = graph.op("Shape", x, dtype="int64")
    grouped = graph.op("Reshape", x, graph.ints(0, layer.groups, -1))
    centered = graph.op("Sub", grouped, graph.reduce("ReduceMean", grouped, [2], keepdims=True))
    variance = _mean_square(graph, centered, [2])
    normal = _divide_by_root(graph, centered, variance, layer.epsilon)
    gamma, beta = _gamma_and_beta(graph, layer, x, (1,) * (rank - 2))
    result = graph.op("Mul", graph.op("Reshape", normal, shape), gamma)
    if beta is not None:
        result = graph.op("Add", result, beta)
    if turned:
        result = graph.op("Transpose", result, perm=[int(i) for i in np.argsort(order)])
    return graph.cast(result, layer.compute_dtype)


@layer_converter(RMSNormalization)
def convert_rms_normalization(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Divide each sample by its root mean square."""
    x = _at_least_float32(graph, inputs)
    axes = [axis % inputs.ndim for axis in layer.axis]
    normal = _divide_by_root(graph, x, _mean_square(graph, x, axes), layer.epsilon)
    scale = graph.weight(layer, "scale", lambda: layer.norm.weight, x.dtype)
    result = graph.op("Mul", normal, scale)
    return graph.cast(result, inputs.dtype) if inputs.is_floating else result


@layer_converter(UnitNormalization)
def convert_unit_normalization(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Divide by the Euclidean norm; zeros stay zeros."""
    axes = layer.axis if isinstance(layer.axis, list) else [layer.axis]
    squares = graph.op("Mul", inputs, inputs)
    total = graph.reduce("ReduceSum", squares, [axis % inputs.ndim for axis in axes], True)
    inverse = graph.op("Reciprocal", graph.op("Sqrt", total))
    return graph.op("Mul", inputs, graph.op("Min", inverse, graph.number(1e12, inputs)))


@layer_converter(SpectralNormalization)
def convert_spectral_normalization(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Call the layer: its kernel is normalized in training alone."""
    outputs = call_layer(graph, layer.layer, inputs)
    return graph.cast(outputs, inputs.dtype) if inputs.is_floating else outputs


def _at_least_float32(graph: GraphBuilder, inputs: Value) -> Value:
    return inputs if inputs.dtype == "float64" else graph.cast(inputs, "float32")


def _mean_square(graph: GraphBuilder, x: Value, axes: list[int]) -> Value:
    return graph.reduce("ReduceMean", graph.op("Mul", x, x), axes, keepdims=True)


def _divide_by_root(graph: GraphBuilder, x: Value, square: Value, epsilon: float) -> Value:
    lifted = graph.op("Add", square, graph.number(epsilon, square))
    return graph.op("Div", x, graph.op("Sqrt", lifted))


def _gamma_and_beta(
    graph: GraphBuilder, layer: Any, x: Value, after: Sequence[int] = ()
) -> tuple[Value, Value | None]:
    """Gamma, ones if there is none, and beta, None if there is none.

    Args:
        graph: Where to.
        layer: The layer.
        x: What they are multiplied with and added to.
        after: Axes of size 1 that stand behind their own.
    """
    norm = layer.norm
    shape = tuple(getattr(norm, "normalized_shape", None) or (norm.num_channels,))

    def made(tensor: Any) -> np.ndarray:
        array = np.ones(shape) if tensor is None else to_array(tensor)
        return array.reshape(*array.shape, *after)

    name = f"_{len(after)}" if after else ""
    gamma = graph.weight(layer, f"gamma{name}", lambda: made(norm.weight), x.dtype)
    if norm.bias is None:
        return gamma, None
    return gamma, graph.weight(layer, f"beta{name}", lambda: made(norm.bias), x.dtype)
