"""How a ConvLSTM layer runs over time."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch.nn import functional

from kerasish.layers.base.convolution import padding_of
from kerasish.layers.rnn.cell_dropout import hold_masks
from kerasish.layers.rnn.cell_loop import LoopResult, run_cell
from kerasish.layers.rnn.lstm import LSTMWeights
from kerasish.layers.rnn.recurrent import follows_operations
from kerasish.layers.rnn.scan.conv_product import ConvProduct
from kerasish.layers.rnn.scan.lstm_scan import LSTMScan
from kerasish.layers.rnn.scan.scanned import Scanned
from kerasish.layers.rnn.scan.slopes import curve_of


class ConvLSTMRun(LSTMWeights, Scanned):
    """The part of a ConvLSTM layer that runs; frames are `(batch, channels, ...)` in it.

    The convolution of the inputs takes all steps at once.
    """

    rank: ClassVar[int]
    input_conv: Any
    recurrent_conv: Any
    strides: tuple[int, ...]
    dilation_rate: tuple[int, ...]
    kernel_size: tuple[int, ...]
    padding: str
    data_format: str

    def execution_path(
        self,
        *,
        masked: bool = False,
        training: bool = False,
        gradients: bool = False,
        compiling: bool = False,
        device: str = "cpu",
    ) -> str:
        """Tell how a call runs; it depends on the configuration and on nothing else.

        Args:
            masked: Whether there is a mask.
            training: Whether the call is in training mode.
            gradients: Whether a backward pass is prepared.
            compiling: Whether `torch.compile` or `torch.export` traces the call.
            device: Type of the device: `"cpu"`, `"cuda"`, ...

        Returns:
            `"scan"`: a step at a time over the valid steps, with a backward pass by hand.
            `"loop"`: a step at a time.
        """
        return "scan" if self._scan_serves() and not compiling else "loop"

    def _run(
        self,
        sequences: torch.Tensor,
        states: list[Any] | None,
        mask: torch.Tensor | None,
        training: bool,
    ) -> LoopResult:
        path = self.execution_path(
            masked=mask is not None,
            training=training,
            gradients=torch.is_grad_enabled(),
            compiling=follows_operations(),
            device=sequences.device.type,
        )
        if states is None:
            states = self._zero_states(sequences.shape[0])
        last = self.data_format == "channels_last"
        with hold_masks(self):
            if training:
                # Drawn in the layout of the data, as in Keras; inputs first.
                for kind, like in (("dropout", sequences[:, 0]), ("recurrent_dropout", states[0])):
                    if 0 < getattr(self, kind) < 1:
                        masks = self._mask(kind, like)
                        self._held_masks[kind] = masks.movedim(-1, 2) if last else masks
            if last:
                sequences = sequences.movedim(-1, 2)
                states = [state.movedim(-1, 1) for state in states]
            run = self._run_scan if path == "scan" else self._run_loop
            result = run(sequences, states, mask, training)
        if not last:
            return result
        outputs = None if result.outputs is None else result.outputs.movedim(2, -1)
        final = [state.movedim(1, -1) for state in result.states]
        return LoopResult(result.last_output.movedim(1, -1), outputs, final)

    def _convolve_inputs(
        self, frames: torch.Tensor, drop_inputs: torch.Tensor | None
    ) -> torch.Tensor:
        """Convolve all frames at once.

        Args:
            frames: `(time, batch, channels, ...)`.
            drop_inputs: Factors of the inputs for each gate, `(gates, batch, channels, ...)`.

        Returns:
            `(time, batch, 4 * filters, ...)`.
        """
        steps = frames.shape[:2]
        pads = [0] * (2 * self.rank)
        if self.padding == "same":
            pads = padding_of(frames.shape[3:], self.kernel_size, self.strides, self.dilation_rate)
        conv = self.input_conv
        if drop_inputs is None:
            flat = frames.flatten(0, 1)
            padded = functional.pad(flat, pads) if any(pads) else flat.contiguous()
            return conv(padded).unflatten(0, steps)
        biases = [None] * 4 if conv.bias is None else conv.bias.chunk(4)
        parts = [
            conv._conv_forward(functional.pad((frames * one).flatten(0, 1), pads), weight, bias)
            for one, weight, bias in zip(drop_inputs, conv.weight.chunk(4), biases, strict=True)
        ]
        return torch.cat(parts, 1).unflatten(0, steps)

    # By a scan

    def _projected_steps(
        self, sequences: torch.Tensor, drop_inputs: torch.Tensor | None
    ) -> torch.Tensor:
        # In the order of steps, so that a step's gates lie beside each other.
        return self._convolve_inputs(sequences.transpose(0, 1), drop_inputs).contiguous()

    def _state_weights(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        return self.recurrent_conv.weight, None

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
        return LSTMScan.apply(projected, weight, *states, drop, counts, gate, cell, ConvProduct)

    # By a loop

    def _run_loop(
        self,
        sequences: torch.Tensor,
        states: list[torch.Tensor],
        mask: torch.Tensor | None,
        training: bool,
    ) -> LoopResult:
        dropping = training and 0 < self.dropout < 1
        drop_inputs = self._mask("dropout", sequences[:, 0]) if dropping else None
        projected = self._convolve_inputs(sequences.transpose(0, 1), drop_inputs)
        return run_cell(
            lambda x, s: self._frame_step(x, s, training),
            projected.transpose(0, 1),
            states,
            mask,
            go_backwards=self.go_backwards,
            zero_output_for_mask=self.zero_output_for_mask,
            return_sequences=self.return_sequences,
            skip_masked=not (training or follows_operations()),
        )

    def _frame_step(
        self, projected: torch.Tensor, states: list[torch.Tensor], training: bool
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        hidden, carry = states
        conv, ones = self.recurrent_conv, (1,) * self.rank
        pads = padding_of(hidden.shape[2:], self.kernel_size, ones, ones)
        if training and 0 < self.recurrent_dropout < 1:
            dropped = self.drop_states(hidden, True)
            recurrent = torch.cat(
                [
                    conv._conv_forward(functional.pad(one, pads), weight, None)
                    for one, weight in zip(dropped, conv.weight.chunk(4), strict=True)
                ],
                1,
            )
        else:
            recurrent = conv(functional.pad(hidden, pads))
        return self._combine(projected + recurrent, carry, 1)
