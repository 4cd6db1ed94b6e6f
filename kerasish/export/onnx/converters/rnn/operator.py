"""ONNX's own operators LSTM, GRU and RNN: what they can compute, and their weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasish import activations, layers
from kerasish.export.onnx.activation_name import keras_activation
from kerasish.export.onnx.graph_builder import GraphBuilder, to_array
from kerasish.export.onnx.value import Value
from kerasish.rounding import round_to_float32
from weight_port.transform import regate

# The operator for each layer, the name of its gates in the gate table, and its states.
_OPERATORS: dict[type, tuple[str, str | None, int]] = {
    layers.LSTM: ("LSTM", "lstm", 2),
    layers.GRU: ("GRU", "gru", 1),
    layers.SimpleRNN: ("RNN", None, 1),
}


class _Activation(NamedTuple):
    """An activation of the operators, and its settings (0.0 where it has none)."""

    name: str
    alpha: float = 0.0
    beta: float = 0.0


_ACTIVATIONS: dict[Any, _Activation] = {
    activations.tanh: _Activation("Tanh"),
    activations.sigmoid: _Activation("Sigmoid"),
    activations.relu: _Activation("Relu"),
    activations.softplus: _Activation("Softplus"),
    activations.softsign: _Activation("Softsign"),
    activations.elu: _Activation("Elu", 1.0),
    activations.leaky_relu: _Activation("LeakyRelu", round_to_float32(0.2)),
    # Keras 3's, relu6(x + 3) / 6.
    activations.hard_sigmoid: _Activation("HardSigmoid", 1 / 6, 0.5),
    activations.linear: _Activation("Affine", 1.0),
}


def has_operator(graph: GraphBuilder, layer: Any) -> bool:
    """Whether an operator computes a layer: its class, activations and type are among ONNX's.

    In float64 the answer is no, because ONNX Runtime has the operators for float32 only.
    """
    known = type(layer) in _OPERATORS and graph.kind(layer.compute_dtype) == "float32"
    return known and all(_operator_activation(one) is not None for one in _functions(layer))


def share_operator(graph: GraphBuilder, forward: Any, backward: Any) -> bool:
    """Whether one bidirectional operator computes two layers."""
    return (
        type(forward) is type(backward)
        and has_operator(graph, forward)
        and has_operator(graph, backward)
        and forward.units == backward.units
        and getattr(forward, "reset_after", None) == getattr(backward, "reset_after", None)
        and not forward.go_backwards
        and backward.go_backwards
    )


def run_operator(
    graph: GraphBuilder,
    directions: Sequence[Any],
    sequences: Value,
    states: Sequence[list[Value] | None],
    lengths: Value | None,
    reverse: bool = False,
) -> tuple[Value, list[list[Value]]]:
    """Write an operator over time.

    Args:
        graph: Where to.
        directions: The layer, or the forward and the backward one.
        sequences: `(batch, time, features)`.
        states: The initial states of each direction, `(batch, units)` each, or None for zeros.
        lengths: Number of steps of each row, or None for all.
        reverse: Whether a single layer runs from the last step to the first.

    Returns:
        The outputs `(time, directions, batch, units)` in the order of the input's steps, and the
        final states of each direction.
    """
    first = directions[0]
    kind, cell, count = _OPERATORS[type(first)]
    owner, dtype = first, first.variable_dtype
    weights = [
        graph.weight(owner, f"{name}_{len(directions)}", make, dtype)
        for name, make in (
            ("W", lambda: _matrices(directions, cell, 0)),
            ("R", lambda: _matrices(directions, cell, 1)),
        )
    ]
    bias = None
    if any(layer._module_tensors()[2] is not None for layer in directions):
        bias = graph.weight(owner, f"B_{len(directions)}", lambda: _biases(directions, cell), dtype)
    initial: list[Value | None] = [None] * count
    if any(one is not None for one in states):
        initial = list(_stack_states(graph, directions, states, sequences, count))
    chosen = [_operator_activation(f) for layer in directions for f in _functions(layer)]
    reset_after = getattr(first, "reset_after", None)
    results = graph.ops(
        kind,
        graph.op("Transpose", sequences, perm=[1, 0, 2]),
        *weights,
        bias,
        lengths,
        *initial,
        outputs=1 + count,
        hidden_size=first.units,
        direction="bidirectional" if len(directions) == 2 else "reverse" if reverse else "forward",
        activations=[one.name for one in chosen if one],
        **_settings([one for one in chosen if one]),
        linear_before_reset=None if reset_after is None else int(reset_after),
    )
    outputs, finals = results[0], results[1:]
    by_direction = [
        [graph.op("Gather", final, graph.constant(np.int64(index)), axis=0) for final in finals]
        for index in range(len(directions))
    ]
    return outputs, by_direction


def _functions(layer: Any) -> list[Any]:
    """A layer's activations in the order of the operator's: gates, candidate, output."""
    if isinstance(layer, layers.LSTM):
        return [layer.recurrent_activation, layer.activation, layer.activation]
    if isinstance(layer, layers.GRU):
        return [layer.recurrent_activation, layer.activation]
    return [layer.activation]


def _operator_activation(activation: Any) -> _Activation | None:
    function, settings = keras_activation(activation)
    try:
        return None if settings else _ACTIVATIONS.get(function)
    except TypeError:  # not hashable
        return None


def _settings(chosen: list[_Activation]) -> dict[str, list[float]]:
    """The settings as the operators take them: lists that only the activations with any use up."""
    with_alpha = ("Elu", "LeakyRelu", "HardSigmoid", "Affine")
    with_beta = ("HardSigmoid", "Affine")
    alphas = [one.alpha for one in chosen if one.name in with_alpha]
    betas = [one.beta for one in chosen if one.name in with_beta]
    return {
        **({"activation_alpha": alphas} if alphas else {}),
        **({"activation_beta": betas} if betas else {}),
    }


def _arrays(layer: Any) -> list[Any]:
    """The layer's tensors in torch's layout, as NumPy arrays, None for one that is absent."""
    return [None if tensor is None else to_array(tensor) for tensor in layer._module_tensors()]


def _regate(array: Any, cell: str | None) -> Any:
    return array if cell is None else regate(array, cell, "torch", "onnx", axis=0)


def _matrices(directions: Sequence[Any], cell: str | None, index: int) -> np.ndarray:
    return np.stack([_regate(_arrays(layer)[index], cell) for layer in directions])


def _biases(directions: Sequence[Any], cell: str | None) -> np.ndarray:
    """The inputs' biases followed by the states', `(directions, 2 * gates * units)`."""
    rows = []
    for layer in directions:
        weight_ih, _, *given = _arrays(layer)
        zeros = np.zeros(weight_ih.shape[0], weight_ih.dtype)
        rows.append(np.concatenate([_regate(zeros if one is None else one, cell) for one in given]))
    return np.stack(rows)


def _stack_states(
    graph: GraphBuilder,
    directions: Sequence[Any],
    states: Sequence[list[Value] | None],
    sequences: Value,
    count: int,
) -> list[Value]:
    """Initial states of all directions, `(directions, batch, units)` each."""
    result = []
    for index in range(count):
        rows = []
        for layer, given in zip(directions, states, strict=True):
            state = (
                graph.zeros(layer.compute_dtype, graph.size(sequences, 0), layer.units)
                if given is None
                else given[index]
            )
            rows.append(graph.op("Unsqueeze", state, graph.ints(0)))
        result.append(rows[0] if len(rows) == 1 else graph.op("Concat", *rows, axis=0))
    return result
