"""`serialize` and `deserialize` of layers."""

from __future__ import annotations

from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object


def serialize(layer: Any) -> dict[str, Any]:
    """Return plain data that describes a layer, without its weights.

    Args:
        layer: The layer.
    """
    return serialize_keras_object(layer)


def deserialize(config: dict[str, Any], custom_objects: Any = None) -> Layer:
    """Make a layer from what `serialize` gave, here or in Keras.

    Args:
        config: The description.
        custom_objects: Classes and functions by the names that the description gives them.

    Raises:
        ValueError: If it describes something else than a layer.
    """
    made = deserialize_keras_object(config, custom_objects=custom_objects)
    if not isinstance(made, Layer):
        raise ValueError(
            f"deserialize takes the description of a layer. Received: that of a {type(made)}"
        )
    return made
