"""`Flatten`: all axes but the batch axis made one."""

from __future__ import annotations

import math
from typing import Any

import torch

from kerasish import config
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin


class DtypeKeepingLayer(Layer):
    """The base of layers that move values and compute nothing: integers stay integers."""

    def _output_dtype(self, inputs: Any) -> str:
        dtype = inputs.dtype
        return self.compute_dtype if dtype.startswith(("float", "bfloat")) else dtype


@builtin("keras.layers")
class Flatten(DtypeKeepingLayer):
    """Turns `(batch, a, b, ...)` into `(batch, a * b * ...)`.

    Args:
        data_format: `"channels_first"` moves the channels last before flattening;
            `"channels_last"` leaves them.
        **kwargs: Arguments of every layer.
    """

    arguments = ("data_format",)

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = data_format or config.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            self._refuse("data_format", data_format, "'channels_last' or 'channels_first'")
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Flatten all but the first axis."""
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = inputs.movedim(1, -1)
        return inputs[:, None] if inputs.ndim == 1 else inputs.flatten(1)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return `(batch, product of the other axes)`, None if one of them is not known."""
        sizes = input_shape[1:]
        return (input_shape[0], None if None in sizes else math.prod(sizes))
