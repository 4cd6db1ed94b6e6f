"""Metrics by name, class, config or instance, and their configs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kerasish.layers.base.naming import to_snake_case
from kerasish.saving.lookup import get_object
from kerasish.saving.registry import (
    deserialize_keras_object,
    names_in,
    serialize_keras_object,
)

_MODULE = "keras.metrics"
_SHORT = {
    "bce": "BinaryCrossentropy",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
}


def _class_named(name: str) -> type | None:
    """Return the class that a name means: `"MeanSquaredError"`, `"mean_squared_error"`, `"mse"`.

    Some names are also those of functions, for which the class stands in.
    """
    if name.lower() in _SHORT and name in (name.lower(), name.upper()):
        name = _SHORT[name.lower()]
    for known, found in names_in(_MODULE).items():
        if inspect.isclass(found) and name in (known, to_snake_case(known)):
            return found
    return None


def get(identifier: Any) -> Any:
    """Return the metric that an identifier means.

    Args:
        identifier: None, a name such as `"AUC"`, `"mean_squared_error"` or `"mse"`, a config, a
            class, or anything callable.

    Returns:
        An instance or a function; None for None.

    Raises:
        ValueError: If there is no such metric.
    """
    found = _class_named(identifier) if isinstance(identifier, str) else None
    return get_object(identifier if found is None else found, _MODULE, "metric")


def serialize(metric: Any) -> Any:
    """Return the config of a metric.

    Raises:
        TypeError: For a callable that no config can describe.
        ValueError: For a lambda.
    """
    return serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the metric that a config or name describes.

    Args:
        config: What `serialize` gave, or what Keras wrote.
        custom_objects: Metrics of your own by name.

    Raises:
        TypeError: If the config names what is not known.
    """
    if isinstance(config, str) and config not in (custom_objects or {}):
        found = _class_named(config)
        if found is not None:
            return found()
    return deserialize_keras_object(config, custom_objects, default_module=_MODULE)
