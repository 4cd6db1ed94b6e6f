"""Recurrent layers: torch's modules where they compute the same, else loops of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kerasish import layers
from kerasish.eject.calls import as_float, number
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.layers.activations import activation_reference
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import RnnCall, Var, numbers_in
from kerasish.graph.structure import flatten
from kerasish.layers.rnn.recurrent_weights import PARAMETERS, is_activation

_KINDS = {
    layers.LSTM: "LSTM",
    layers.LSTMCell: "LSTM",
    layers.GRU: "GRU",
    layers.GRUCell: "GRU",
    layers.SimpleRNN: "RNN",
    layers.SimpleRNNCell: "RNN",
}


@dataclass(frozen=True)
class Kernel:
    """How a recurrent layer or cell is written.

    Attributes:
        cell: The layer or cell.
        name: The class: `nn.LSTM`, or a helper.
        features: Number of input features.
        units: Number of units.
        options: Its other arguments.
        weights: Its tensors.
    """

    cell: Any
    name: str
    features: int
    units: int
    options: tuple[str, ...]
    weights: dict[str, Any]

    @property
    def custom(self) -> bool:
        """Whether it is a loop, which takes masks by itself."""
        return not self.name.startswith("nn.")

    @property
    def states(self) -> int:
        """Number of states."""
        return self.cell.state_count

    def code(self, *more: str) -> str:
        """The constructor's call."""
        options = [*self.options, *([] if self.custom else ["batch_first=True"]), *more]
        return f"{self.name}({', '.join([str(self.features), str(self.units), *options])})"


def kernel_of(scope: Scope, layer: Any) -> Kernel:
    """Return how a layer, a cell, or an RNN of one cell is written.

    Raises:
        NoEquivalentError: If it can't be.
    """
    cell = layer.cell if isinstance(layer, layers.RNN) else layer
    kind = _KINDS.get(type(cell))
    if kind is None:
        raise NoEquivalentError(
            f"a recurrence of {type(cell).__name__}, which torch has no module for",
            "use LSTM, GRU or SimpleRNN, or their cells",
        )
    tensors = dict(zip(PARAMETERS, cell._module_tensors(), strict=True))
    weights = {f"{name}_l0": one for name, one in tensors.items() if one is not None}
    features = weights["weight_ih_l0"].shape[1]
    options = [] if cell.use_bias else ["bias=False"]
    gated = kind != "RNN"
    plain = is_activation(cell.activation, "tanh") and (
        not gated or is_activation(cell.recurrent_activation, "sigmoid")
    )
    before = kind == "GRU" and not cell.reset_after
    drops = 0 < cell.recurrent_dropout < 1
    relu = kind == "RNN" and is_activation(cell.activation, "relu")
    if (plain or relu) and not before and not drops:
        if relu:
            options.append('nonlinearity="relu"')
        return Kernel(cell, f"nn.{kind}", features, cell.units, tuple(options), weights)
    if not is_activation(cell.activation, "tanh"):
        options.append(f"activation={activation_reference(scope, cell.activation)}")
    if gated and not is_activation(cell.recurrent_activation, "sigmoid"):
        reference = activation_reference(scope, cell.recurrent_activation)
        options.append(f"recurrent_activation={reference}")
    if drops:
        options.append(f"recurrent_dropout={number(cell.recurrent_dropout)}")
    name = scope.part("ResetBeforeGRU" if before else f"Custom{kind}")
    return Kernel(cell, name, features, cell.units, tuple(options), weights)


def run_kernel(
    scope: Scope,
    module: str,
    kernel: Kernel,
    x: str,
    shape: Sequence[Any],
    *,
    mask: str | None = None,
    states: Sequence[str] | None = None,
    hold: bool = True,
    directions: int = 1,
) -> tuple[Var, list[Var]]:
    """Write a call of a module.

    Args:
        scope: The class.
        module: The module's code.
        kernel: What it is.
        x: Its input's code.
        shape: The input's shape.
        mask: Code of the mask.
        states: Codes of the initial states, `(directions, batch, units)`.
        hold: Whether a masked step repeats the output before it; else it gives zeros.
        directions: 1, or 2 for a module over both directions.

    Returns:
        The outputs and the final states as the module has them.
    """
    dtype, units = scope.program.dtype, kernel.units
    outputs = scope.new((*shape[:2], directions * units), dtype)
    final = [
        scope.new((directions, "batch", units), dtype, name) for name in ("h", "c")[: kernel.states]
    ]
    given = [x]
    state = None
    if states is not None:
        state = states[0] if kernel.states == 1 else f"({', '.join(states)})"
    if mask is None:
        code = f"{module}({', '.join([x, *([state] if state else [])])})"
    elif kernel.custom:
        given += [f"state={state}"] if state else []
        given += [f"mask={mask}", *([] if hold else ["hold=False"])]
        code = f"{module}({', '.join(given)})"
    else:
        given += [mask, *([state] if state else []), *([] if hold else ["hold=False"])]
        code = f"{scope.part('run_masked')}({', '.join([module, *given])})"
    left = str(final[0]) if kernel.states == 1 else f"({final[0]}, {final[1]})"
    scope.assign_all(f"{outputs}, {left}", [outputs, *final], code)
    if not kernel.custom and states is None:
        like = (kernel.name, kernel.units, kernel.options, directions)
        scope.steps[-1].rnn = RnnCall(numbers_in(module, "m")[0], like, x, mask)
    return outputs, final


