"""Converters of activations as layers."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.export.onnx.converters.activations import choose, elu, leaky_relu, relu
from kerasish.export.onnx.converters.normalizing_activations import softmax
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value


@layer_converter(layers.ReLU)
def convert_relu(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Apply the function."""
    return relu(graph, inputs, layer.negative_slope, layer.max_value, layer.threshold)


@layer_converter(layers.LeakyReLU)
def convert_leaky_relu(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Apply the function."""
    return leaky_relu(graph, inputs, layer.negative_slope)


@layer_converter(layers.ELU)
def convert_elu(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Apply the function."""
    return elu(graph, inputs, layer.alpha)


@layer_converter(layers.PReLU)
def convert_prelu(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Multiply negative entries by slopes of their own."""
    slopes = graph.weight(layer, "alpha", lambda: layer.alpha, layer.variable_dtype)
    below = graph.op("Relu", graph.op("Neg", inputs))
    return graph.op("Sub", graph.op("Relu", inputs), graph.op("Mul", slopes, below))


@layer_converter(layers.Softmax)
def convert_softmax(
    graph: GraphBuilder, layer: Any, inputs: Value, mask: Value | None = None
) -> Value:
    """Apply the function; where the mask is False the output is zero."""
    where, x = None, inputs
    if mask is not None:
        where = mask
        if mask.dtype != "bool":
            half = graph.number(0.5, mask)
            where = graph.op("Greater", mask, half, dtype="bool")
        low = graph.number(-3e4 if inputs.dtype == "float16" else -1e9, inputs)
        assert inputs.shape is not None
        x = choose(graph, where, inputs, low).with_shape(inputs.shape)
    several = isinstance(layer.axis, (list, tuple))
    outputs = softmax(graph, x, tuple(layer.axis) if several else layer.axis)
    return outputs if where is None else choose(graph, where, outputs, graph.number(0, outputs))
