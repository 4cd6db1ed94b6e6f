"""`AdaptiveMaxPooling` and `AdaptiveAveragePooling`: windows chosen for a size of the output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch.nn import functional

from kerasish import config
from kerasish.layers.base.convolution import per_axis
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin


class AdaptivePooling(Layer):
    """The base of layers that pool to a given size of `rank` axes of space.

    Args:
        output_size: Size of the output, one number or one for each axis of space.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Call argument: inputs `(batch, ..., channels)`, or `(batch, channels, ...)` with
    `"channels_first"`; returns the same layout.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    rank: ClassVar[int]
    pool: ClassVar[Callable]
    arguments = ("output_size", "data_format")

    def __init__(
        self, output_size: int | Sequence[int], data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.output_size = per_axis(self, "output_size", output_size, self.rank)
        self.data_format = data_format or config.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", data_format, "'channels_last' or 'channels_first'")
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Pool."""
        if self.data_format == "channels_first":
            return type(self).pool(inputs, self.output_size)
        return type(self).pool(inputs.movedim(-1, 1), self.output_size).movedim(1, -1)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the output's shape."""
        if self.data_format == "channels_last":
            return (input_shape[0], *self.output_size, input_shape[-1])
        return (*input_shape[:2], *self.output_size)


@builtin("keras.layers")
class AdaptiveAveragePooling1D(AdaptivePooling):
    """Means of windows of steps; see `AdaptivePooling` for the arguments."""

    rank = 1
    pool = staticmethod(functional.adaptive_avg_pool1d)


@builtin("keras.layers")
class AdaptiveAveragePooling2D(AdaptivePooling):
    """Means of windows of an image; see `AdaptivePooling` for the arguments."""

    rank = 2
    pool = staticmethod(functional.adaptive_avg_pool2d)


@builtin("keras.layers")
class AdaptiveAveragePooling3D(AdaptivePooling):
    """Means of windows of a volume; see `AdaptivePooling` for the arguments."""

    rank = 3
    pool = staticmethod(functional.adaptive_avg_pool3d)


@builtin("keras.layers")
class AdaptiveMaxPooling1D(AdaptivePooling):
    """Largest entries of windows of steps; see `AdaptivePooling` for the arguments."""

    rank = 1
    pool = staticmethod(functional.adaptive_max_pool1d)


@builtin("keras.layers")
class AdaptiveMaxPooling2D(AdaptivePooling):
    """Largest entries of windows of an image; see `AdaptivePooling` for the arguments."""

    rank = 2
    pool = staticmethod(functional.adaptive_max_pool2d)


@builtin("keras.layers")
class AdaptiveMaxPooling3D(AdaptivePooling):
    """Largest entries of windows of a volume; see `AdaptivePooling` for the arguments."""

    rank = 3
    pool = staticmethod(functional.adaptive_max_pool3d)