def drop_inputs(scope: Scope, layer: Any, cell: Any, x: Var, suffix: str = "") -> Var:
    """Drop the same features at every step in training, as the layer's `dropout` does."""
    if not 0 < cell.dropout < 1:
        return x
    name = f"{suffix}_dropout" if suffix else "dropout"
    module = scope.module(layer, f"nn.Dropout1d({number(cell.dropout)})", None, name)
    code = f"{module}({x}.transpose(1, 2)).transpose(1, 2)"
    return scope.assign(code, x.shape, x.dtype, note="the same features at every step")


def raw_states(given: Sequence[Var] | None) -> list[str] | None:
    """Return codes of states as torch's modules take them, `(1, batch, units)`."""
    if not given:
        return None
    return [str(one.state) if one.state is not None else f"{one}[None]" for one in given]


def refuse_stateful(layer: Any) -> None:
    """Refuse a layer that goes on from the last call's states."""
    if layer.stateful:
        raise NoEquivalentError(
            "keeps its states from call to call (stateful=True)",
            "make it with stateful=False, and hand states on with return_state and initial_state",
        )


@layer_writer(layers.LSTM, layers.GRU, layers.SimpleRNN, layers.RNN)
def write_recurrent(
    scope: Scope, layer: Any, sequences: Var, initial_state: Any = None, mask: Any = None
) -> Any:
    """A recurrent layer, or cells one after another."""
    refuse_stateful(layer)
    x = as_float(scope, scope.last(sequences))
    mask = mask[0] if isinstance(mask, (list, tuple)) else mask
    given = [scope.last(one) for one in flatten(initial_state)] if initial_state is not None else []
    cells = _cells(layer)
    kernels = [kernel_of(scope, one) for one in cells]
    code, seen = str(x), None if mask is None else str(mask)
    if layer.go_backwards:
        seen = None if seen is None else f"{seen}.flip(1)"
    states: list[Var] = []
    raw: list[Var] = []
    outputs = x
    for index, kernel in enumerate(kernels):
        suffix = "" if len(kernels) == 1 else f"cell_{index + 1}"
        outputs = drop_inputs(scope, layer, kernel.cell, outputs, suffix)
        code = str(outputs)
        if layer.go_backwards and index == 0:
            code = f"{code}.flip(1)"
        module = scope.module(layer, kernel.code(), kernel.weights, suffix)
        own, given = given[: kernel.states], given[kernel.states :]
        last = index == len(kernels) - 1
        outputs, raw = run_kernel(
            scope,
            module,
            kernel,
            code,
            outputs.shape,
            mask=seen,
            states=raw_states(own),
            hold=not (last and layer.zero_output_for_mask),
        )
        states += [
            scope.assign(
                f"{one}[-1]", (x.shape[0], kernel.units), one.dtype, inline=True, state=one
            )
            for one in raw
        ]
    result = outputs
    if not layer.return_sequences:
        # With a mask and states of its own, the last state is not always the last output.
        plain = mask is None or (initial_state is None and not layer.zero_output_for_mask)
        result = states[-len(raw)]
        if not plain:
            shape = (x.shape[0], kernels[-1].units)
            result = scope.assign(f"{outputs}[:, -1]", shape, outputs.dtype, inline=True)
    return (result, *states) if layer.return_state else result


def _cells(layer: Any) -> list[Any]:
    if isinstance(layer, layers.RNN):
        cell = layer.cell
        if type(cell) is layers.StackedRNNCells:
            return [inner for one in cell.cells for inner in _inner_cells(one)]
        return [cell]
    return [layer]


def _inner_cells(cell: Any) -> list[Any]:
    if type(cell) is layers.StackedRNNCells:
        return [inner for one in cell.cells for inner in _inner_cells(one)]
    return [cell]
