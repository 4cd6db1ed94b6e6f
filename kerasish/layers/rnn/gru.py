"""`GRU` and `GRUCell` (Cho et al. 2014), with both places of the reset gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import nn
from torch.nn import functional

from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.rnn.fused_recurrent import FusedRecurrent, RecurrentCell
from kerasish.layers.rnn.recurrent_weights import (
    ResetBeforeGRUWeights,
    is_activation,
    linear_by_gate,
)
from kerasish.layers.rnn.scan.gru_scan import ResetAfterScan, ResetBeforeScan
from kerasish.layers.rnn.scan.scanned import ScannedWeights
from kerasish.layers.rnn.scan.slopes import curve_of
from kerasish.saving.registry import builtin
from weight_port import layouts
from weight_port.gates import gate_order, gate_permutation
from weight_port.layouts import Layout

_GATES = gate_order("torch", "gru")


class GRUWeights(ScannedWeights):
    """What `GRU` and `GRUCell` share: weights, layout and the step."""

    gate_count = len(_GATES)
    gate_permutation = gate_permutation("gru", "keras", "torch")
    _drops_states_by_gate = True
    recurrent_activation: Callable
    reset_after: bool
    _layout_class: ClassVar[str]
    arguments = (
        "units",
        "activation",
        "recurrent_activation",
        "use_bias",
        "kernel_initializer",
        "recurrent_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "recurrent_regularizer",
        "bias_regularizer",
        "kernel_constraint",
        "recurrent_constraint",
        "bias_constraint",
        "dropout",
        "recurrent_dropout",
        "seed",
        "reset_after",
    )

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        """The layout entry; the place of the reset gate decides which."""
        return layouts.get(self._layout_class, reset_after=self.reset_after)

    def _bias_shape(self) -> tuple[int, ...]:
        width = self.gate_count * self.units
        return (2, width) if self.reset_after else (width,)

    @property
    def kernel_mode(self) -> str:
        """Torch's name of the kernel."""
        return "GRU"

    def _has_kernel(self) -> bool:
        return (
            self.reset_after
            and is_activation(self.activation, "tanh")
            and is_activation(self.recurrent_activation, "sigmoid")
        )

    def _input_bias(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        if not self.reset_after:
            return super()._input_bias(first, second)
        # That of the new state stands behind the reset gate.
        return first + functional.pad(second[: 2 * self.units], (0, self.units))

    def _scan(
        self,
        projected: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        states: list[torch.Tensor],
        drop: torch.Tensor | None,
        counts: list[int] | None,
    ) -> tuple[torch.Tensor, ...]:
        curves = curve_of(self.recurrent_activation), curve_of(self.activation)
        if self.reset_after:
            bias = None if bias is None else bias[2 * self.units :]
            return ResetAfterScan.apply(projected, weight, bias, states[0], drop, counts, *curves)
        return ResetBeforeScan.apply(projected, weight, states[0], drop, counts, *curves)

    def _project(self: Any, inputs: torch.Tensor, training: bool) -> torch.Tensor:
        weight_ih, _, bias_ih, _ = self._module_tensors()
        return linear_by_gate(
            self.drop_inputs(inputs, training), weight_ih, bias_ih, self.gate_count
        )

    def _step(
        self: Any, projected: torch.Tensor, states: list[torch.Tensor], training: bool
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """One step, from the inputs' part `(batch, 3 * units)` of the gates."""
        _, weight_hh, _, bias_hh = self._module_tensors()
        hidden = states[0]
        dropped = self.drop_states(hidden, training)
        inputs = dict(zip(_GATES, projected.chunk(self.gate_count, -1), strict=True))
        if self.reset_after:
            recurrent = linear_by_gate(dropped, weight_hh, bias_hh, self.gate_count)
            state = dict(zip(_GATES, recurrent.chunk(self.gate_count, -1), strict=True))
            reset = self.recurrent_activation(inputs["reset"] + state["reset"])
            update = self.recurrent_activation(inputs["update"] + state["update"])
            new = self.activation(inputs["new"] + reset * state["new"])
        else:
            by_gate = dict(zip(_GATES, weight_hh.chunk(self.gate_count), strict=True))
            held = dict(zip(_GATES, dropped.expand(self.gate_count, *hidden.shape), strict=True))
            reset, update = (
                self.recurrent_activation(inputs[gate] + held[gate] @ by_gate[gate].T)
                for gate in ("reset", "update")
            )
            new = self.activation(inputs["new"] + (reset * held["new"]) @ by_gate["new"].T)
        output = update * hidden + (1 - update) * new
        return output, [output]


@builtin("keras.layers")
class GRUCell(GRUWeights, RecurrentCell):
    """One step of a GRU; holds an `nn.GRUCell` as `cell`.

    Args:
        units: Number of units.
        activation: Activation of the new state; None for none.
        recurrent_activation: Activation of the gates.
        use_bias: Whether there is a bias.
        kernel_initializer: How the inputs' weights are drawn.
        recurrent_initializer: How the states' weights are drawn.
        bias_initializer: How the bias is drawn.
        kernel_regularizer: Penalty on the inputs' weights.
        recurrent_regularizer: Penalty on the states' weights.
        bias_regularizer: Penalty on the bias.
        kernel_constraint: Projection of the inputs' weights.
        recurrent_constraint: Projection of the states' weights.
        bias_constraint: Projection of the bias.
        dropout: Share of the inputs to drop in training.
        recurrent_dropout: Share of the states to drop in training.
        seed: Seed of the dropout.
        reset_after: Whether the reset gate acts after the matrix product (as in cuDNN) or before.
        **kwargs: Arguments of every layer, and Keras's `implementation`.

    Call arguments: a step's inputs `(batch, features)`, the state `h` or `[h]`,
    `training`. Returns the output h and the state in the same structure.
    """

    _layout_class = "GRUCell"

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._take_arguments(given, implementation)

    def _make_module(self, features: int, **options: Any) -> nn.Module:
        if self.reset_after:
            return make_empty(nn.GRUCell, features, self.units, **options)
        return make_empty(ResetBeforeGRUWeights, features, self.units, **options)


@builtin("keras.layers", "CuDNNGRU")
class GRU(GRUWeights, FusedRecurrent):
    """Gated recurrent unit; holds an `nn.GRU` as `rnn`.

    Args:
        units: Number of units.
        activation: Activation of the new state; None for none.
        recurrent_activation: Activation of the gates.
        use_bias: Whether there is a bias.
        kernel_initializer: How the inputs' weights are drawn.
        recurrent_initializer: How the states' weights are drawn.
        bias_initializer: How the bias is drawn.
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
        return_state: Whether the final state h is returned after the output.
        go_backwards: Whether time runs backwards; the outputs stay in the order of computation.
        stateful: Whether a call goes on from the previous call's states.
        unroll: Taken for Keras's sake; it changes no result.
        reset_after: Whether the reset gate acts after the matrix product (as in cuDNN) or before.
        use_cudnn: True demands a fused kernel; `"auto"` and False choose the path by themselves.
        **kwargs: `zero_output_for_mask`, and the arguments of every layer.

    Call arguments: `sequences` `(batch, time, features)`, `initial_state` `(batch, units)`,
    `mask` `(batch, time)`, `training`.
    Returns the output, `(batch, units)` or `(batch, time, units)`; with `return_state`, a tuple of
    output and h.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    _layout_class = "GRU"
    _cell_name = "gru_cell"

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
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
        reset_after: bool = True,
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
        if self.reset_after:
            return make_empty(nn.GRU, features, self.units, batch_first=True, **options)
        return make_empty(ResetBeforeGRUWeights, features, self.units, suffix="_l0", **options)
