"""Converter of `Bidirectional`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import layers
from kerasish.export.onnx.converters.rnn.compaction import Compaction, time_mask
from kerasish.export.onnx.converters.rnn.direction import direction_of
from kerasish.export.onnx.converters.rnn.layers import prepare
from kerasish.export.onnx.converters.rnn.operator import Direction, run_operator
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.layer_call import call_layer
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value


def _average(graph: GraphBuilder, forward: Value, backward: Value) -> Value:
    total = graph.op("Add", forward, backward)
    return graph.op("Div", total, graph.number(2, total))


def _concatenate(graph: GraphBuilder, forward: Value, backward: Value) -> Value:
    joined = graph.op("Concat", forward, backward, axis=-1)
    if forward.shape is None or backward.shape is None:
        return joined
    *leading, width = forward.shape
    other = backward.shape[-1]
    # Keras's own shape takes both to be as wide as the forward half.
    assert width is not None
    assert other is not None
    return joined.with_shape((*leading, width + other))


_MERGES: dict[str | None, Callable[[GraphBuilder, Value, Value], Any]] = {
    "concat": _concatenate,
    "sum": lambda graph, one, other: graph.op("Add", one, other),
    "mul": lambda graph, one, other: graph.op("Mul", one, other),
    "ave": _average,
    None: lambda graph, one, other: (one, other),
}


@layer_converter(layers.Bidirectional)
def convert_bidirectional(
    graph: GraphBuilder, layer: Any, sequences: Value, initial_state: Any = None, mask: Any = None
) -> Any:
    """Run both directions in one operator where it computes them, else one after the other."""
    states = layer._split_states(initial_state)
    both = (layer.forward_layer, layer.backward_layer)
    zeroed = all(one.zero_output_for_mask == layer.return_sequences for one in both)
    directions = _shared_operator(graph, layer)
    if directions is not None and (mask is None or zeroed):
        return _run_together(graph, layer, directions, sequences, states, mask)
    results = []
    for one, state in zip(both, states, strict=True):
        given = {"initial_state": state, "mask": mask}
        present = {name: value for name, value in given.items() if value is not None}
        found = call_layer(graph, one, sequences, **present)
        results.append(found if isinstance(found, tuple) else (found,))
    (forward, *forward_states), (backward, *backward_states) = results
    if layer.return_sequences:
        backward = graph.flip(backward, 1).with_shape(backward.shape)
    merged = _MERGES[layer.merge_mode](graph, forward, backward)
    return _answer(layer, merged, [*forward_states, *backward_states])


def _answer(layer: Any, merged: Any, states: list[Value]) -> Any:
    if not layer.return_state:
        return merged
    return (*(merged if layer.merge_mode is None else (merged,)), *states)


def _shared_operator(graph: GraphBuilder, layer: Any) -> list[Direction] | None:
    """What one bidirectional operator must do to compute both layers; None if none does."""
    forward = direction_of(graph, layer.forward_layer)
    backward = direction_of(graph, layer.backward_layer)
    if forward is None or backward is None or layer.go_backwards:
        return None
    return [forward, backward] if forward.shares_operator(backward) else None


def _run_together(
    graph: GraphBuilder,
    layer: Any,
    directions: list[Direction],
    sequences: Value,
    given: tuple[Any, Any],
    mask: Any,
) -> Any:
    both = (layer.forward_layer, layer.backward_layer)
    prepared = [prepare(graph, one, sequences, g) for one, g in zip(both, given, strict=True)]
    sequences, states = prepared[0][0], [state for _, state in prepared]
    steps = time_mask(graph, layer, mask)
    compaction = None if steps is None else Compaction(graph, steps)
    inputs = sequences if compaction is None else compaction.compact(sequences)
    lengths = None if compaction is None else compaction.steps
    outputs, finals = run_operator(
        graph, layer.forward_layer, directions, inputs, states, lengths, name="_both"
    )
    if compaction is not None:
        finals = [
            [
                compaction.or_initial(state, None if start is None else start[index])
                for index, state in enumerate(final)
            ]
            for final, start in zip(finals, states, strict=True)
        ]
    flat = [state for final in finals for state in final]
    if not layer.return_sequences:
        lasts = [final[0] for final in finals]
        if compaction is not None:
            lasts = [compaction.last_output(last, zero_masked=False) for last in lasts]
        return _answer(layer, _MERGES[layer.merge_mode](graph, *lasts), flat)
    # (time, 2, batch, units) to (batch, time, 2 * units), the forward half first.
    units = layer.forward_layer.units
    turned = graph.op("Transpose", outputs, perm=[2, 0, 1, 3])
    joined = graph.op("Reshape", turned, graph.ints(0, 0, 2 * units))
    if compaction is not None:
        joined = compaction.spread(joined, zero_masked=True)
    if layer.merge_mode == "concat":
        return _answer(layer, joined, flat)
    halves = graph.ops("Split", joined, graph.ints(units, units), outputs=2, axis=2)
    return _answer(layer, _MERGES[layer.merge_mode](graph, *halves), flat)
