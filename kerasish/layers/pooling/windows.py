"""`MaxPooling` and `AveragePooling`: the largest entry or the mean of each window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch.nn import functional

from kerasish import config
from kerasish.layers.base.convolution import output_size, padding_of, per_axis
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin

_MAX: dict[int, Callable] = {
    1: functional.max_pool1d,
    2: functional.max_pool2d,
    3: functional.max_pool3d,
}
_AVERAGE: dict[int, Callable] = {
    1: functional.avg_pool1d,
    2: functional.avg_pool2d,
    3: functional.avg_pool3d,
}


def pool_windows(
    x: torch.Tensor,
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    data_format: str,
    *,
    largest: bool,
) -> torch.Tensor:
    """Return the largest entry or the mean of each window.

    Args:
        x: `(batch, ..., channels)`, or `(batch, channels, ...)` with `"channels_first"`.
        sizes: Sizes of the windows.
        strides: Steps of the windows.
        padding: `"valid"`, or `"same"`, as TensorFlow pads; padding counts nowhere.
        data_format: `"channels_last"` or `"channels_first"`.
        largest: Whether to return the largest entries.
    """
    last = data_format == "channels_last"
    x = x.movedim(-1, 1) if last else x
    rank = len(sizes)
    pads = [0] * (2 * rank)
    if padding == "same":
        pads = padding_of(x.shape[2:], sizes, strides, (1,) * rank)
    even = pads[::2] == pads[1::2]
    both = tuple(reversed(pads[::2])) if even else (0,) * rank
    if not even:
        padded = functional.pad(x, pads, value=float("-inf") if largest else 0.0)
    if largest:
        result = _MAX[rank](x if even else padded, sizes, strides, both)
    elif even:
        result = _AVERAGE[rank](x, sizes, strides, both, count_include_pad=False)
    else:
        # The share of each window that lies within the inputs.
        ones = functional.pad(x.new_ones(1, 1, *x.shape[2:]), pads)
        result = _AVERAGE[rank](padded, sizes, strides) / _AVERAGE[rank](ones, sizes, strides)
    return result.movedim(1, -1) if last else result


class Pooling(Layer):
    """The base of layers that pool windows over `rank` axes of space.

    Args:
        pool_size: Size of the windows, one number or one for each axis of space.
        strides: Steps of the windows; `pool_size` if None.
        padding: `"valid"` for none, or `"same"`, as TensorFlow pads; padding counts nowhere.
        data_format: `"channels_last"` or `"channels_first"`.
        name: Name.
        **kwargs: Arguments of every layer.

    Call argument: inputs `(batch, ..., channels)`, or `(batch, channels, ...)` with
    `"channels_first"`; returns the same layout.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    rank: ClassVar[int]
    largest: ClassVar[bool]
    arguments = ("pool_size", "padding", "strides", "data_format")

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = per_axis(self, "pool_size", pool_size, self.rank)
        strides = pool_size if strides is None else strides
        self.strides = per_axis(self, "strides", strides, self.rank)
        if not isinstance(padding, str) or padding.lower() not in ("valid", "same"):
            self._refuse("padding", padding, "'valid' or 'same'")
        self.padding = padding
        self.data_format = data_format or config.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", data_format, "'channels_last' or 'channels_first'")
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Pool."""
        return pool_windows(
            inputs,
            self.pool_size,
            self.strides,
            self.padding.lower(),
            self.data_format,
            largest=self.largest,
        )

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the output's shape, None kept."""
        last = self.data_format == "channels_last"
        space = output_size(
            input_shape[1:-1] if last else input_shape[2:],
            self.pool_size,
            self.strides,
            self.padding.lower(),
            (1,) * self.rank,
        )
        if any(size is not None and size <= 0 for size in space):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) with pool_size={self.pool_size} "
                f"would give an empty output. Received: inputs of shape {tuple(input_shape)}"
            )
        batch = input_shape[0]
        return (batch, *space, input_shape[-1]) if last else (batch, input_shape[1], *space)


class MaxPooling(Pooling):
    """The largest entry of each window; see `Pooling` for the arguments."""

    largest = True

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling(Pooling):
    """The mean of each window; see `Pooling` for the arguments."""

    largest = False


@builtin("keras.layers", "MaxPool1D")
class MaxPooling1D(MaxPooling):
    """The largest entry of each window of steps; see `Pooling` for the arguments."""

    rank = 1


@builtin("keras.layers", "MaxPool2D")
class MaxPooling2D(MaxPooling):
    """The largest entry of each window of an image; see `Pooling` for the arguments."""

    rank = 2


@builtin("keras.layers", "MaxPool3D")
class MaxPooling3D(MaxPooling):
    """The largest entry of each window of a volume; see `Pooling` for the arguments."""

    rank = 3


@builtin("keras.layers", "AvgPool1D")
class AveragePooling1D(AveragePooling):
    """The mean of each window of steps; see `Pooling` for the arguments."""

    rank = 1


@builtin("keras.layers", "AvgPool2D")
class AveragePooling2D(AveragePooling):
    """The mean of each window of an image; see `Pooling` for the arguments."""

    rank = 2


@builtin("keras.layers", "AvgPool3D")
class AveragePooling3D(AveragePooling):
    """The mean of each window of a volume; see `Pooling` for the arguments."""

    rank = 3
