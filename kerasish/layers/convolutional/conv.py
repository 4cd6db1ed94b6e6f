"""`Conv1D`, `Conv2D` and `Conv3D`."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.convolution import CONVOLUTIONS
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.convolutional.base_convolution import BaseConvolution
from kerasish.saving.registry import builtin
from weight_port import layouts


class Conv(BaseConvolution):
    """A convolution over `rank` axes of space; holds an `nn.Conv1d`, `2d` or `3d` as `conv`.

    Args:
        filters: Number of output channels.
        kernel_size: Size of the kernel, one number or one for each axis of space.
        strides: Steps.
        padding: `"valid"` for none; `"same"`, as TensorFlow pads; for sequences also `"causal"`:
            before the first step only.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: Spacing of the kernel; with strides of 1 only.
        groups: Number of groups that the channels are divided into.
        activation: Activation of the output; None for none.
        use_bias: Whether there is a bias.
        kernel_initializer: How the kernel is drawn.
        bias_initializer: How the bias is drawn.
        kernel_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the kernel.
        bias_constraint: Projection of the bias.
        **kwargs: Arguments of every layer.

    Call argument: inputs `(batch, ..., channels)`, or `(batch, channels, ...)` with
    `"channels_first"`; returns the same layout with `filters` channels.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    held_module = "conv"
    conv: Any
    arguments = (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        "groups",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "kernel_constraint",
        "bias_constraint",
    )

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        super().__init__(activity_regularizer=activity_regularizer, **self._refuse_adapters(kwargs))
        self._take_arguments(given)
        self._refuse_strided_dilation()
        self.filters = self._checked_size("filters", filters)
        self.groups = self._checked_size("groups", groups)
        if self.filters % self.groups:
            self._refuse("groups", groups, f"a divisor of filters={filters}")

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs `(batch, ..., channels)`."""
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) takes a number of channels that "
                f"groups={self.groups} divides. Received: {channels} channels, inputs of shape "
                f"{tuple(input_shape)}"
            )
        self.conv = make_empty(
            CONVOLUTIONS[self.rank],
            channels,
            self.filters,
            self.kernel_size,
            stride=self.strides,
            padding=self._padding_of_module(),
            dilation=self.dilation_rate,
            groups=self.groups,
            bias=self.use_bias,
            dtype=torch_dtype(self.variable_dtype),
        )
        self._init_ported_weight(
            "kernel",
            (*self.kernel_size, channels // self.groups, self.filters),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.kernel_constraint,
        )
        if self.use_bias:
            self._init_ported_weight(
                "bias",
                (self.filters,),
                self.bias_initializer,
                self.bias_regularizer,
                self.bias_constraint,
            )

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Convolve."""
        return self._activated(self.conv(self._padded(self._channels_first(inputs))))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the output's shape, None kept."""
        return self._convolved_shape(input_shape, self.filters)


@builtin("keras.layers", "Convolution1D")
class Conv1D(Conv):
    """A convolution over `(batch, steps, channels)`; see `Conv` for the arguments."""

    rank = 1
    paddings = ("valid", "same", "causal")
    layout = layouts.get("Conv1D")


@builtin("keras.layers", "Convolution2D")
class Conv2D(Conv):
    """A convolution over `(batch, height, width, channels)`; see `Conv` for the arguments."""

    rank = 2
    layout = layouts.get("Conv2D")


@builtin("keras.layers", "Convolution3D")
class Conv3D(Conv):
    """A convolution over `(batch, depth, height, width, channels)`; see `Conv`."""

    rank = 3
    layout = layouts.get("Conv3D")
