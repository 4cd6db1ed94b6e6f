"""Constraints by name, class, config or instance, and their configs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.saving.lookup import get_object
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object

_MODULE = "keras.constraints"


def get(identifier: Any) -> Any:
    """Return the constraint that an identifier means.

    Args:
        identifier: None, a name such as `"max_norm"`, a config, a class, or anything callable.

    Returns:
        A callable; None for None.

    Raises:
        ValueError: If there is no such constraint.
    """
    return get_object(identifier, _MODULE, "constraint")


def serialize(constraint: Any) -> Any:
    """Return the config of a constraint.

    Raises:
        TypeError: For a callable that no config can describe.
        ValueError: For a lambda.
    """
    return serialize_keras_object(constraint)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the constraint that a config or name describes.

    Args:
        config: What `serialize` gave, or what Keras wrote.
        custom_objects: Constraints of your own by name.

    Raises:
        TypeError: If the config names what is not known.
    """
    return deserialize_keras_object(config, custom_objects, default_module=_MODULE)
