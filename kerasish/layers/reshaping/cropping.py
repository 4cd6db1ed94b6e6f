"""`Cropping1D`, `Cropping2D` and `Cropping3D`."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from kerasish.layers.reshaping.space import SpaceLayer
from kerasish.saving.registry import builtin


class Cropping(SpaceLayer):
    """Cuts entries off the ends of `rank` axes of space; the result is a view.

    Args:
        cropping: One number for all sides, one number or one pair for each axis of space.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If an argument has a value it can't have, or nothing would be left.
    """

    arguments: ClassVar[tuple[str, ...]] = ("cropping", "data_format")

    def __init__(self, cropping: Any = 0, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pairs = self._pairs("cropping", cropping)
        self.cropping = pairs[0] if self.rank == 1 else pairs
        self._take_data_format(data_format)

    @property
    def _sides(self) -> tuple:
        return (self.cropping,) if self.rank == 1 else self.cropping

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Crop."""
        shape = self.compute_output_shape(inputs.shape)
        for axis, pair in zip(self._axes, self._sides, strict=True):
            inputs = inputs.narrow(axis, pair[0], shape[axis])
        return inputs

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the shape with the cropping subtracted."""
        shape = list(input_shape)
        for axis, pair in zip(self._axes, self._sides, strict=True):
            if shape[axis] is None:
                continue
            shape[axis] -= sum(pair)
            if shape[axis] <= 0:
                raise ValueError(
                    f"Layer '{self.name}' ({type(self).__name__}) with cropping={self.cropping} "
                    f"would leave nothing. Received: inputs of shape {tuple(input_shape)}"
                )
        return tuple(shape)


@builtin("keras.layers")
class Cropping1D(Cropping):
    """Cuts steps off sequences; see `Cropping`.

    Args:
        cropping: One number for both ends, or a pair.
        **kwargs: Arguments of every layer.
    """

    rank = 1
    arguments = ("cropping",)

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(cropping, "channels_last", **kwargs)


@builtin("keras.layers")
class Cropping2D(Cropping):
    """Cuts the borders off images; see `Cropping` for the arguments."""

    rank = 2


@builtin("keras.layers")
class Cropping3D(Cropping):
    """Cuts the borders off volumes; see `Cropping` for the arguments."""

    rank = 3

    def __init__(self, cropping: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(cropping, data_format, **kwargs)
