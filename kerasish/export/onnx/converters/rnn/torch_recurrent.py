"""Converter of wrapped `nn.LSTM`, `nn.GRU` and `nn.RNN`, of any number of layers."""

from __future__ import annotations

from typing import Any

from kerasish.export.onnx.converters.rnn.compaction import Compaction, time_mask
from kerasish.export.onnx.converters.rnn.operator import (
    STATE_COUNTS,
    Direction,
    OperatorActivation,
    run_operator,
)
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value
from kerasish.graph.structure import flatten
from kerasish.layers.rnn.recurrent_weights import PARAMETERS
from kerasish.layers.wrapping.torch_recurrent import TorchRecurrent

_MODES = {
    "LSTM": ("LSTM", ("Sigmoid", "Tanh", "Tanh")),
    "GRU": ("GRU", ("Sigmoid", "Tanh")),
    "RNN_TANH": ("RNN", ("Tanh",)),
    "RNN_RELU": ("RNN", ("Relu",)),
}


@layer_converter(TorchRecurrent)
def convert_torch_recurrent(
    graph: GraphBuilder, layer: Any, sequences: Value, initial_state: Any = None, mask: Any = None
) -> Any:
    """Write an operator for each layer of the module."""
    module = layer.module
    _require_operator(graph, layer)
    if not sequences.is_floating:
        sequences = graph.cast(sequences, layer.compute_dtype)
    steps = time_mask(graph, layer, mask)
    compaction = None if steps is None else Compaction(graph, steps)
    outputs = sequences if compaction is None else compaction.compact(sequences)
    given = _group_states(graph, layer, initial_state)
    found: list[list[Value]] = []
    for number in range(module.num_layers):
        directions = [_direction(module, number, way) for way in range(layer._directions)]
        start = given[number * len(directions) : (number + 1) * len(directions)]
        raw, finals = run_operator(
            graph,
            layer,
            directions,
            outputs,
            start,
            None if compaction is None else compaction.steps,
            name=f"_l{number}",
        )
        turned = graph.op("Transpose", raw, perm=[2, 0, 1, 3])
        width = len(directions) * module.hidden_size
        outputs = graph.op("Reshape", turned, graph.ints(0, 0, width))
        found += finals
    if compaction is not None:
        found = [
            [
                compaction.or_initial(state, None if before is None else before[index])
                for index, state in enumerate(final)
            ]
            for final, before in zip(found, given, strict=True)
        ]
    if not layer.return_sequences:
        lasts = [final[0] for final in found[-layer._directions :]]
        if compaction is not None:
            lasts = [compaction.last_output(one, layer.zero_output_for_mask) for one in lasts]
        outputs = lasts[0] if len(lasts) == 1 else graph.op("Concat", *lasts, axis=-1)
    elif compaction is not None:
        outputs = compaction.spread(outputs, layer.zero_output_for_mask)
    return (outputs, *flatten(found)) if layer.return_state else outputs


def _require_operator(graph: GraphBuilder, layer: Any) -> None:
    title = f"Layer '{layer.name}' (TorchRecurrent)"
    if layer.module.proj_size:
        raise ExportError(
            f"{title} projects its states, which no operator of ONNX does; use a module without a "
            f"projection. Received: proj_size={layer.module.proj_size}"
        )
    if graph.kind(layer.compute_dtype) != "float32":
        raise ExportError(
            f"{title} is exported in float32, the type that ONNX Runtime has the operators for; "
            "give export_onnx(..., dtype='float32'). "
            f"Received: dtype={graph.kind(layer.compute_dtype)!r}"
        )


def _direction(module: Any, number: int, way: int) -> Direction:
    kind, names = _MODES[module.mode]
    suffix = f"_l{number}" + ("_reverse" if way else "")
    weight_ih, weight_hh, *biases = (getattr(module, p + suffix, None) for p in PARAMETERS)
    return Direction(
        kind,
        module.hidden_size,
        tuple(map(OperatorActivation, names)),
        (weight_ih, weight_hh, biases[0], biases[1]),
        True if kind == "GRU" else None,
    )


def _group_states(graph: GraphBuilder, layer: Any, initial_state: Any) -> list[Any]:
    """The initial states of each direction of each layer, None for zeros."""
    count = layer.module.num_layers * layer._directions
    if initial_state is None:
        return [None] * count
    nested = isinstance(initial_state, (list, tuple))
    states = flatten(list(initial_state) if nested else [initial_state])
    cast = [graph.cast(state, layer.compute_dtype) for state in states]
    kinds = STATE_COUNTS[_MODES[layer.module.mode][0]]
    return [cast[i * kinds : (i + 1) * kinds] for i in range(count)]
