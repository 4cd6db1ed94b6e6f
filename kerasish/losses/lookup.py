"""Losses by name, class, config or instance, and their configs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.saving.lookup import get_object
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object

_MODULE = "keras.losses"


def get(identifier: Any) -> Any:
    """Return the loss that an identifier means.

    Args:
        identifier: None, a name of a function or class such as `"mse"`, a config, a class, or
            anything callable.

    Returns:
        A function or an instance; None for None.

    Raises:
        ValueError: If there is no such loss.
    """
    return get_object(identifier, _MODULE, "loss")


def serialize(loss: Any) -> Any:
    """Return the config of a loss.

    Raises:
        TypeError: For a callable that no config can describe.
        ValueError: For a lambda.
    """
    return serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the loss that a config or name describes.

    Args:
        name: What `serialize` gave, or what Keras wrote.
        custom_objects: Losses of your own by name.

    Raises:
        TypeError: If the config names what is not known.
    """
    return deserialize_keras_object(name, custom_objects, default_module=_MODULE)
