"""Models as JSON text."""

from __future__ import annotations

import json
import reprlib
from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.saving.deserialize import check_depth
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object
from weight_port.legacy_config import modernize


class JsonConfig(Layer):
    """The part of `Model` that turns itself into JSON."""

    def to_json(self, **kwargs: Any) -> str:
        """Return the model's architecture as JSON, in Keras 3's form and without weights.

        Args:
            **kwargs: Arguments of `json.dumps`.
        """
        return json.dumps(serialize_keras_object(self), **kwargs)


def model_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """Make a model from its JSON, without weights.

    Args:
        json_string: What `to_json` gave, here or in any Keras.
        custom_objects: Classes and functions of the user, by name. Nothing else than these, what
            is registered and what this package has is ever looked up.

    Raises:
        ValueError: If the text is not JSON, or describes what has no equivalent here.
    """
    try:
        config = json.loads(json_string)
    except (TypeError, ValueError, RecursionError) as error:
        shown = reprlib.repr(json_string)
        raise ValueError(
            f"model_from_json takes the JSON text of a model, which this is not ({error}). "
            f"Received: {shown}"
        ) from None
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(
            "model_from_json takes the JSON text of a model, an object with a class_name and a "
            f"config. Received: {reprlib.repr(json_string)}"
        )
    version = config.get("keras_version")
    if isinstance(version, str):  # which Keras 3 does not write
        check_depth(config)
        config = modernize(config, version)
    return deserialize_keras_object(config, custom_objects=custom_objects)
