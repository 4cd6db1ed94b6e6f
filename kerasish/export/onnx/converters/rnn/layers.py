"""Converters of `LSTM`, `GRU`, `SimpleRNN` and `RNN`."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import layers
from kerasish.export.onnx.converters.rnn.cells import convert_step
from kerasish.export.onnx.converters.rnn.compaction import Compaction, time_mask
from kerasish.export.onnx.converters.rnn.direction import direction_of
from kerasish.export.onnx.converters.rnn.operator import Direction, run_operator
from kerasish.export.onnx.converters.rnn.scan import Run, run_scan
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value
from kerasish.graph.structure import flatten, map_structure, pack_like


@layer_converter(layers.LSTM, layers.GRU, layers.SimpleRNN)
def convert_recurrent(
    graph: GraphBuilder, layer: Any, sequences: Value, initial_state: Any = None, mask: Any = None
) -> Any:
    """Run a layer over time: ONNX's operator where it computes the layer, else a Scan."""
    sequences, states = prepare(graph, layer, sequences, initial_state)
    steps = time_mask(graph, layer, mask)
    direction = direction_of(graph, layer)
    if direction is not None:
        return answer(layer, _run_operator(graph, layer, direction, sequences, states, steps))
    return answer(layer, _run_steps(graph, layer, layer, sequences, states, steps))


@layer_converter(layers.RNN)
def convert_rnn(
    graph: GraphBuilder, layer: Any, sequences: Value, initial_state: Any = None, mask: Any = None
) -> Any:
    """Run a cell over time, as a Scan."""
    sequences, states = prepare(graph, layer, sequences, initial_state)
    if states is None:
        _require_zero_start(layer)
    steps = time_mask(graph, layer, mask)
    return answer(layer, _run_steps(graph, layer, layer.cell, sequences, states, steps))


def prepare(
    graph: GraphBuilder, layer: Any, sequences: Value, initial_state: Any
) -> tuple[Value, list[Any] | None]:
    """Return the sequences as numbers to compute with, and the states to start from, or None.

    Raises:
        ExportError: If the layer is stateful.
    """
    if layer.stateful:
        raise ExportError(
            f"Layer '{layer.name}' ({type(layer).__name__}) keeps its states from call to call, "
            "and an ONNX file keeps nothing. Make it with stateful=False and return_state=True, "
            "and give the states to the next call as `initial_state` from an Input. "
            "Received: stateful=True"
        )
    if not sequences.is_floating:
        sequences = graph.cast(sequences, layer.compute_dtype)
    if initial_state is None:
        return sequences, None
    nested = isinstance(initial_state, (list, tuple))
    given = flatten(list(initial_state) if nested else [initial_state])
    cast = [graph.cast(state, layer.compute_dtype).with_mask(None) for state in given]
    return sequences, pack_like(layer._state_shapes(None), cast)


def answer(layer: Any, run: Run) -> Any:
    """Return what the layer's flags ask for."""
    output = run.outputs if layer.return_sequences else run.last
    return (output, *run.states) if layer.return_state else output


def _run_operator(
    graph: GraphBuilder,
    layer: Any,
    direction: Direction,
    sequences: Value,
    states: list[Value] | None,
    mask: Value | None,
) -> Run:
    if mask is None:
        outputs, (final,) = run_operator(
            graph, layer, [direction], sequences, [states], None, reverse=layer.go_backwards
        )
        return Run(final[0], _all_steps(graph, layer, outputs, layer.go_backwards), final)
    if layer.go_backwards:
        sequences, mask = graph.flip(sequences, 1), graph.flip(mask, 1)
    compaction = Compaction(graph, mask)
    outputs, (final,) = run_operator(
        graph, layer, [direction], compaction.compact(sequences), [states], compaction.steps
    )
    initial: list[Value | None] = list(states) if states else [None] * len(final)
    kept = [compaction.or_initial(s, i) for s, i in zip(final, initial, strict=True)]
    spread = None
    if layer.return_sequences:
        steps = _all_steps(graph, layer, outputs, flipped=False)
        assert steps is not None
        spread = compaction.spread(steps, layer.zero_output_for_mask)
    last = compaction.last_output(kept[0], layer.zero_output_for_mask)
    return Run(last, spread, kept)


def _all_steps(graph: GraphBuilder, layer: Any, outputs: Value, flipped: bool) -> Value | None:
    """Turn an operator's outputs `(time, 1, batch, units)` into `(batch, time, units)`."""
    if not layer.return_sequences:
        return None
    steps = graph.op("Squeeze", outputs, graph.ints(1))
    if flipped:
        # The operator gives the outputs in the order of the inputs, Keras in that of computation.
        steps = graph.flip(steps, 0)
    return graph.op("Transpose", steps, perm=[1, 0, 2])


def _run_steps(
    graph: GraphBuilder,
    layer: Any,
    cell: Any,
    sequences: Value,
    states: list[Any] | None,
    mask: Value | None,
) -> Run:
    batch = graph.size(sequences, 0)
    shapes = layer._state_shapes(None)

    def zeros(state: Any) -> Value:
        sizes = state.shape[1:]
        return graph.zeros(layer.compute_dtype, batch, *sizes).with_shape((None, *sizes))

    if states is None:
        states = map_structure(zeros, shapes)
    else:
        given = zip(flatten(states), flatten(shapes), strict=True)
        states = pack_like(shapes, [one.with_shape(like.shape) for one, like in given])
    width = layer.output_size
    first = graph.zeros(layer.compute_dtype, batch, width).with_shape((None, width))
    return run_scan(
        graph,
        lambda inputs, held: convert_step(graph, cell, inputs, held),
        sequences,
        states,
        first,
        mask,
        go_backwards=layer.go_backwards,
        zero_output_for_mask=layer.zero_output_for_mask,
        return_sequences=layer.return_sequences,
    )


def _require_zero_start(layer: Any) -> None:
    """Check that a cell of the user's own starts from zeros.

    Raises:
        ExportError: If it does not.
    """
    states = flatten(layer.get_initial_state(1))
    if any(bool(torch.count_nonzero(state)) for state in states):
        raise ExportError(
            f"Layer '{layer.name}' (RNN) has a cell with initial states of its own, and the "
            "export starts from zeros; give them as `initial_state`. "
            f"Received: cell={type(layer.cell).__name__} with a get_initial_state that is not zero"
        )
