"""Converters of convolutions and of their transposes."""

from __future__ import annotations

from typing import Any

from kerasish.export.onnx.converters.axes import move_axis
from kerasish.export.onnx.converters.padding import same_padding
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.layer_call import activate
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value
from kerasish.layers.convolutional.conv import Conv1D, Conv2D, Conv3D
from kerasish.layers.convolutional.conv_transpose import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
)
from kerasish.layers.convolutional.depthwise_conv import DepthwiseConv1D, DepthwiseConv2D
from kerasish.layers.convolutional.separable_conv import SeparableConv1D, SeparableConv2D


@layer_converter(Conv1D, Conv2D, Conv3D, DepthwiseConv1D, DepthwiseConv2D)
def convert_convolution(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Convolve, with the padding of TensorFlow."""
    x = _channels_first(graph, layer, inputs)
    return _activated(graph, layer, inputs, _convolve(graph, layer, "conv", x))


@layer_converter(SeparableConv1D, SeparableConv2D)
def convert_separable_convolution(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Convolve each channel by itself, then join the channels."""
    x = _convolve(graph, layer, "depthwise", _channels_first(graph, layer, inputs))
    joined = graph.op("Conv", x, *_weights(graph, layer, "pointwise"))
    return _activated(graph, layer, inputs, joined)


@layer_converter(Conv1DTranspose, Conv2DTranspose, Conv3DTranspose)
def convert_transposed_convolution(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Apply the transposed convolution; cut its result where TensorFlow's is shorter."""
    x = _channels_first(graph, layer, inputs)
    module = layer.conv
    result = graph.op(
        "ConvTranspose",
        x,
        *_weights(graph, layer, "conv"),
        strides=list(module.stride),
        dilations=list(module.dilation),
        pads=[*module.padding, *module.padding],
        output_padding=list(module.output_padding),
    )
    axes = [axis for axis, cut in enumerate(layer._cut_ends, 2) if cut]
    if axes:
        ends = [-cut for cut in layer._cut_ends if cut]
        bounds = ([0] * len(axes), ends, axes)
        result = graph.op("Slice", result, *(graph.ints(*numbers) for numbers in bounds))
    return _activated(graph, layer, inputs, result)


def _convolve(graph: GraphBuilder, layer: Any, held: str, x: Value) -> Value:
    """Write the convolution of a held module over `(batch, channels, ...)`."""
    return graph.op(
        "Conv",
        x,
        *_weights(graph, layer, held),
        strides=list(layer.strides),
        dilations=list(layer.dilation_rate),
        group=getattr(layer, held).groups,
        **_padding(layer, x),
    )


def _padding(layer: Any, x: Value) -> dict[str, Any]:
    """Return the attributes of an operator for a layer's padding."""
    kernel, dilation = layer.kernel_size, layer.dilation_rate
    if layer.padding == "valid":
        return {"pads": [0] * (2 * layer.rank)}
    if layer.padding == "causal":
        return {"pads": [(kernel[0] - 1) * dilation[0], 0]}
    return same_padding(layer, x, kernel, layer.strides, dilation)


def _channels_first(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    if not inputs.is_floating:
        inputs = graph.cast(inputs, layer.compute_dtype)
    last = layer.data_format == "channels_last"
    return move_axis(graph, inputs, -1, 1) if last else inputs


def _weights(graph: GraphBuilder, layer: Any, held: str) -> list[Value | None]:
    module, dtype = getattr(layer, held), layer.variable_dtype
    kernel = graph.weight(layer, f"{held}.kernel", lambda: module.weight, dtype)
    if module.bias is None:
        return [kernel, None]
    return [kernel, graph.weight(layer, f"{held}.bias", lambda: module.bias, dtype)]


def _activated(graph: GraphBuilder, layer: Any, inputs: Value, result: Value) -> Value:
    """Return the output in the layout of the data."""
    if layer.data_format == "channels_last":
        order = [0, *range(2, inputs.ndim), 1]
        result = graph.op("Transpose", result, perm=order)
    shape = layer.compute_output_shape(inputs.shape)
    return activate(graph, layer, layer.activation, result.with_shape(shape))
