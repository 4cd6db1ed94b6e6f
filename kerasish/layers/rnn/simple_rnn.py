"""`SimpleRNN` and `SimpleRNNCell` (Elman 1990): the output is fed back as it is."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.rnn.fused_recurrent import FusedRecurrent, RecurrentCell
from kerasish.layers.rnn.recurrent_weights import is_activation, linear_by_gate
from kerasish.layers.rnn.scan.scanned import ScannedWeights
from kerasish.layers.rnn.scan.simple_scan import SimpleScan
from kerasish.layers.rnn.scan.slopes import curve_of
from kerasish.saving.registry import builtin
from weight_port import layouts


class SimpleRNNWeights(ScannedWeights):
    """What `SimpleRNN` and `SimpleRNNCell` share: weights and the step."""

    arguments = (
        "units",
        "activation",
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
    )
    _seed_comes_first = True

    @property
    def kernel_mode(self) -> str:
        """Torch's name of the kernel."""
        return "RNN_RELU" if is_activation(self.activation, "relu") else "RNN_TANH"

    def _has_kernel(self) -> bool:
        return is_activation(self.activation, "tanh") or is_activation(self.activation, "relu")

    def _scan(
        self,
        projected: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        states: list[torch.Tensor],
        drop: torch.Tensor | None,
        counts: list[int] | None,
    ) -> tuple[torch.Tensor, ...]:
        return SimpleScan.apply(
            projected, weight, states[0], drop, counts, curve_of(self.activation)
        )

    def _project(self: Any, inputs: torch.Tensor, training: bool) -> torch.Tensor:
        weight_ih, _, bias_ih, _ = self._module_tensors()
        return linear_by_gate(self.drop_inputs(inputs, training), weight_ih, bias_ih, 1)

    def _step(
        self: Any, projected: torch.Tensor, states: list[torch.Tensor], training: bool
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """One step, from the inputs' part `(batch, units)`."""
        _, weight_hh, _, bias_hh = self._module_tensors()
        dropped = self.drop_states(states[0], training)
        output = self.activation(projected + linear_by_gate(dropped, weight_hh, bias_hh, 1))
        return output, [output]


@builtin("keras.layers")
class SimpleRNNCell(SimpleRNNWeights, RecurrentCell):
    """One step of a SimpleRNN; holds an `nn.RNNCell` as `cell`.

    Args:
        units: Number of units.
        activation: Activation of the state; None for none.
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
        **kwargs: Arguments of every layer, and Keras's `implementation`.

    Call arguments: a step's inputs `(batch, features)`, the state `h` or `[h]`,
    `training`. Returns the output h and the state in the same structure.
    """

    layout = layouts.get("SimpleRNNCell")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
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
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._take_arguments(given, implementation)

    def _make_module(self, features: int, **options: Any) -> nn.Module:
        return make_empty(nn.RNNCell, features, self.units, **options)


@builtin("keras.layers")
class SimpleRNN(SimpleRNNWeights, FusedRecurrent):
    """Fully connected recurrence, `h = tanh(x W + h U + b)`; holds an `nn.RNN` as `rnn`.

    Args:
        units: Number of units.
        activation: Activation of the state; None for none.
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
        **kwargs: `zero_output_for_mask`, and the arguments of every layer.

    Call arguments: `sequences` `(batch, time, features)`, `initial_state` `(batch, units)`,
    `mask` `(batch, time)`, `training`.
    Returns the output, `(batch, units)` or `(batch, time, units)`; with `return_state`, a tuple of
    output and h.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    layout = layouts.get("SimpleRNN")
    _cell_name = "simple_rnn_cell"

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
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
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
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
            **kwargs,
        )
        self._take_arguments(given, implementation)

    def _make_module(self, features: int, **options: Any) -> nn.Module:
        # A kernel without an activation does not exist; the loop applies any other by itself.
        nonlinearity = "relu" if is_activation(self.activation, "relu") else "tanh"
        return make_empty(
            nn.RNN,
            features,
            self.units,
            nonlinearity=nonlinearity,
            batch_first=True,
            **options,
        )
