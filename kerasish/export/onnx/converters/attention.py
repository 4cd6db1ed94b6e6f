"""Converters of the attention layers. Formulas: see the layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value
from kerasish.layers.attention.attention import AdditiveAttention, Attention


@layer_converter(Attention, AdditiveAttention)
def convert_attention(
    graph: GraphBuilder,
    layer: Any,
    inputs: list[Value],
    mask: Any = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
) -> Any:
    """Weigh the values by the softmax of the scores of queries and keys."""
    query, value, key = inputs[0], inputs[1], inputs[-1]
    scores = _scores(graph, layer, query, key)
    query_mask, allowed = (mask[0], mask[1]) if mask else (None, None)
    if allowed is not None:
        allowed = graph.op("Unsqueeze", graph.cast(allowed, "bool"), graph.ints(-2))
    if use_causal_mask:
        causal = _causal(graph, query, key)
        allowed = causal if allowed is None else graph.op("And", allowed, causal)
    if allowed is not None:
        large = graph.number(65504.0 if scores.dtype == "float16" else 1e9, scores)
        lowered = graph.op("Sub", scores, large)
        scores = graph.op("Where", allowed, scores, lowered, dtype=scores.dtype)
    weights = graph.op("Softmax", scores, axis=-1)
    result = graph.op("MatMul", weights, value)
    if query_mask is not None:
        rows = graph.op("Unsqueeze", graph.cast(query_mask, "bool"), graph.ints(-1))
        result = graph.op("Where", rows, result, graph.number(0, result), dtype=result.dtype)
    return (result, weights) if return_attention_scores else result


def _scores(graph: GraphBuilder, layer: Any, query: Value, key: Value) -> Value:
    dtype = layer.variable_dtype
    scale = None
    if layer.scale is not None:
        scale = graph.weight(layer, "scale", lambda: layer.scale, dtype)
    additive = isinstance(layer, AdditiveAttention)
    if not additive and layer.score_mode == "dot":
        products = graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 2, 1]))
        return products if scale is None else graph.op("Mul", products, scale)
    pairs = (graph.op("Unsqueeze", one, graph.ints(-i)) for one, i in ((query, 2), (key, 3)))
    total = graph.op("Add", *pairs)
    if scale is not None and not additive:
        total = graph.op("Mul", total, scale)
    terms = graph.op("Tanh", total)
    if scale is not None and additive:
        terms = graph.op("Mul", terms, scale)
    summed = graph.reduce("ReduceSum", terms, [3])
    if additive:
        return summed
    weight = graph.weight(layer, "concat_score_weight", lambda: layer.concat_score_weight, dtype)
    return graph.op("Mul", summed, weight)


def _causal(graph: GraphBuilder, query: Value, key: Value) -> Value:
    """Which keys `(1, time, steps)` are not later than the query."""
    return graph.op("GreaterOrEqual", *positions(graph, query, key, 1), dtype="bool")


def positions(graph: GraphBuilder, query: Value, key: Value, axis: int) -> tuple[Value, Value]:
    """Return the positions of queries, `(1, time, 1)`, and of keys, `(1, 1, steps)`."""
    zero, one = graph.constant(np.int64(0)), graph.constant(np.int64(1))
    rows, columns = (
        graph.op("Range", zero, graph.op("Squeeze", graph.size(value, axis)), one)
        for value in (query, key)
    )
    return (
        graph.op("Unsqueeze", rows, graph.ints(0, 2)),
        graph.op("Unsqueeze", columns, graph.ints(0, 1)),
    )
