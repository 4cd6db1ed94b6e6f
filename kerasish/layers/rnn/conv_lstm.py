"""`ConvLSTM1D`, `ConvLSTM2D`, `ConvLSTM3D`: an LSTM of images (Shi et al. 2015)."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch.nn import functional

from kerasish import config, regularizers
from kerasish.dtypes import torch_dtype
from kerasish.layers.base.convolution import (
    CONVOLUTIONS,
    output_size,
    padding_of,
    per_axis,
)
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.rnn.cell_dropout import DropoutCell, hold_masks
from kerasish.layers.rnn.cell_loop import LoopResult, run_cell
from kerasish.layers.rnn.lstm import LSTMWeights
from kerasish.layers.rnn.recurrent import Recurrent, StateShape
from kerasish.saving.registry import builtin
from weight_port import layouts


class ConvLSTM(DropoutCell, LSTMWeights, Recurrent):
    """An LSTM whose products are convolutions, over frames of `rank` axes of space.

    It holds the inputs' convolution as `input_conv` and the states' as `recurrent_conv`.

    Args:
        filters: Number of output channels.
        kernel_size: Size of the kernels, one number or one for each axis of space.
        strides: Steps of the inputs' convolution.
        padding: `"valid"` for none, or `"same"`, as TensorFlow pads.
        data_format: `"channels_last"` for `(batch, time, ..., channels)`, or `"channels_first"`
            for `(batch, time, channels, ...)`.
        dilation_rate: Spacing of the inputs' kernel; with strides of 1 only.
        activation: Activation of the cell's input and output; None for none.
        recurrent_activation: Activation of the gates.
        use_bias: Whether there is a bias.
        kernel_initializer: How the inputs' kernel is drawn.
        recurrent_initializer: How the states' kernel is drawn.
        bias_initializer: How the bias is drawn.
        unit_forget_bias: Whether the bias of the forget gate starts at one.
        kernel_regularizer: Penalty on the inputs' kernel.
        recurrent_regularizer: Penalty on the states' kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the inputs' kernel.
        recurrent_constraint: Projection of the states' kernel.
        bias_constraint: Projection of the bias.
        dropout: Share of the inputs to drop in training, for each gate apart.
        recurrent_dropout: Share of the states to drop in training, for each gate apart.
        seed: Seed of the dropout.
        return_sequences: Whether the output holds all steps.
        return_state: Whether the final states h and c are returned after the output.
        go_backwards: Whether time runs backwards.
        stateful: Whether a call goes on from the previous call's states.
        **kwargs: `unroll`, `zero_output_for_mask`, and the arguments of every layer.

    Call arguments: `sequences`, `initial_state` `[h, c]`, `mask` `(batch, time)`, `training`.
    Returns the output without or with time; with `return_state`, a tuple of output, h and c.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    rank: ClassVar[int]
    filters: int
    input_conv: Any
    recurrent_conv: Any
    held_module = None
    _seed_comes_first = True
    _size_argument = "filters"
    _cell_name = "conv_lstm_cell"
    arguments = (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        *LSTMWeights.arguments[1:],
    )

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        super().__init__(
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            **kwargs,
        )
        # Keras draws a dropout mask for each gate here.
        self._take_arguments(given, implementation=1)
        self.kernel_size = per_axis(self, "kernel_size", kernel_size, self.rank)
        self.strides = per_axis(self, "strides", strides, self.rank)
        self.dilation_rate = per_axis(self, "dilation_rate", dilation_rate, self.rank)
        self.padding = str(padding).lower()
        if self.padding not in ("valid", "same"):
            self._refuse("padding", padding, "'valid' or 'same'")
        self.data_format = data_format or config.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", data_format, "'channels_last' or 'channels_first'")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            self._refuse("dilation_rate", dilation_rate, f"1 with strides={self.strides}")
        self.input_spec = InputSpec(ndim=self.rank + 3)

    @property
    def units(self) -> int:  # type: ignore[override]
        """Number of filters, as the parts of an LSTM name it."""
        return self.filters

    @property
    def cell(self) -> ConvLSTM:
        """The layer itself, which answers for the weights and arguments of Keras's inner cell."""
        return self

    # Shapes

    def _channels_and_space(self, shape: Any) -> tuple[Any, tuple]:
        """Channels and sizes in space of `(batch, time, ...)`."""
        if self.data_format == "channels_last":
            return shape[-1], tuple(shape[2:-1])
        return shape[2], tuple(shape[3:])

    def _frame_shape(self, shape: Any) -> tuple:
        """Shape of an output frame without the batch axis."""
        space = output_size(
            self._channels_and_space(shape)[1],
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
        )
        last = self.data_format == "channels_last"
        return (*space, self.filters) if last else (self.filters, *space)

    def _state_shapes(self, batch: int | None) -> list[Any]:
        return [StateShape((batch, *self._state_frame))] * 2

    @property
    def state_size(self) -> list[Any]:
        """Number of filters of each state."""
        return [self.filters] * 2

    @property
    def output_size(self) -> int:
        """Number of filters of the output."""
        return self.filters

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """Return the shape of the output, or of the output and the states."""
        batch, time = sequences_shape[:2]
        frame = self._frame_shape(sequences_shape)
        output = (batch, time, *frame) if self.return_sequences else (batch, *frame)
        state = (batch, *frame)
        return (output, state, state) if self.return_state else output

    # Building

    @property
    def _weight_path(self) -> str:
        return f"{super()._weight_path}/{self._cell_name}"

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Make the weights for sequences `(batch, time, ..., channels)`."""
        channels, space = self._channels_and_space(sequences_shape)
        if channels is None or None in space:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) needs to know the sizes of frames "
                f"and their channels. Received: sequences of shape {tuple(sequences_shape)}"
            )
        self._state_frame = self._frame_shape(sequences_shape)
        width, dtype = 4 * self.filters, torch_dtype(self.variable_dtype)
        conv = CONVOLUTIONS[self.rank]
        self.input_conv = make_empty(
            conv,
            channels,
            width,
            self.kernel_size,
            stride=self.strides,
            dilation=self.dilation_rate,
            bias=self.use_bias,
            dtype=dtype,
        )
        self.recurrent_conv = make_empty(
            conv, self.filters, width, self.kernel_size, bias=False, dtype=dtype
        )
        self._init_weights((*self.kernel_size, channels), (*self.kernel_size, self.filters))
        self.input_spec = InputSpec(shape=(None, None, *sequences_shape[2:]))
        self._build_states(sequences_shape)

    # Running

    def _run(
        self,
        sequences: torch.Tensor,
        states: list[Any] | None,
        mask: torch.Tensor | None,
        training: bool,
    ) -> LoopResult:
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
            result = run_cell(
                lambda x, s: self._frame_step(x, s, training),
                self._convolve_inputs(sequences, training),
                states,
                mask,
                go_backwards=self.go_backwards,
                zero_output_for_mask=self.zero_output_for_mask,
                return_sequences=self.return_sequences,
            )
        if self.data_format == "channels_first":
            return result
        outputs = None if result.outputs is None else result.outputs.movedim(2, -1)
        final = [state.movedim(1, -1) for state in result.states]
        return LoopResult(result.last_output.movedim(1, -1), outputs, final)

    def _convolve_inputs(self, sequences: torch.Tensor, training: bool) -> torch.Tensor:
        """Convolve all frames at once: `(batch, time, channels, ...)` to four times the filters."""
        batch, time = sequences.shape[:2]
        pads = [0] * (2 * self.rank)
        if self.padding == "same":
            pads = padding_of(
                sequences.shape[3:], self.kernel_size, self.strides, self.dilation_rate
            )
        conv = self.input_conv
        if not (training and 0 < self.dropout < 1):
            padded = functional.pad(sequences.flatten(0, 1), pads)
            return conv(padded).unflatten(0, (batch, time))
        masks = self._mask("dropout", sequences[:, 0])
        biases = [None] * 4 if conv.bias is None else conv.bias.chunk(4)
        parts = [
            conv._conv_forward(
                functional.pad((sequences * mask[:, None]).flatten(0, 1), pads), weight, bias
            )
            for mask, weight, bias in zip(masks, conv.weight.chunk(4), biases, strict=True)
        ]
        return torch.cat(parts, 1).unflatten(0, (batch, time))

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

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        penalty = regularizers.serialize(self.activity_regularizer)
        return {
            **super().get_config(),
            **self._flags_config(),
            "activity_regularizer": penalty,
        }


@builtin("keras.layers")
class ConvLSTM1D(ConvLSTM):
    """A `ConvLSTM` over `(batch, time, steps, channels)`; see there for the arguments."""

    rank = 1
    layout = layouts.get("ConvLSTM1D")


@builtin("keras.layers")
class ConvLSTM2D(ConvLSTM):
    """A `ConvLSTM` over `(batch, time, height, width, channels)`; see there for the arguments."""

    rank = 2
    layout = layouts.get("ConvLSTM2D")


@builtin("keras.layers")
class ConvLSTM3D(ConvLSTM):
    """A `ConvLSTM` over `(batch, time, depth, height, width, channels)`; see there."""

    rank = 3
    layout = layouts.get("ConvLSTM3D")
