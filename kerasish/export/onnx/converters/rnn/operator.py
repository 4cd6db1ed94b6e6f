"""ONNX's own operators LSTM, GRU and RNN: their weights, activations and states."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from kerasish import activations
from kerasish.export.onnx.activation_name import keras_activation
from kerasish.export.onnx.graph_builder import GraphBuilder, to_array
from kerasish.export.onnx.value import Value
from kerasish.rounding import round_to_float32
from weight_port.transform import regate

# The operators' states, and the names of their gates in the gate table.
STATE_COUNTS = {"LSTM": 2, "GRU": 1, "RNN": 1}
_CELLS = {"LSTM": "lstm", "GRU": "gru", "RNN": None}


class OperatorActivation(NamedTuple):
    """An activation of the operators, and its settings (0.0 where it has none)."""

    name: str
    alpha: float = 0.0
    beta: float = 0.0


_ACTIVATIONS: dict[Any, OperatorActivation] = {
    activations.tanh: OperatorActivation("Tanh"),
    activations.sigmoid: OperatorActivation("Sigmoid"),
    activations.relu: OperatorActivation("Relu"),
    activations.softplus: OperatorActivation("Softplus"),
    activations.softsign: OperatorActivation("Softsign"),
    activations.elu: OperatorActivation("Elu", 1.0),
    activations.leaky_relu: OperatorActivation("LeakyRelu", round_to_float32(0.2)),
    # Keras 3's, relu6(x + 3) / 6.
    activations.hard_sigmoid: OperatorActivation("HardSigmoid", 1 / 6, 0.5),
    activations.linear: OperatorActivation("Affine", 1.0),
}
# Those that take the settings out of the operators' lists, one after the other.
_WITH_ALPHA = ("Elu", "LeakyRelu", "HardSigmoid", "Affine")
_WITH_BETA = ("HardSigmoid", "Affine")


def operator_activation(activation: Any) -> OperatorActivation | None:
    """Return the operators' name of an activation, None if they do not have it."""
    function, settings = keras_activation(activation)
    try:
        return None if settings else _ACTIVATIONS.get(function)
    except TypeError:  # not hashable
        return None


@dataclass(frozen=True)
class Direction:
    """What an operator computes in one direction of time.

    Attributes:
        kind: ONNX's name of the operator.
        units: Number of units.
        activations: In the operator's order: of the gates, the candidate, the output.
        tensors: Matrices and biases in torch's layout, inputs' and states'; None if absent.
        reset_after: For a GRU, whether the reset gate acts after the product.
    """

    kind: str
    units: int
    activations: tuple[OperatorActivation, ...]
    tensors: tuple[Any, Any, Any, Any]
    reset_after: bool | None = None

    def shares_operator(self, other: Direction) -> bool:
        """Whether one bidirectional operator computes both."""
        mine, its = ((one.kind, one.units, one.reset_after) for one in (self, other))
        return mine == its

    def matrix(self, index: int) -> np.ndarray:
        """The inputs' (0) or the states' (1) matrix in ONNX's order of gates."""
        return self._regate(to_array(self.tensors[index]))

    def bias(self) -> np.ndarray:
        """The inputs' bias followed by the states'."""
        zeros = np.zeros(self.tensors[0].shape[0])
        given = [zeros if one is None else to_array(one) for one in self.tensors[2:]]
        return np.concatenate([self._regate(one) for one in given])

    def _regate(self, array: np.ndarray) -> Any:
        cell = _CELLS[self.kind]
        return array if cell is None else regate(array, cell, "torch", "onnx", axis=0)


def run_operator(
    graph: GraphBuilder,
    owner: Any,
    directions: Sequence[Direction],
    sequences: Value,
    states: Sequence[list[Value] | None],
    lengths: Value | None,
    *,
    reverse: bool = False,
    name: str = "",
) -> tuple[Value, list[list[Value]]]:
    """Write an operator over time.

    Args:
        graph: Where to.
        owner: The layer whose weights they are.
        directions: The direction, or forward and backward.
        sequences: `(batch, time, features)`.
        states: The initial states of each direction, `(batch, units)` each, or None for zeros.
        lengths: Number of steps of each row, or None for all.
        reverse: Whether a single direction runs from the last step to the first.
        name: Ends the names of the weights.

    Returns:
        The outputs `(time, directions, batch, units)` in the order of the input's steps, and the
        final states of each direction.
    """
    first, dtype = directions[0], owner.variable_dtype
    weights = [
        graph.weight(owner, f"{title}{name}", functools.partial(_matrices, directions, i), dtype)
        for i, title in enumerate("WR")
    ]
    bias = None
    if any(one is not None for direction in directions for one in direction.tensors[2:]):
        bias = graph.weight(owner, f"B{name}", lambda: _biases(directions), dtype)
    count = STATE_COUNTS[first.kind]
    initial: list[Value | None] = [None] * count
    if any(one is not None for one in states):
        initial = [_stack(graph, directions, states, sequences, index) for index in range(count)]
    chosen = [one for direction in directions for one in direction.activations]
    alphas = [one.alpha for one in chosen if one.name in _WITH_ALPHA]
    betas = [one.beta for one in chosen if one.name in _WITH_BETA]
    outputs, *finals = graph.ops(
        first.kind,
        graph.op("Transpose", sequences, perm=[1, 0, 2]),
        *weights,
        bias,
        lengths,
        *initial,
        outputs=1 + count,
        hidden_size=first.units,
        direction="bidirectional" if len(directions) == 2 else "reverse" if reverse else "forward",
        activations=[one.name for one in chosen],
        activation_alpha=alphas or None,
        activation_beta=betas or None,
        linear_before_reset=None if first.reset_after is None else int(first.reset_after),
    )
    by_direction = [
        [graph.op("Gather", final, graph.constant(np.int64(index)), axis=0) for final in finals]
        for index in range(len(directions))
    ]
    return outputs, by_direction


def _matrices(directions: Sequence[Direction], index: int) -> np.ndarray:
    return np.stack([direction.matrix(index) for direction in directions])


def _biases(directions: Sequence[Direction]) -> np.ndarray:
    return np.stack([direction.bias() for direction in directions])


def _stack(
    graph: GraphBuilder,
    directions: Sequence[Direction],
    states: Sequence[list[Value] | None],
    sequences: Value,
    index: int,
) -> Value:
    """One of the initial states of all directions, `(directions, batch, units)`."""
    rows = []
    for direction, given in zip(directions, states, strict=True):
        state = (
            graph.zeros(sequences.dtype, graph.size(sequences, 0), direction.units)
            if given is None
            else given[index]
        )
        rows.append(graph.op("Unsqueeze", state, graph.ints(0)))
    return rows[0] if len(rows) == 1 else graph.op("Concat", *rows, axis=0)
