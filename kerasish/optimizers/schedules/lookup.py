"""Schedules and their configs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object

_MODULE = "keras.optimizers.schedules"


def serialize(learning_rate_schedule: Any) -> Any:
    """Return the config of a schedule."""
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the schedule that a config describes.

    Args:
        config: What `serialize` gave, or what Keras wrote.
        custom_objects: Schedules of your own by name.

    Raises:
        TypeError: If the config names what is not known.
    """
    return deserialize_keras_object(config, custom_objects, default_module=_MODULE)
