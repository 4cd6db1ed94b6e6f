"""Converters of layers that scale: of pixels and features, and of Keras's architectures."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import config, layers
from kerasish.applications.convnext import LayerScale, StochasticDepth
from kerasish.applications.inception_resnet_v2 import CustomScaleLayer
from kerasish.export.onnx.converters.core import convert_embedding, embedding_mask
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter, mask_converter
from kerasish.export.onnx.value import Value


@layer_converter(layers.Rescaling)
def convert_rescaling(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Multiply and add."""
    x = graph.cast(inputs, layer.compute_dtype)
    scale, offset = (_constant(graph, one, x) for one in layer.constants(torch.device("cpu")))
    return graph.op("Add", graph.op("Mul", x, scale), offset)


def _constant(graph: GraphBuilder, value: Any, like: Value) -> Value:
    """Return a number or a tensor of the graph's type."""
    if isinstance(value, (int, float)):
        return graph.number(value, like)
    return graph.constant(value.detach().cpu().numpy(), like.dtype)


@layer_converter(layers.Normalization)
def convert_normalization(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Subtract the mean and divide by the deviation, or the other way round."""
    x = graph.cast(inputs, layer.compute_dtype)
    deviation = layer.variance.sqrt().clamp(min=config.epsilon())
    mean, deviation = (_constant(graph, one, x) for one in (layer.mean, deviation))
    if layer.invert:
        return graph.op("Add", graph.op("Mul", x, deviation), mean)
    return graph.op("Div", graph.op("Sub", x, mean), deviation)


@layer_converter(layers.ReversibleEmbedding)
def convert_reversible_embedding(
    graph: GraphBuilder, layer: Any, inputs: Value, reverse: bool = False
) -> Value:
    """Look the rows up, or multiply by the table."""
    if not reverse:
        return convert_embedding(graph, layer, inputs)
    held = layer.embedding
    name, make = "embeddings reversed", lambda: held.weight.T
    if not layer.tie_weights:
        name, make = "reverse_embeddings", lambda: held.reverse_weight.T
    table = graph.weight(layer, name, make, layer.variable_dtype)
    if layer.reverse_dtype is not None:
        inputs, table = (graph.cast(one, layer.reverse_dtype) for one in (inputs, table))
    logits = graph.op("MatMul", inputs, table)
    if layer.logit_soft_cap is None:
        return logits
    cap = graph.number(layer.logit_soft_cap, logits)
    return graph.op("Mul", graph.op("Tanh", graph.op("Div", logits, cap)), cap)


@mask_converter(layers.ReversibleEmbedding)
def reversible_embedding_mask(
    graph: GraphBuilder, layer: Any, inputs: Value, mask: Any
) -> Value | None:
    """Mask where the index is 0; vectors have none."""
    return None if inputs.is_floating else embedding_mask(graph, layer, inputs, mask)


@layer_converter(LayerScale)
def convert_layer_scale(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Multiply each channel by its number."""
    gamma = graph.weight(layer, "gamma", lambda: layer.gamma, layer.variable_dtype)
    return graph.op("Mul", inputs, gamma)


@layer_converter(StochasticDepth)
def convert_stochastic_depth(graph: GraphBuilder, layer: Any, inputs: Value) -> Value:
    """Hand the inputs on, as in inference."""
    return inputs


@layer_converter(CustomScaleLayer)
def convert_custom_scale(graph: GraphBuilder, layer: Any, inputs: list[Value]) -> Value:
    """Add a share of the second input to the first."""
    share = graph.op("Mul", inputs[1], graph.number(layer.scale, inputs[1]))
    return graph.op("Add", inputs[0], share)
