"""Optimizers by name, config or instance, and their configs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.saving.builtin_table import did_you_mean, names_in, near_matches
from kerasish.saving.registry import (
    deserialize_keras_object,
    get_registered_object,
    serialize_keras_object,
)

_MODULE = "keras.optimizers"


def serialize(optimizer: Any) -> Any:
    """Return the config of an optimizer."""
    return serialize_keras_object(optimizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the optimizer that a config describes.

    Args:
        config: What `serialize` gave, or what Keras wrote. Names of classes may be in lower case.
        custom_objects: Optimizers of your own by name.

    Raises:
        TypeError: If the config names what is not known.
    """
    return deserialize_keras_object(config, custom_objects, default_module=_MODULE)


def get(identifier: Any) -> Any:
    """Return the optimizer that an identifier means.

    Args:
        identifier: None, a name such as `"adam"` or `"RMSprop"`, a config, or an optimizer.

    Returns:
        The optimizer; None for None.

    Raises:
        ValueError: If there is no such optimizer.
    """
    if identifier is None:
        return None
    found = identifier
    if isinstance(identifier, Mapping):
        found = deserialize(identifier)
    elif isinstance(identifier, str):
        known = names_in(_MODULE)
        found = get_registered_object(identifier)
        if found is None:
            found = known.get(identifier, known.get(identifier.lower()))
        if found is None:
            raise ValueError(
                f"Unknown optimizer {identifier!r}."
                f"{did_you_mean(near_matches(identifier, _MODULE))} One of your own has to be "
                "registered with `@kerasish.saving.register_keras_serializable()`, or passed as "
                f"an instance. Received: {identifier!r}"
            )
        if isinstance(found, type):
            found = found()
    if not isinstance(found, Optimizer):
        raise ValueError(
            "Unknown optimizer: expected None, a name, a config, or an optimizer of "
            f"kerasish.optimizers. Received: {identifier!r} of type {type(identifier).__name__}"
        )
    return found
