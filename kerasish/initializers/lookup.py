"""Initializers by name, class, config, array or instance, and their configs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from kerasish.dtypes import torch_dtype
from kerasish.saving.lookup import get_object
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object

_MODULE = "keras.initializers"


class _Given:
    """An initializer that returns an array, which has to have the weight's shape."""

    def __init__(self, values: Any) -> None:
        self.values = torch.as_tensor(values)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        if tuple(shape) != tuple(self.values.shape):
            raise ValueError(
                f"The array given as initializer has the shape {tuple(self.values.shape)}, and "
                f"the weight another one. Received: shape={tuple(shape)}"
            )
        return self.values.detach().to(torch_dtype(dtype), copy=True)


def get(identifier: Any) -> Any:
    """Return the initializer that an identifier means.

    Args:
        identifier: None, a name such as `"glorot_uniform"`, a config, a class, anything callable
            as `(shape, dtype=None)`, or an array of the weight's shape.

    Returns:
        A callable; None for None.

    Raises:
        ValueError: If there is no such initializer.
    """
    if isinstance(identifier, (torch.Tensor, np.ndarray, np.generic)):
        return _Given(identifier)
    return get_object(identifier, _MODULE, "initializer")


def serialize(initializer: Any) -> Any:
    """Return the config of an initializer.

    Raises:
        TypeError: For a callable that no config can describe.
        ValueError: For a lambda.
    """
    return serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the initializer that a config or name describes.

    Args:
        config: What `serialize` gave, or what Keras wrote.
        custom_objects: Initializers of your own by name.

    Raises:
        TypeError: If the config names what is not known.
    """
    return deserialize_keras_object(config, custom_objects, default_module=_MODULE)
