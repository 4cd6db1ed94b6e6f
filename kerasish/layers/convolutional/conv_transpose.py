"""`Conv1DTranspose`, `Conv2DTranspose` and `Conv3DTranspose`."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from kerasish.dtypes import torch_dtype
from kerasish.layers.base.convolution import transposed_growth, transposed_padding
from kerasish.layers.base.empty_module import make_empty
from kerasish.layers.convolutional.base_convolution import BaseConvolution
from kerasish.saving.registry import builtin
from weight_port import layouts

_TRANSPOSED: dict[int, type[nn.Module]] = {
    1: nn.ConvTranspose1d,
    2: nn.ConvTranspose2d,
    3: nn.ConvTranspose3d,
}


class ConvTranspose(BaseConvolution):
    """The transpose of a convolution over `rank` axes of space.

    It holds an `nn.ConvTranspose1d`, `2d` or `3d` as `conv`. Where TensorFlow cuts one entry more
    at the end than at the beginning, torch's result is cut.

    Args:
        filters: Number of output channels.
        kernel_size: Size of the kernel, one number or one for each axis of space.
        strides: Steps of the convolution whose transpose this is.
        padding: `"valid"` or `"same"`.
        output_padding: What is added to the output's size, less than the strides; None for the
            size that Keras chooses.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: Spacing of the kernel; with strides of 1 only.
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
        "output_padding",
        "data_format",
        "dilation_rate",
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
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._take_arguments(given)
        self._refuse_strided_dilation()
        self.filters = self._checked_size("filters", filters)
        if output_padding is not None:
            several = isinstance(output_padding, (list, tuple))
            sizes = tuple(output_padding) if several else (output_padding,) * self.rank
            fits = len(sizes) == self.rank and all(
                isinstance(size, int) and 0 <= size < step
                for size, step in zip(sizes, self.strides, strict=False)
            )
            if not fits:
                expected = f"numbers from 0 on, below strides={self.strides},"
                self._refuse("output_padding", output_padding, expected)
            self.output_padding = sizes

    def _growth(self, axis: int) -> int:
        """What an axis of the output has beyond `size * strides`."""
        width = (self.kernel_size[axis] - 1) * self.dilation_rate[axis] + 1
        step = self.strides[axis]
        extra = None if self.output_padding is None else self.output_padding[axis]
        return transposed_growth(width, step, self.padding, extra)

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs `(batch, ..., channels)`."""
        channels = self._channels(input_shape)
        before, more, self._cut_ends = zip(
            *(
                transposed_padding((width - 1) * spacing + 1, step, self._growth(axis))
                for axis, (width, spacing, step) in enumerate(
                    zip(self.kernel_size, self.dilation_rate, self.strides, strict=True)
                )
            ),
            strict=True,
        )
        self.conv = make_empty(
            _TRANSPOSED[self.rank],
            channels,
            self.filters,
            self.kernel_size,
            stride=self.strides,
            padding=before,
            output_padding=more,
            dilation=self.dilation_rate,
            bias=self.use_bias,
            dtype=torch_dtype(self.variable_dtype),
        )
        self._init_ported_weight(
            "kernel",
            (*self.kernel_size, self.filters, channels),
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
        """Apply the transposed convolution."""
        result = self.conv(self._channels_first(inputs))
        for axis, cut in enumerate(self._cut_ends, 2):
            if cut:
                result = result.narrow(axis, 0, result.shape[axis] - cut)
        return self._activated(result)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the output's shape, None kept."""
        space = tuple(
            None if size is None else size * step + self._growth(axis)
            for axis, (size, step) in enumerate(
                zip(self._space(input_shape), self.strides, strict=True)
            )
        )
        return self._shape(input_shape, space, self.filters)


@builtin("keras.layers", "Convolution1DTranspose")
class Conv1DTranspose(ConvTranspose):
    """A transposed convolution over `(batch, steps, channels)`; see `ConvTranspose`."""

    rank = 1
    layout = layouts.get("Conv1DTranspose")


@builtin("keras.layers", "Convolution2DTranspose")
class Conv2DTranspose(ConvTranspose):
    """A transposed convolution over `(batch, height, width, channels)`; see `ConvTranspose`."""

    rank = 2
    layout = layouts.get("Conv2DTranspose")


@builtin("keras.layers", "Convolution3DTranspose")
class Conv3DTranspose(ConvTranspose):
    """A transposed convolution over `(batch, depth, height, width, channels)`."""

    rank = 3
    layout = layouts.get("Conv3DTranspose")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: Any = None,
        dilation_rate: Any = 1,
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
        # Keras's order of these two is another one here than in its other classes.
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **kwargs,
        )
