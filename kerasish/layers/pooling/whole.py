"""`GlobalMaxPooling` and `GlobalAveragePooling`: one entry for all of space."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from kerasish import config
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin


class GlobalPooling(Layer):
    """The base of layers that pool all of `rank` axes of space.

    Args:
        data_format: `"channels_last"` or `"channels_first"`.
        keepdims: Whether the axes of space stay, with size 1.
        **kwargs: Arguments of every layer.

    Call argument: inputs `(batch, ..., channels)`, or `(batch, channels, ...)` with
    `"channels_first"`; returns `(batch, channels)`.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    rank: ClassVar[int]
    arguments = ("data_format", "keepdims")

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = data_format or config.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", data_format, "'channels_last' or 'channels_first'")
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = True

    @property
    def _axes(self) -> tuple[int, ...]:
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return `(batch, channels)`, with axes of size 1 if `keepdims`."""
        kept = [1 if axis in self._axes else size for axis, size in enumerate(input_shape)]
        if not self.keepdims:
            kept = [size for axis, size in enumerate(kept) if axis not in self._axes]
        return tuple(kept)


class GlobalMaxPooling(GlobalPooling):
    """The largest entry of each channel; see `GlobalPooling` for the arguments."""

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Pool."""
        return inputs.amax(self._axes, keepdim=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel; see `GlobalPooling` for the arguments."""

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Pool."""
        return inputs.mean(self._axes, keepdim=self.keepdims)


@builtin("keras.layers", "GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest entry of each channel over time; see `GlobalPooling` for the arguments."""

    rank = 1


@builtin("keras.layers", "GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest entry of each channel of an image; see `GlobalPooling` for the arguments."""

    rank = 2


@builtin("keras.layers", "GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest entry of each channel of a volume; see `GlobalPooling` for the arguments."""

    rank = 3


@builtin("keras.layers", "GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of each channel over the valid steps; see `GlobalPooling` for the arguments.

    Call arguments: inputs `(batch, time, channels)`, and `mask` `(batch, time)`.
    """

    rank = 1
    supports_masking = True
    _moves_masks = True

    def call(self, inputs: torch.Tensor, mask: Any = None) -> torch.Tensor:  # type: ignore[override]
        """Pool; steps that the mask leaves out do not count."""
        if mask is None:
            return super().call(inputs)
        where = mask.bool().unsqueeze(2 if self.data_format == "channels_last" else 1)
        total = torch.where(where, inputs, 0.0).sum(self._axes, keepdim=self.keepdims)
        return total / where.to(inputs.dtype).sum(self._axes, keepdim=self.keepdims)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return None: there is no time left."""
        return None


@builtin("keras.layers", "GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel of an image; see `GlobalPooling` for the arguments."""

    rank = 2


@builtin("keras.layers", "GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of each channel of a volume; see `GlobalPooling` for the arguments."""

    rank = 3
