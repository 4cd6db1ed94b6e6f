"""`ConvLSTM1D`, `ConvLSTM2D`, `ConvLSTM3D`: an LSTM of images (Shi et al. 2015)."""

from __future__ import annotations

from typing import Any

from kerasish import config, regularizers
from kerasish.dtypes import torch_dtype
from kerasish.layers.base.convolution import (
    CONVOLUTIONS,
    output_size,
    per_axis,
)
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.rnn.conv_lstm_run import ConvLSTMRun
from kerasish.layers.rnn.lstm import LSTMWeights
from kerasish.layers.rnn.recurrent import StateShape
from kerasish.saving.registry import builtin
from weight_port import layouts


class ConvLSTM(ConvLSTMRun):
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

    filters: int
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
