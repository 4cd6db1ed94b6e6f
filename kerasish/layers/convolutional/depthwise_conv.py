"""`DepthwiseConv1D` and `DepthwiseConv2D`: each channel is convolved by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.convolution import CONVOLUTIONS
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.convolutional.base_convolution import BaseConvolution
from kerasish.saving.registry import builtin
from weight_port import layouts


class DepthwiseConv(BaseConvolution):
    """A convolution of each channel by itself; holds an `nn.Conv1d` or `2d` as `conv`.

    Args:
        kernel_size: Size of the kernel, one number or one for each axis of space.
        strides: Steps.
        padding: `"valid"` or `"same"`.
        depth_multiplier: Number of output channels for each input channel.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: Spacing of the kernel.
        activation: Activation of the output; None for none.
        use_bias: Whether there is a bias.
        depthwise_initializer: How the kernel is drawn.
        bias_initializer: How the bias is drawn.
        depthwise_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        depthwise_constraint: Projection of the kernel.
        bias_constraint: Projection of the bias.
        **kwargs: Arguments of every layer.

    Call argument: inputs `(batch, ..., channels)`, or `(batch, channels, ...)` with
    `"channels_first"`; returns the same layout with `channels * depth_multiplier` channels.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    held_module = "conv"
    conv: Any
    arguments = (
        "depth_multiplier",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        "activation",
        "use_bias",
        "depthwise_initializer",
        "bias_initializer",
        "depthwise_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "depthwise_constraint",
        "bias_constraint",
    )

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._take_arguments(given)
        self.depth_multiplier = self._checked_size("depth_multiplier", depth_multiplier)
        assert self.layout is not None
        self.layout = replace(self.layout, sizes={"multiplier": self.depth_multiplier})

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs `(batch, ..., channels)`."""
        channels = self._channels(input_shape)
        self.conv = make_empty(
            CONVOLUTIONS[self.rank],
            channels,
            channels * self.depth_multiplier,
            self.kernel_size,
            stride=self.strides,
            padding=self._padding_of_module(),
            dilation=self.dilation_rate,
            groups=channels,
            bias=self.use_bias,
            dtype=torch_dtype(self.variable_dtype),
        )
        self._init_ported_weight(
            "kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            self.depthwise_regularizer,
            self.depthwise_constraint,
        )
        if self.use_bias:
            self._init_ported_weight(
                "bias",
                (channels * self.depth_multiplier,),
                self.bias_initializer,
                self.bias_regularizer,
                self.bias_constraint,
            )

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Convolve."""
        return self._activated(self.conv(self._padded(self._channels_first(inputs))))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the output's shape, None kept."""
        channels = input_shape[-1 if self._last else 1]
        return self._convolved_shape(input_shape, channels * self.depth_multiplier)


@builtin("keras.layers")
class DepthwiseConv1D(DepthwiseConv):
    """A depthwise convolution over `(batch, steps, channels)`; see `DepthwiseConv`."""

    rank = 1
    layout = layouts.get("DepthwiseConv1D")


@builtin("keras.layers")
class DepthwiseConv2D(DepthwiseConv):
    """A depthwise convolution over `(batch, height, width, channels)`; see `DepthwiseConv`."""

    rank = 2
    layout = layouts.get("DepthwiseConv2D")
