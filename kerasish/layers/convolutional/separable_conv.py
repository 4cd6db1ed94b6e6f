"""`SeparableConv1D` and `SeparableConv2D`: a depthwise convolution, then one of size 1."""

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


class SeparableConv(BaseConvolution):
    """A depthwise convolution, then one that mixes the channels at each place.

    It holds two modules of `nn.Conv1d` or `2d`, `depthwise` and `pointwise`.

    Args:
        filters: Number of output channels.
        kernel_size: Size of the depthwise kernel, one number or one for each axis of space.
        strides: Steps.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: Spacing of the depthwise kernel.
        depth_multiplier: Number of channels that the first convolution makes of each.
        activation: Activation of the output; None for none.
        use_bias: Whether there is a bias.
        depthwise_initializer: How the depthwise kernel is drawn.
        pointwise_initializer: How the pointwise kernel is drawn.
        bias_initializer: How the bias is drawn.
        depthwise_regularizer: Penalty on the depthwise kernel.
        pointwise_regularizer: Penalty on the pointwise kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        depthwise_constraint: Projection of the depthwise kernel.
        pointwise_constraint: Projection of the pointwise kernel.
        bias_constraint: Projection of the bias.
        **kwargs: Arguments of every layer.

    Call argument: inputs `(batch, ..., channels)`, or `(batch, channels, ...)` with
    `"channels_first"`; returns the same layout with `filters` channels.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    depthwise: Any
    pointwise: Any
    arguments = (
        "depth_multiplier",
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        "activation",
        "use_bias",
        "depthwise_initializer",
        "pointwise_initializer",
        "bias_initializer",
        "depthwise_regularizer",
        "pointwise_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "depthwise_constraint",
        "pointwise_constraint",
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
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        given = dict(locals())
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._take_arguments(given)
        self.filters = self._checked_size("filters", filters)
        self.depth_multiplier = self._checked_size("depth_multiplier", depth_multiplier)
        assert self.layout is not None
        self.layout = replace(self.layout, sizes={"multiplier": self.depth_multiplier})

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs `(batch, ..., channels)`."""
        channels = self._channels(input_shape)
        between = channels * self.depth_multiplier
        conv, dtype = CONVOLUTIONS[self.rank], torch_dtype(self.variable_dtype)
        self.depthwise = make_empty(
            conv,
            channels,
            between,
            self.kernel_size,
            stride=self.strides,
            padding=self._padding_of_module(),
            dilation=self.dilation_rate,
            groups=channels,
            bias=False,
            dtype=dtype,
        )
        self.pointwise = make_empty(conv, between, self.filters, 1, bias=self.use_bias, dtype=dtype)
        shapes = {
            "depthwise_kernel": (*self.kernel_size, channels, self.depth_multiplier),
            "pointwise_kernel": (*(1,) * self.rank, between, self.filters),
            "bias": (self.filters,),
        }
        for name, shape in shapes.items():
            if name == "bias" and not self.use_bias:
                continue
            kind = name.removesuffix("_kernel")
            self._init_ported_weight(
                name,
                shape,
                getattr(self, f"{kind}_initializer"),
                getattr(self, f"{kind}_regularizer"),
                getattr(self, f"{kind}_constraint"),
            )

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Convolve twice."""
        x = self.depthwise(self._padded(self._channels_first(inputs)))
        return self._activated(self.pointwise(x))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the output's shape, None kept."""
        return self._convolved_shape(input_shape, self.filters)


@builtin("keras.layers", "SeparableConvolution1D")
class SeparableConv1D(SeparableConv):
    """A separable convolution over `(batch, steps, channels)`; see `SeparableConv`."""

    rank = 1
    layout = layouts.get("SeparableConv1D")


@builtin("keras.layers", "SeparableConvolution2D")
class SeparableConv2D(SeparableConv):
    """A separable convolution over `(batch, height, width, channels)`; see `SeparableConv`."""

    rank = 2
    layout = layouts.get("SeparableConv2D")
