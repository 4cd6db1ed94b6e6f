"""Conversion of what a layer is called with: NumPy arrays, tensors of another dtype, symbols."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.strings import StringArray, as_strings, is_text


class InputConverter:
    """Converts the arguments of one call and notes what kinds of values were among them.

    Args:
        dtype: Dtype that floating-point values are cast to, or None to leave them.
        device: Where NumPy arrays go.

    Attributes:
        symbolic: Whether there was a symbolic tensor.
        tensors: Whether there was a torch tensor.
        arrays: Whether there was a NumPy array.
        strings: Whether there was an array of strings.
    """

    __slots__ = ("arrays", "device", "dtype", "strings", "symbolic", "tensors")

    def __init__(self, dtype: torch.dtype | None, device: torch.device | None) -> None:
        self.dtype = dtype
        self.device = device
        self.symbolic = self.tensors = self.arrays = self.strings = False

    def __call__(self, value: Any) -> Any:
        """Convert a value, or every value of a nested structure."""
        if isinstance(value, torch.Tensor):
            self.tensors = True
            return self._cast(value)
        if isinstance(value, KerasTensor):
            self.symbolic = True
            return value
        if isinstance(value, (np.ndarray, np.generic)):
            self.arrays = True
            if value.dtype.kind in "USTO" and is_text(value):
                self.strings = True
                return as_strings(value)
            return self._cast(self._from_numpy(value))
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, (list, tuple)):
            items = [self(item) for item in value]
            if hasattr(value, "_fields"):
                return type(value)(*items)
            return type(value)(items) if type(value) in (list, tuple) else items
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if hasattr(value, "__array__") and not isinstance(value, torch.nn.Module):
            return self(np.asarray(value))
        return value

    def _from_numpy(self, value: Any) -> torch.Tensor:
        array = np.asarray(value)
        if array.dtype == object or array.dtype.kind in "USMmV":
            raise ValueError(
                "Layers take arrays of numbers; convert other kinds first. Received: an array of "
                f"dtype {array.dtype} and shape {array.shape}"
            )
        if not array.flags.writeable or any(stride < 0 for stride in array.strides):
            array = array.copy()
        return torch.as_tensor(array, device=self.device)

    def _cast(self, tensor: torch.Tensor) -> torch.Tensor:
        if self.dtype is None or tensor.dtype == self.dtype or not tensor.is_floating_point():
            return tensor
        mask = get_mask(tensor)
        tensor = tensor.to(self.dtype)
        return tensor if mask is None else set_mask(tensor, mask)


def get_mask(value: Any) -> Any:
    """Return the mask that travels with a tensor, or None."""
    return getattr(value, "_keras_mask", None)


def set_mask(value: Any, mask: Any) -> Any:
    """Let a mask travel with a tensor; return the tensor."""
    value._keras_mask = mask
    return value


def is_tensor_like(value: Any) -> bool:
    """Whether a value is a torch tensor, a symbolic one, or an array of strings."""
    return isinstance(value, (torch.Tensor, KerasTensor, StringArray))
