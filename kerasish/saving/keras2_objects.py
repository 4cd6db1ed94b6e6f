"""Objects as the `serialize_keras_object` of Keras 2 wrote them: a class's name and arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.saving.registry import (
    deserialize_keras_object as _deserialize,
)
from kerasish.saving.registry import (
    get_registered_name,
    get_registered_object,
)


def serialize_keras_object(instance: Any) -> Any:
    """Return an object as Keras 2 wrote it.

    Args:
        instance: An object with `get_config`, a function, or None.

    Returns:
        `{"class_name": ..., "config": ...}` for objects, the name of a function, None for None.

    Raises:
        ValueError: For anything else.

    Source: https://github.com/keras-team/keras/blob/v3.15.1/keras/src/legacy/saving/
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        config = {key: _inner(value) for key, value in instance.get_config().items()}
        return {"class_name": get_registered_name(type(instance)), "config": config}
    if hasattr(instance, "__name__"):
        return get_registered_name(instance)
    raise ValueError(
        f"An object needs `get_config` to be written. Received: {instance!r} of type "
        f"{type(instance).__name__}"
    )


def _inner(value: Any) -> Any:
    known = hasattr(value, "get_config") or (callable(value) and hasattr(value, "__name__"))
    return serialize_keras_object(value) if known else value


def deserialize_keras_object(
    identifier: Any,
    module_objects: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """Make an object of what Keras 2 wrote.

    Args:
        identifier: `{"class_name": ..., "config": ...}`, the name of a class or function, a
            function, or None.
        module_objects: Classes and functions by name.
        custom_objects: The same, of the user.
        printable_module_name: What the object is called in errors.

    Raises:
        ValueError: If nothing has the name.
    """
    names = {**(module_objects or {}), **(custom_objects or {})}
    if identifier is None or (callable(identifier) and not isinstance(identifier, type)):
        return identifier
    if isinstance(identifier, str):
        found = names.get(identifier) or get_registered_object(identifier)
        if found is None:
            raise ValueError(
                f"There is no {printable_module_name} of this name; give it as `custom_objects`. "
                f"Received: {identifier!r}"
            )
        return found() if isinstance(found, type) else found
    return _deserialize(identifier, custom_objects=names)
