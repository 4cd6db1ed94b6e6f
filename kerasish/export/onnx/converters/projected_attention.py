"""Converters of `MultiHeadAttention` and `GroupQueryAttention`. Formulas: see the layers."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np

from kerasish import layers
from kerasish.export.onnx.converters.activations import choose
from kerasish.export.onnx.converters.attention import positions
from kerasish.export.onnx.converters.normalizing_activations import softmax
from kerasish.export.onnx.converters.steps import lift
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.layer_call import call_layer
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value, mask_in
from kerasish.layers.attention.fused import score_factor


@layer_converter(layers.MultiHeadAttention, layers.GroupQueryAttention)
def convert_projected_attention(
    graph: GraphBuilder,
    layer: Any,
    query: Value,
    value: Value,
    key: Any = None,
    query_mask: Any = None,
    value_mask: Any = None,
    key_mask: Any = None,
    attention_mask: Any = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
) -> Any:
    """Attend between projections."""
    key = value if key is None else key
    grouped = isinstance(layer, layers.GroupQueryAttention)
    axes = (1,) if grouped else layer.attention_axes
    if query_mask is None and not grouped:
        query_mask = mask_in(query)
    assert query.shape is not None
    allowed = _allowed(
        graph,
        layer,
        (query, value),
        axes[0],
        (query_mask, value_mask, key_mask, lift(graph, attention_mask)),
        use_causal_mask,
        len(query.shape) + len(axes),
        -2 * len(axes) - 1,
    )
    q = call_layer(graph, layer._query_dense, _bare(query))
    k = call_layer(graph, layer._key_dense, _bare(key))
    v = call_layer(graph, layer._value_dense, _bare(value))
    if grouped:
        k, v = (_repeated(graph, one, layer.num_repeats) for one in (k, v))
    rank = len(query.shape) + 1
    size = layer.head_dim if grouped else layer.key_dim
    rows, columns, pairs = _letters(rank, axes)
    q = graph.op("Mul", q, graph.number(score_factor(size), q))
    scores = graph.op("Einsum", q, k, equation=f"{rows}y,{columns}y->{pairs}")
    scores = scores.with_shape((None,) * len(pairs))
    if allowed is not None:
        lowest = graph.number(-3e4 if scores.dtype == "float16" else -1e9, scores)
        scores = choose(graph, allowed, scores, lowest).with_shape(scores.shape)
    last = tuple(range(len(pairs) - len(axes), len(pairs)))
    scores = softmax(graph, scores, last[0] if len(last) == 1 else last)
    fused = rank == 4 and not return_attention_scores and layer.dropout == 0
    if allowed is not None and not fused:
        scores = choose(graph, allowed, scores, graph.number(0, scores))
    heads = graph.op("Einsum", scores, v, equation=f"{pairs},{columns}z->{rows}z")
    heads = heads.with_shape((*query.shape[:-1], None, None))
    if layer.use_gate:
        gate = call_layer(graph, layer._gate_dense, _bare(query))
        heads = graph.op("Mul", heads, gate).with_shape(heads.shape)
    output = call_layer(graph, layer._output_dense, heads)
    return (output, scores) if return_attention_scores else output


def _letters(rank: int, axes: tuple[int, ...]) -> tuple[str, str, str]:
    """Return the axes of queries, of keys (both without the features) and of scores, as letters."""
    rows = ascii_lowercase[: rank - 1]
    columns = "".join(ascii_uppercase[i] if i in axes else one for i, one in enumerate(rows))
    rest = "".join(one for i, one in enumerate(rows) if i not in axes)
    both = "".join(rows[axis] for axis in axes) + "".join(columns[axis] for axis in axes)
    return rows, columns, rest + both


def _bare(value: Value) -> Value:
    """Return a value without its mask, which the projections do not use."""
    return Value(value.name, value.dtype, value.shape)


def _repeated(graph: GraphBuilder, value: Value, times: int) -> Value:
    """Repeat each head of `(batch, steps, heads, features)`."""
    assert value.shape is not None
    heads = value.shape[2]
    assert heads is not None
    index = graph.constant(np.repeat(np.arange(heads), times))
    return graph.op("Gather", value, index, axis=2)


def _allowed(
    graph: GraphBuilder,
    layer: Any,
    tensors: tuple[Value, Value],
    axis: int,
    masks: tuple[Any, Any, Any, Any],
    causal: bool,
    rank: int,
    inserted: int,
) -> Value | None:
    """Join the masks, as `kerasish.layers.attention.allowed` does, for scores of a rank."""
    parts = []
    for mask, at in zip(masks, (-1, -2, -2, None), strict=True):
        if mask is None:
            continue
        part = graph.cast(mask, "bool")
        count = len(mask.shape)
        if at is not None:
            part, count = graph.op("Unsqueeze", part, graph.ints(at)), count + 1
        parts.append((part, count))
    if causal or layer.sliding_window is not None:
        rows, columns = positions(graph, *tensors, axis)
        if causal:
            parts.append((graph.op("GreaterOrEqual", rows, columns, dtype="bool"), 3))
        if layer.sliding_window is not None:
            distance = graph.op("Abs", graph.op("Sub", rows, columns))
            window = graph.constant(np.int64(layer.sliding_window))
            parts.append((graph.op("Less", distance, window, dtype="bool"), 3))
    allowed = None
    for part, count in parts:
        places = list(range(rank + inserted + 1 - (rank - count), rank + inserted + 1))
        if places:
            part = graph.op("Unsqueeze", part, graph.ints(*places))
        allowed = part if allowed is None else graph.op("And", allowed, part)
    return allowed
