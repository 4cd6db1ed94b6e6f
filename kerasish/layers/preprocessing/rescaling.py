"""`Rescaling`: a factor and a summand."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish import config
from kerasish.dtypes import torch_dtype
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.random.draw import as_keras_reads
from kerasish.rounding import round_to_float32
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object


@builtin("keras.layers")
class Rescaling(DataLayer):
    """Computes `inputs * scale + offset`, in training and in inference.

    Args:
        scale: Factor: a number, or a list or array of one for each channel.
        offset: Summand, likewise.
        **kwargs: Arguments of every layer.

    Call argument: inputs of any shape and type; returns that shape in the layer's `dtype`.

    Example:
        >>> kerasish.layers.Rescaling(1 / 255)(images)
    """

    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Rescale."""
        scale, offset = self.constants(inputs.device)
        return inputs.to(torch_dtype(self.compute_dtype)) * scale + offset

    def constants(self, device: torch.device) -> tuple[Any, Any]:
        """Return the factor and the summand, each a number or a tensor, rounded to the type."""
        scale, offset = self._constant(self.scale, device), self._constant(self.offset, device)
        if isinstance(scale, torch.Tensor) and config.image_data_format() == "channels_first":
            scale = scale.reshape(*scale.shape, *(1,) * (3 - scale.ndim))
        return scale, offset

    def _constant(self, value: Any, device: torch.device) -> Any:
        kind = torch_dtype(self.compute_dtype)
        if type(value) is float and kind in (torch.float32, torch.float64):
            return round_to_float32(value)  # What torch.export can follow.
        read = as_keras_reads(value)
        if isinstance(read, (int, float)) and kind in (torch.float32, torch.float64):
            return float(np.float32(read)) if kind == torch.float32 else float(read)
        tensor = torch.as_tensor(np.asarray(read), dtype=kind, device=device)
        return tensor.item() if tensor.ndim == 0 and not torch.compiler.is_compiling() else tensor

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the inputs' shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {
            **super().get_config(),
            "scale": serialize_keras_object(self.scale),
            "offset": serialize_keras_object(self.offset),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Rescaling:
        """Make the layer from what `get_config` gave."""
        config = dict(config)
        for name in ("scale", "offset"):
            if name in config:
                config[name] = deserialize_keras_object(config[name])
        return cls(**config)
