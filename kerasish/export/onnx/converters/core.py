"""Converters of the core layers, and of those that do nothing in inference."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.layer_call import activate
from kerasish.export.onnx.registry import layer_converter, mask_converter
from kerasish.export.onnx.value import Value, common_dtype


@layer_converter(
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.Dropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
)
def convert_identity(graph: GraphBuilder, layer: Any, inputs: Any) -> Any:
    """Hand the inputs on, as these layers do in inference."""
    return inputs


@layer_converter(layers.Activation)
def convert_activation(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Apply the activation."""
    return activate(graph, layer, layer.activation, inputs)


@layer_converter(layers.Dense)
def convert_dense(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Multiply by the kernel, add the bias, apply the activation."""
    if not inputs.is_floating:
        inputs = graph.cast(inputs, layer.compute_dtype)
    linear, dtype = layer.linear, layer.variable_dtype
    kernel = graph.weight(layer, "kernel", lambda: linear.weight.T, dtype)
    output = graph.op("MatMul", inputs, kernel)
    if linear.bias is not None:
        output = graph.op("Add", output, graph.weight(layer, "bias", lambda: linear.bias, dtype))
    assert inputs.shape is not None
    output = output.with_shape((*inputs.shape[:-1], layer.units))
    return activate(graph, layer, layer.activation, output)


@layer_converter(layers.EinsumDense)
def convert_einsum_dense(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Multiply as the equation says, add the bias, apply the activation."""
    if not inputs.is_floating:
        inputs = graph.cast(inputs, layer.compute_dtype)
    dtype = layer.variable_dtype
    kernel = graph.weight(layer, "kernel", lambda: layer.kernel, dtype)
    output = graph.op("Einsum", inputs, kernel, equation=layer.equation)
    if layer.bias is not None:
        output = graph.op("Add", output, graph.weight(layer, "bias", lambda: layer.bias, dtype))
    output = output.with_shape(layer.compute_output_shape(inputs.shape))
    return activate(graph, layer, layer.activation, output)


@layer_converter(layers.Embedding)
def convert_embedding(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Look the rows up; floats are cut to whole numbers."""
    if inputs.dtype not in ("int64", "int32"):
        inputs = graph.cast(inputs, "int32")
    table = graph.weight(layer, "embeddings", lambda: layer.embedding.weight, layer.variable_dtype)
    return graph.op("Gather", table, inputs, axis=0)


@mask_converter(layers.Embedding)
def embedding_mask(graph: GraphBuilder, layer: Any, inputs: Value, mask: Any) -> Value | None:
    """Mask where the index is 0."""
    return differs(graph, inputs, 0) if layer.mask_zero else None


@layer_converter(layers.Masking)
def convert_masking(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Set masked steps to zero; the mask travels with the output."""
    mask = any_along(graph, differs(graph, inputs, layer.mask_value), -1)
    factor = graph.op("Unsqueeze", graph.cast(mask, inputs.dtype), graph.ints(-1))
    return graph.op("Mul", inputs, factor).with_mask(mask)


@mask_converter(layers.Masking)
def masking_mask(graph: GraphBuilder, layer: Any, inputs: Value, mask: Any) -> None:
    """The converter has set the mask already."""
    return


def differs(graph: GraphBuilder, value: Value, number: float) -> Value:
    """Return where a value differs from a number, with the value's shape."""
    kind = graph.kind(common_dtype(value, number))
    # ONNX Runtime compares few of the other types of whole numbers.
    kind = {"uint32": "int64", "uint64": "int64"}.get(kind, kind)
    kind = "int32" if kind in ("int8", "uint8", "int16", "uint16") else kind
    compared = graph.cast(value, kind)
    equal = graph.op("Equal", compared, graph.number(number, compared), dtype="bool")
    differing = graph.op("Not", equal)
    return differing if value.shape is None else differing.with_shape(value.shape)


def any_along(graph: GraphBuilder, condition: Value, axis: int) -> Value:
    """Return whether any entry along an axis is true."""
    assert condition.shape is not None
    where = axis % condition.ndim
    found = graph.reduce("ReduceMax", graph.cast(condition, "int32"), [where])
    shape = (*condition.shape[:where], *condition.shape[where + 1 :])
    return graph.cast(found, "bool").with_shape(shape)
