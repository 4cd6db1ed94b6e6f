"""The base class of initializers."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch

from kerasish.saving.registry import builtin


@builtin("keras", "keras.initializers.Initializer", "keras.initializers.initializer")
class Initializer:
    """Base class: a callable that returns the first values of a weight.

    Shapes are those of Keras, such as `(in, out)` for the kernel of a dense layer.

    Example:
        >>> class Halves(Initializer):
        ...     def __call__(self, shape, dtype=None):
        ...         return torch.full(shape, 0.5, dtype=torch_dtype(dtype))

    See https://keras.io/api/layers/initializers/.
    """

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return the values.

        Args:
            shape: Shape of the weight in Keras's layout.
            dtype: Keras's name of a dtype, or a torch dtype. Defaults to `floatx()`.

        Raises:
            NotImplementedError: Unless a subclass overrides it.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has to override __call__(shape, dtype). "
            f"Received: shape={tuple(shape)}"
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make an initializer from what `get_config` gave.

        Early Keras 2 wrote the `dtype` into the config too, which Keras 2 leaves out on reading;
        so it is here, unless the constructor takes one.
        """
        if "dtype" in config and "dtype" not in inspect.signature(cls).parameters:
            config = {name: value for name, value in config.items() if name != "dtype"}
        return cls(**config)

    def clone(self) -> Any:
        """Return a new initializer of the same configuration.

        Without a seed of its own, it draws other values.
        """
        return type(self).from_config(self.get_config())
