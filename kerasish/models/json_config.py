"""Models as JSON text, and copies of models without their weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object


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
        json_string: What `to_json` gave, here or in Keras 3.
        custom_objects: Classes and functions of the user, by name. Nothing else than these, what
            is registered and what this package has is ever looked up.

    Raises:
        ValueError: If the text is not JSON.
    """
    try:
        config = json.loads(json_string)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(
            f"model_from_json takes JSON text of moderate depth: {error}. "
            f"Received: {json_string[:80]!r}..."
        ) from None
    return deserialize_keras_object(config, custom_objects=custom_objects)


def clone_model(model: Any, clone_function: Callable[[Any], Any] | None = None) -> Any:
    """Make a model of the same architecture with weights of its own, drawn anew.

    Args:
        model: A Functional or Sequential model, or one with a `get_config` of its own.
        clone_function: Gives the copy of each layer; by default made from its configuration. Only
            for Sequential models.

    Raises:
        ValueError: If `clone_function` is given for another model.
    """
    if clone_function is None:
        return type(model).from_config(model.get_config()) if _is_plain(model) else _again(model)
    from kerasish.models.sequential import Sequential

    if not isinstance(model, Sequential):
        raise ValueError(
            "clone_model takes `clone_function` for Sequential models. "
            f"Received: {model.name!r} of class {type(model).__name__}"
        )
    start = [model._start.output] if model._start is not None else []
    return Sequential([*start, *map(clone_function, model.layers)], name=model.name)


def _is_plain(model: Any) -> bool:
    return not hasattr(model, "_graph_nodes")


def _again(model: Any) -> Any:
    from kerasish.models.functional import Functional
    from kerasish.models.functional_config import functional_from_config

    return functional_from_config(Functional, model.get_config())
