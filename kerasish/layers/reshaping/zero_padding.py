"""`ZeroPadding1D`, `ZeroPadding2D` and `ZeroPadding3D`."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from kerasish.layers.reshaping.space import SpaceLayer
from kerasish.saving.registry import builtin


class ZeroPadding(SpaceLayer):
    """Puts zeros before and after `rank` axes of space.

    Args:
        padding: One number for all sides, one number or one pair for each axis of space.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If an argument has a value it can't have, or is unknown.
    """

    arguments = ("padding", "data_format")

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pairs = self._pairs("padding", padding)
        self.padding = pairs[0] if self.rank == 1 else pairs
        self._take_data_format(data_format)

    @property
    def _sides(self) -> tuple:
        return (self.padding,) if self.rank == 1 else self.padding

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Pad."""
        pads = [size for pair in reversed(self._sides) for size in pair]
        return functional.pad(inputs, [0, 0, *pads] if self._axes.start == 1 else pads)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with the padding added."""
        shape = list(input_shape)
        for axis, pair in zip(self._axes, self._sides, strict=True):
            if shape[axis] is not None:
                shape[axis] += sum(pair)
        return tuple(shape)


@builtin("keras.layers")
class ZeroPadding1D(ZeroPadding):
    """Zeros before and after sequences; see `ZeroPadding` for the arguments."""

    rank = 1


@builtin("keras.layers")
class ZeroPadding2D(ZeroPadding):
    """Zeros around images; see `ZeroPadding` for the arguments."""

    rank = 2


@builtin("keras.layers")
class ZeroPadding3D(ZeroPadding):
    """Zeros around volumes; see `ZeroPadding` for the arguments."""

    rank = 3
