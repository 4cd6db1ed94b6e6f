"""`UpSampling1D`, `UpSampling2D` and `UpSampling3D`."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from kerasish.image import resize
from kerasish.layers.base.convolution import per_axis
from kerasish.layers.reshaping.space import SpaceLayer
from kerasish.saving.registry import builtin

_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


class UpSampling(SpaceLayer):
    """The base of layers that repeat the entries of `rank` axes of space."""

    size: Any

    @property
    def _factors(self) -> tuple[int, ...]:
        return (self.size,) if self.rank == 1 else self.size

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Repeat."""
        for axis, factor in zip(self._axes, self._factors, strict=True):
            inputs = inputs.repeat_interleave(factor, axis)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with the sizes of space multiplied."""
        shape = list(input_shape)
        for axis, factor in zip(self._axes, self._factors, strict=True):
            if shape[axis] is not None:
                shape[axis] *= factor
        return tuple(shape)


@builtin("keras.layers")
class UpSampling1D(UpSampling):
    """Repeats every step of a sequence.

    Args:
        size: Number of repetitions.
        **kwargs: Arguments of every layer.
    """

    rank = 1
    arguments = ("size",)

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = self._checked_size("size", size)
        self._take_data_format("channels_last")


@builtin("keras.layers")
class UpSampling2D(UpSampling):
    """Enlarges images.

    Args:
        size: Factor of height and width, one number or two.
        data_format: `"channels_last"` or `"channels_first"`.
        interpolation: `"nearest"` repeats entries; `"bilinear"`, `"bicubic"`, `"lanczos3"` and
            `"lanczos5"` interpolate.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    rank = 2
    arguments = ("size", "data_format", "interpolation")

    def __init__(
        self,
        size: Any = 2,
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.size = per_axis(self, "size", size, self.rank)
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in _INTERPOLATIONS:
            self._refuse("interpolation", interpolation, f"one of {_INTERPOLATIONS}")
        self._take_data_format(data_format)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Enlarge."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        last = self.data_format == "channels_last"
        x = inputs.movedim(-1, 1) if last else inputs
        sizes = [size * factor for size, factor in zip(x.shape[2:], self.size, strict=True)]
        if self.interpolation == "bilinear":
            x = functional.interpolate(x, sizes, mode="bilinear", align_corners=False)
        else:
            x = resize(x, sizes, self.interpolation, data_format="channels_first")
        return x.movedim(1, -1) if last else x


@builtin("keras.layers")
class UpSampling3D(UpSampling):
    """Repeats the entries of volumes.

    Args:
        size: Number of repetitions, one number or one for each axis of space.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.
    """

    rank = 3
    arguments = ("size", "data_format")

    def __init__(self, size: Any = 2, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = per_axis(self, "size", size, self.rank)
        self._take_data_format(data_format)
