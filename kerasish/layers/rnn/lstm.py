"""`LSTM` and `LSTMCell` (Hochreiter & Schmidhuber 1997)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import nn

from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.rnn.compacted_lstm import run_compacted_lstm
from kerasish.layers.rnn.fused_recurrent import FusedRecurrent, RecurrentCell
from kerasish.layers.rnn.masks import Compaction
from kerasish.layers.rnn.recurrent_weights import is_activation, linear_by_gate
from kerasish.layers.rnn.scan.lstm_scan import LSTMScan
from kerasish.layers.rnn.scan.scanned import ScannedWeights
from kerasish.layers.rnn.scan.slopes import curve_of
from kerasish.saving.registry import builtin
from weight_port import layouts
from weight_port.gates import gate_order, gate_permutation

_GATES = gate_order("torch", "lstm")
_KERAS_GATES = gate_order("keras", "lstm")


class LSTMWeights(ScannedWeights):
    """What `LSTM` and `LSTMCell` share: weights, initial bias and the step."""

    gate_count = len(_GATES)
    gate_permutation = gate_permutation("lstm", "keras", "torch")
    _drops_states_by_gate = True
    state_count = 2
    recurrent_activation: Callable
    unit_forget_bias: bool
    arguments: ClassVar[tuple[str, ...]] = (
        "units",
        "activation",
        "recurrent_activation",
        "use_bias",
        "kernel_initializer",
        "recurrent_initializer",
        "bias_initializer",
        "unit_forget_bias",
        "kernel_regularizer",
        "recurrent_regularizer",
        "bias_regularizer",
        "kernel_constraint",
        "recurrent_constraint",
        "bias_constraint",
        "dropout",
        "recurrent_dropout",
        "seed",
    )

    def _initial_bias(self, shape: tuple[int, ...], dtype: Any = None) -> torch.Tensor:
        """Draw the bias; with `unit_forget_bias` that of the forget gate is one."""
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype=dtype)
        before = _KERAS_GATES.index("forget")
        after = len(_KERAS_GATES) - before - 1
        # Drawn in parts, as Keras draws them.
        return torch.cat(
            [
                self.bias_initializer((before * self.units,), dtype=dtype),
                torch.ones(self.units, dtype=dtype),
                self.bias_initializer((after * self.units,), dtype=dtype),
            ]
        )

    @property
    def kernel_mode(self) -> str:
        """Torch's name of the kernel."""
        return "LSTM"

    def _has_kernel(self) -> bool:
        return is_activation(self.activation, "tanh") and is_activation(
            self.recurrent_activation, "sigmoid"
        )

    def _scan(
        self,
        projected: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        states: list[torch.Tensor],
        drop: torch.Tensor | None,
        counts: list[int] | None,
    ) -> tuple[torch.Tensor, ...]:
        gate, cell = curve_of(self.recurrent_activation), curve_of(self.activation)
        return LSTMScan.apply(projected, weight, *states, drop, counts, gate, cell)

    def _project(self: Any, inputs: torch.Tensor, training: bool) -> torch.Tensor:
        weight_ih, _, bias_ih, _ = self._module_tensors()
        return linear_by_gate(
            self.drop_inputs(inputs, training), weight_ih, bias_ih, self.gate_count
        )

    def _step(
        self: Any, projected: torch.Tensor, states: list[torch.Tensor], training: bool
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """One step, from the inputs' part `(batch, 4 * units)` of the gates."""
        _, weight_hh, _, bias_hh = self._module_tensors()
        hidden, carry = states
        gates = projected + linear_by_gate(
            self.drop_states(hidden, training), weight_hh, bias_hh, self.gate_count
        )
        return self._combine(gates, carry, -1)

    def _combine(
        self: Any, gates: torch.Tensor, carry: torch.Tensor, axis: int
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Apply the gates, which lie one after the other along an axis."""
        gate = dict(zip(_GATES, gates.chunk(self.gate_count, axis), strict=True))
        carry = self.recurrent_activation(gate["forget"]) * carry + self.recurrent_activation(
            gate["input"]
        ) * self.activation(gate["cell"])
        hidden = self.recurrent_activation(gate["output"]) * self.activation(carry)
        return hidden, [hidden, carry]


@builtin("keras.layers")
class LSTMCell(LSTMWeights, RecurrentCell):
    """One step of an LSTM; holds an `nn.LSTMCell` as `cell`.

    Args:
        units: Number of units.
        activation: Activation of the cell's input and output; None for none.
        recurrent_activation: Activation of the gates.
        use_bias: Whether there is a bias.
        kernel_initializer: How the inputs' weights are drawn.
        recurrent_initializer: How the states' weights are drawn.
        bias_initializer: How the bias is drawn.
        unit_forget_bias: Whether the bias of the forget gate starts at one.
        kernel_regularizer: Penalty on the inputs' weights.
        recurrent_regularizer: Penalty on the states' weights.
        bias_regularizer: Penalty on the bias.
        kernel_constraint: Projection of the inputs' weights.
        recurrent_constraint: Projection of the states' weights.
        bias_constraint: Projection of the bias.
        dropout: Share of the inputs to drop in training.
        recurrent_dropout: Share of the states to drop in training.
        seed: Seed of the dropout.
        **kwargs: Arguments of every layer, and Keras's `implementation`.

    Call arguments: a step's inputs `(batch, features)`, the states `[h, c]`, `training`.
    Returns the output h and the states `[h, c]`.
    """

    layout = layouts.get("LSTMCell")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._take_arguments(given, implementation)

    def _make_module(self, features: int, **options: Any) -> nn.Module:
        return make_empty(nn.LSTMCell, features, self.units, **options)


@builtin("keras.layers", "CuDNNLSTM")
class LSTM(LSTMWeights, FusedRecurrent):
    """Long short-term memory; holds an `nn.LSTM` as `rnn`.

    Args:
        units: Number of units.
        activation: Activation of the cell's input and output; None for none.
        recurrent_activation: Activation of the gates.
        use_bias: Whether there is a bias.
        kernel_initializer: How the inputs' weights are drawn.
        recurrent_initializer: How the states' weights are drawn.
        bias_initializer: How the bias is drawn.
        unit_forget_bias: Whether the bias of the forget gate starts at one.
        kernel_regularizer: Penalty on the inputs' weights.
        recurrent_regularizer: Penalty on the states' weights.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the inputs' weights.
        recurrent_constraint: Projection of the states' weights.
        bias_constraint: Projection of the bias.
        dropout: Share of the inputs to drop in training.
        recurrent_dropout: Share of the states to drop in training.
        seed: Seed of the dropout.
        return_sequences: Whether the output holds all steps.
        return_state: Whether the final states h and c are returned after the output.
        go_backwards: Whether time runs backwards; the outputs stay in the order of computation.
        stateful: Whether a call goes on from the previous call's states.
        unroll: Taken for Keras's sake; it changes no result.
        use_cudnn: True demands a fused kernel; `"auto"` and False choose the path by themselves.
        **kwargs: `zero_output_for_mask`, and the arguments of every layer.

    Call arguments: `sequences` `(batch, time, features)`, `initial_state` `[h, c]`, `mask`
    `(batch, time)`, `training`.
    Returns the output, `(batch, units)` or `(batch, time, units)`; with `return_state`, a tuple of
    output, h and c.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    layout = layouts.get("LSTM")
    _cell_name = "lstm_cell"

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        implementation = kwargs.pop("implementation", 2)
        super().__init__(
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            use_cudnn=use_cudnn,
            **kwargs,
        )
        self._take_arguments(given, implementation)

    def _make_module(self, features: int, **options: Any) -> nn.Module:
        return make_empty(nn.LSTM, features, self.units, batch_first=True, **options)

    def _run_compacted(
        self, compacted: torch.Tensor, compaction: Compaction, states: list[Any] | None
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        return run_compacted_lstm(self._kernel_weights(), compacted, compaction, states)
