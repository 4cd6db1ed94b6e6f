"""Initializers that draw nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.initializers.initializer import Initializer
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object


@builtin("keras.initializers", "zeros", "zero")
class Zeros(Initializer):
    """Zeros. See https://keras.io/api/layers/initializers/#zeros-class."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return zeros of a shape and dtype."""
        return torch.zeros(tuple(shape), dtype=torch_dtype(dtype))


@builtin("keras.initializers", "ones", "one")
class Ones(Initializer):
    """Ones. See https://keras.io/api/layers/initializers/#ones-class."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return ones of a shape and dtype."""
        return torch.ones(tuple(shape), dtype=torch_dtype(dtype))


@builtin("keras.initializers", "constant")
class Constant(Initializer):
    """One value, or an array that is broadcast to the shape.

    Args:
        value: A number or an array.

    See https://keras.io/api/layers/initializers/#constant-class.
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return the value in a shape and dtype.

        Raises:
            ValueError: If an array cannot be broadcast to the shape.
        """
        value = torch.as_tensor(self.value)
        try:
            return value.to(torch_dtype(dtype)).expand(tuple(shape)).clone()
        except RuntimeError as error:
            raise ValueError(
                f"Constant's `value` of shape {tuple(value.shape)} cannot be broadcast to the "
                f"weight. Received: shape={tuple(shape)}"
            ) from error

    def get_config(self) -> dict[str, Any]:
        """Return the value."""
        return {"value": serialize_keras_object(self.value)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constant:
        """Make an initializer from what `get_config` gave."""
        return cls(deserialize_keras_object(config["value"]))


@builtin("keras.initializers", "identity", "IdentityInitializer")
class Identity(Initializer):
    """The identity matrix times a factor.

    Args:
        gain: The factor.

    See https://keras.io/api/layers/initializers/#identity-class.
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return a matrix with the factor on its diagonal.

        Raises:
            ValueError: If the shape is not that of a matrix, or the gain not of the dtype.
        """
        if len(shape) != 2:
            raise ValueError(f"Identity makes matrices alone. Received: shape={tuple(shape)}")
        matrix = torch.eye(*shape, dtype=torch_dtype(dtype))
        scaled = self.gain * matrix
        if scaled.dtype != matrix.dtype:
            raise ValueError(
                f"Identity's `gain` cannot be multiplied with {str(matrix.dtype)[6:]}. "
                f"Received: gain={self.gain!r}"
            )
        return scaled

    def get_config(self) -> dict[str, Any]:
        """Return the factor, which Keras reads but forgets to write."""
        return {"gain": self.gain}
