"""What all convolutions have in common: arguments, shapes and padding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch.nn import functional

from kerasish import config
from kerasish.dtypes import torch_dtype
from kerasish.layers.base.convolution import output_size, padding_of, per_axis
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer


class BaseConvolution(Layer):
    """The base of convolutions over `rank` axes of space.

    Data with the channels last reaches torch as a view, whose memory format torch's kernels know.
    """

    rank: ClassVar[int]
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation_rate: tuple[int, ...]
    padding: str
    data_format: str
    use_bias: bool
    activation: Any
    _fixed_padding: tuple[int, ...]

    def _take_arguments(self, given: Mapping[str, Any]) -> None:
        """Store and check the arguments that all convolutions have."""
        self._read_arguments(given)
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, per_axis(self, name, given[name], self.rank))
        self.padding = str(given["padding"]).lower()
        if self.padding not in self.paddings:
            self._refuse("padding", given["padding"], " or ".join(map(repr, self.paddings)))
        self.data_format = given["data_format"] or config.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", self.data_format, "'channels_last' or 'channels_first'")
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _refuse_strided_dilation(self) -> None:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            self._refuse("dilation_rate", self.dilation_rate, f"1 with strides={self.strides}")

    def _refuse_adapters(self, options: dict[str, Any]) -> dict[str, Any]:
        """Drop Keras's arguments for low-rank adapters, which must be None."""
        for name in ("lora_rank", "lora_alpha"):
            value = options.pop(name, None)
            if value is not None:
                raise ValueError(
                    f"Layers of class {type(self).__name__} take nothing but None as `{name}`. "
                    f"Received: {name}={value!r}"
                )
        return options

    # Shapes

    @property
    def _last(self) -> bool:
        return self.data_format == "channels_last"

    def _space(self, shape: Any) -> tuple:
        return tuple(shape[1:-1] if self._last else shape[2:])

    def _channels(self, input_shape: Any) -> int:
        """Number of input channels; the input spec is set for it.

        Raises:
            ValueError: If it is not known, or an axis of space is too small.
        """
        axis = -1 if self._last else 1
        channels = input_shape[axis]
        if channels is None:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) needs to know the number of "
                f"channels. Received: inputs of shape {tuple(input_shape)}"
            )
        self.compute_output_shape(input_shape)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        return channels

    def _shape(self, input_shape: Any, space: tuple, channels: int) -> tuple:
        """Put an output shape together."""
        if any(size is not None and size <= 0 for size in space):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) with kernel_size="
                f"{self.kernel_size} and padding='{self.padding}' would give an empty output. "
                f"Received: inputs of shape {tuple(input_shape)}"
            )
        batch = input_shape[0]
        return (batch, *space, channels) if self._last else (batch, channels, *space)

    def _convolved_shape(self, input_shape: Any, channels: int) -> tuple:
        padding = "valid" if self.padding == "valid" else "same"
        space = output_size(
            self._space(input_shape), self.kernel_size, self.strides, padding, self.dilation_rate
        )
        return self._shape(input_shape, space, channels)

    # Running

    def _padding_of_module(self) -> tuple[int, ...]:
        """What the module of torch pads itself: the padding that no input size changes.

        With strides of 1, `"same"` pads by the kernel's size alone, and equally on both sides up
        to one entry.
        """
        self._fixed_padding = tuple(
            (width - 1) * spacing // 2 if self.padding == "same" and step == 1 else 0
            for width, step, spacing in zip(
                self.kernel_size, self.strides, self.dilation_rate, strict=True
            )
        )
        return self._fixed_padding

    def _channels_first(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return `(batch, channels, ...)`, a view."""
        if not inputs.is_floating_point():
            inputs = inputs.to(torch_dtype(self.compute_dtype))
        return inputs.movedim(-1, 1) if self._last else inputs

    def _padded(self, x: torch.Tensor) -> torch.Tensor:
        """Pad `(batch, channels, ...)` by what the module does not pad itself."""
        if self.padding == "valid":
            return x
        if self.padding == "causal":
            return functional.pad(x, ((self.kernel_size[0] - 1) * self.dilation_rate[0], 0))
        pads = padding_of(x.shape[2:], self.kernel_size, self.strides, self.dilation_rate)
        # The axes of `pads` come last first, two entries each.
        for index, fixed in enumerate(reversed(self._fixed_padding)):
            pads[2 * index] -= fixed
            pads[2 * index + 1] -= fixed
        return functional.pad(x, pads) if any(pads) else x

    def _activated(self, result: torch.Tensor) -> torch.Tensor:
        """Return the output in the layout of the data."""
        return self.activation(result.movedim(1, -1) if self._last else result)
