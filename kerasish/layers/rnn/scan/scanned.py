"""The parts of recurrent layers and cells that run their scans."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from kerasish.layers.rnn.cell_dropout import DropoutCell
from kerasish.layers.rnn.cell_loop import LoopResult
from kerasish.layers.rnn.recurrent import Recurrent
from kerasish.layers.rnn.recurrent_weights import RecurrentWeights
from kerasish.layers.rnn.scan.rows import SortedRows
from kerasish.layers.rnn.scan.slopes import curve_of


class ScannedWeights(DropoutCell, RecurrentWeights):
    """The part of a recurrent layer or cell that knows its scan and its kernel."""

    activation: Any
    dropout: float
    recurrent_dropout: float

    @property
    def kernel_mode(self) -> str:
        """Torch's name of the kernel: `"LSTM"`, `"GRU"`, `"RNN_TANH"` or `"RNN_RELU"`."""
        raise NotImplementedError

    def _has_kernel(self) -> bool:
        """Whether a fused kernel of torch computes this configuration."""
        raise NotImplementedError

    def _kernel_serves(self, training: bool) -> bool:
        """Whether the kernel computes a call; it has one input for all gates, drops no states."""
        by_gate = self.implementation == 1 and 0 < self.dropout < 1
        dropping = training and (by_gate or 0 < self.recurrent_dropout < 1)
        return self._has_kernel() and not dropping

    def _scan_serves(self) -> bool:
        """Whether the scan knows the activations."""
        gate = getattr(self, "recurrent_activation", self.activation)
        return curve_of(self.activation) is not None and curve_of(gate) is not None

    def _projected_steps(
        self, sequences: torch.Tensor, drop_inputs: torch.Tensor | None
    ) -> torch.Tensor:
        """Return the inputs' part of the gates of all steps, by one matrix product.

        Args:
            sequences: `(batch, time, features)`.
            drop_inputs: Factors of the inputs for each gate, `(gates, batch, features)`, or None.

        Returns:
            `(time, batch, gates * units)`, a step's rows beside each other.
        """
        weight, _, bias_ih, bias_hh = self._module_tensors()
        bias = bias_ih if bias_hh is None else self._input_bias(bias_ih, bias_hh)
        steps = sequences.transpose(0, 1)
        if drop_inputs is None:
            return functional.linear(steps, weight, bias)
        seen = (steps * one for one in drop_inputs)
        parts = zip(seen, weight.chunk(self.gate_count), strict=True)
        projected = torch.cat([one @ part.t() for one, part in parts], -1)
        return projected if bias is None else projected + bias

    def _input_bias(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """Return what of torch's two biases goes with the inputs."""
        return first + second

    def _state_weights(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return the states' weights, and the second bias or None."""
        _, weight, _, bias = self._module_tensors()
        return weight, bias

    def _scan(
        self,
        projected: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        states: list[torch.Tensor],
        drop: torch.Tensor | None,
        counts: list[int] | None,
    ) -> tuple[torch.Tensor, ...]:
        """Run the layer's scan: the outputs `(time, batch, units)` and the final states.

        Args:
            projected: The inputs' part of the gates, `(time, batch, gates * units, ...)`.
            weight: The states' weights.
            bias: The second bias, or None.
            states: Initial states, `(batch, units, ...)` each.
            drop: Factors of the states, `(gates or 1, batch, units, ...)`, or None.
            counts: Number of rows of each step, or None for all.
        """
        raise NotImplementedError


class Scanned(ScannedWeights, Recurrent):
    """The part of a recurrent layer that runs its own scan."""

    def _run_scan(
        self,
        sequences: torch.Tensor,
        states: list[Any] | None,
        mask: torch.Tensor | None,
        training: bool,
    ) -> LoopResult:
        if states is None:
            states = self._zero_states(sequences.shape[0])
        return run_scan(
            self,
            sequences,
            states,
            mask,
            training,
            go_backwards=self.go_backwards,
            zero_output_for_mask=self.zero_output_for_mask,
            return_sequences=self.return_sequences,
        )


def run_scan(
    cell: ScannedWeights,
    sequences: torch.Tensor,
    states: list[torch.Tensor],
    mask: torch.Tensor | None,
    training: bool,
    *,
    go_backwards: bool,
    zero_output_for_mask: bool,
    return_sequences: bool,
) -> LoopResult:
    """Run a layer or cell over time by its scan.

    Args:
        cell: The layer or cell.
        sequences: `(batch, time, ...)`.
        states: Initial states, `(batch, units, ...)` each.
        mask: `(batch, time)` booleans in the original order of time, or None.
        training: Whether dropout is active.
        go_backwards: Whether time runs from the last step to the first.
        zero_output_for_mask: Whether a masked step gives zeros, not the previous output.
        return_sequences: Whether all outputs are wanted.
    """
    drop_inputs = drop = None
    if training and 0 < cell.dropout < 1:
        drop_inputs = cell._mask("dropout", sequences[:, 0])
    if training and 0 < cell.recurrent_dropout < 1:
        drop = cell._mask("recurrent_dropout", states[0])
    if drop_inputs is not None and len(drop_inputs) == 1:
        sequences, drop_inputs = sequences * drop_inputs[0][:, None], None
    if go_backwards:
        sequences = sequences.flip(1)
        mask = None if mask is None else mask.flip(1)
    rows = None if mask is None else SortedRows(mask)
    if rows is not None:
        sequences = rows.take_in(rows.compaction.trim(rows.compaction.compact(sequences)))
        states = [rows.take_in(state) for state in states]
        drop, drop_inputs = (
            one if one is None else rows.take_in(one.transpose(0, 1)).transpose(0, 1)
            for one in (drop, drop_inputs)
        )
    projected = cell._projected_steps(sequences, drop_inputs)
    weight, bias = cell._state_weights()
    like = projected.dtype  # another than the weights' under autocast
    outputs, *final = cell._scan(
        projected,
        weight.to(like),
        None if bias is None else bias.to(like),
        [state.to(like) for state in states],
        None if drop is None else drop.to(like),
        None if rows is None else rows.counts,
    )
    outputs = outputs.transpose(0, 1)
    if rows is None:
        return LoopResult(outputs[:, -1], outputs, final)
    final = [rows.give_back(state) for state in final]
    last = rows.compaction.last_output(final[0], zero_output_for_mask)
    if not return_sequences:
        return LoopResult(last, None, final)
    spread = rows.compaction.spread(rows.give_back(outputs), zero_output_for_mask)
    return LoopResult(last, spread, final)
