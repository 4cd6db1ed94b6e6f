"""One step of each recurrent cell, for what runs step by step."""

from __future__ import annotations

import functools
from typing import Any

import torch

from kerasish import layers
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.layer_call import activate
from kerasish.export.onnx.registry import CELLS, cell_converter
from kerasish.export.onnx.value import Value
from kerasish.layers.rnn.stacked_rnn_cells import list_of_states
from weight_port.gates import gate_order

Step = tuple[Value, list[Any]]


def convert_step(graph: GraphBuilder, cell: Any, inputs: Value, states: list[Any]) -> Step:
    """Write one step of a cell.

    Args:
        graph: Where to.
        cell: The cell.
        inputs: `(batch, ...)`.
        states: The states, in a list.

    Returns:
        The output, and the new states in the same structure.

    Raises:
        ExportError: If there is no converter for the class of the cell.
    """
    user = f"Cell '{getattr(cell, 'name', '')}' ({type(cell).__name__})"
    return CELLS.get(type(cell), user)(graph, cell, inputs, states)


def _weights(graph: GraphBuilder, cell: Any) -> list[Value | None]:
    """Matrices as a product takes them, and biases; None for one that is absent."""
    names = ("kernel", "recurrent_kernel", "bias", "recurrent_bias")
    return [
        None
        if tensor is None
        else graph.weight(cell, name, functools.partial(_as_factor, tensor), cell.variable_dtype)
        for name, tensor in zip(names, cell._module_tensors(), strict=True)
    ]


def _as_factor(tensor: torch.Tensor) -> torch.Tensor:
    """A matrix turned round, so that inputs are multiplied from the left; a bias as it is."""
    return tensor.T if tensor.ndim == 2 else tensor


def _linear(graph: GraphBuilder, x: Value, kernel: Value, bias: Value | None) -> Value:
    product = graph.op("MatMul", x, kernel)
    return product if bias is None else graph.op("Add", product, bias)


def split_gates(
    graph: GraphBuilder, gates: Value, cell: str, units: int, axis: int
) -> dict[str, Value]:
    """Split gates that lie one after the other along an axis, in torch's order; by name."""
    order = gate_order("torch", cell)
    parts = graph.ops(
        "Split", gates, graph.ints(*[units] * len(order)), outputs=len(order), axis=axis
    )
    return dict(zip(order, parts, strict=True))


def combine_lstm(
    graph: GraphBuilder, cell: Any, gates: Value, carry: Value, axis: int
) -> tuple[Value, Value]:
    """Write the gates of an LSTM; return the new h and c."""
    gate = split_gates(graph, gates, "lstm", cell.units, axis)
    shape = carry.shape

    def gated(name: str) -> Value:
        return activate(graph, cell, cell.recurrent_activation, gate[name].with_shape(shape))

    def activated(value: Value) -> Value:
        return activate(graph, cell, cell.activation, value.with_shape(shape))

    kept = graph.op("Mul", gated("forget"), carry)
    added = graph.op("Mul", gated("input"), activated(gate["cell"]))
    new = graph.op("Add", kept, added)
    return graph.op("Mul", gated("output"), activated(new)), new


@cell_converter(layers.LSTM, layers.LSTMCell)
def lstm_step(graph: GraphBuilder, cell: Any, inputs: Value, states: list[Any]) -> Step:
    """`h, c` from the gates of the inputs and of `h`."""
    kernel, recurrent, bias, recurrent_bias = _weights(graph, cell)
    hidden, carry = states
    assert kernel is not None
    assert recurrent is not None
    gates = graph.op(
        "Add",
        _linear(graph, inputs, kernel, bias),
        _linear(graph, hidden, recurrent, recurrent_bias),
    )
    output, new = combine_lstm(graph, cell, gates, carry, -1)
    return output, [output, new]


@cell_converter(layers.GRU, layers.GRUCell)
def gru_step(graph: GraphBuilder, cell: Any, inputs: Value, states: list[Any]) -> Step:
    """`h` from an update gate, a reset gate and a new candidate."""
    kernel, recurrent, bias, recurrent_bias = _weights(graph, cell)
    hidden, shape = states[0], states[0].shape
    assert kernel is not None
    assert recurrent is not None

    def split(value: Value) -> dict[str, Value]:
        return split_gates(graph, value, "gru", cell.units, -1)

    def gated(one: Value, other: Value) -> Value:
        total = graph.op("Add", one, other).with_shape(shape)
        return activate(graph, cell, cell.recurrent_activation, total)

    given = split(_linear(graph, inputs, kernel, bias))
    if cell.reset_after:
        held = split(_linear(graph, hidden, recurrent, recurrent_bias))
        reset = gated(given["reset"], held["reset"])
        update = gated(given["update"], held["update"])
        addend = graph.op("Mul", reset, held["new"])
    else:
        # The columns of each gate; the candidate's take the state after the reset.
        columns = split(recurrent)
        reset, update = (
            gated(given[gate], graph.op("MatMul", hidden, columns[gate]))
            for gate in ("reset", "update")
        )
        addend = graph.op("MatMul", graph.op("Mul", reset, hidden), columns["new"])
    total = graph.op("Add", given["new"], addend).with_shape(shape)
    new = activate(graph, cell, cell.activation, total)
    rest = graph.op("Sub", graph.number(1, update), update)
    output = graph.op("Add", graph.op("Mul", update, hidden), graph.op("Mul", rest, new))
    return output, [output]


@cell_converter(layers.SimpleRNN, layers.SimpleRNNCell)
def simple_rnn_step(graph: GraphBuilder, cell: Any, inputs: Value, states: list[Any]) -> Step:
    """`h = activation(x W + h U + b)`."""
    kernel, recurrent, bias, recurrent_bias = _weights(graph, cell)
    assert kernel is not None
    assert recurrent is not None
    total = graph.op(
        "Add",
        _linear(graph, inputs, kernel, bias),
        _linear(graph, states[0], recurrent, recurrent_bias),
    )
    output = activate(graph, cell, cell.activation, total.with_shape(states[0].shape))
    return output, [output]


@cell_converter(layers.StackedRNNCells)
def stacked_step(graph: GraphBuilder, cell: Any, inputs: Value, states: list[Any]) -> Step:
    """The cells one after another."""
    new_states: list[Any] = []
    for one, state in zip(cell.cells, states, strict=True):
        with graph.scope(getattr(one, "name", "cell")):
            inputs, new = convert_step(graph, one, inputs, list_of_states(state))
        new_states.append(new)
    return inputs, new_states
