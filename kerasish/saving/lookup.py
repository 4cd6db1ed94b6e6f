"""Objects by name, class, config or instance: what `regularizers.get` and the like share."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kerasish.saving.builtin_table import did_you_mean, names_in, near_matches
from kerasish.saving.custom_objects import get_registered_object
from kerasish.saving.deserialize import deserialize_keras_object


def get_object(identifier: Any, module: str, kind: str) -> Any:
    """Return the object of one of Keras's modules that an identifier means.

    Args:
        identifier: None, a name, a config, a class (an instance with its defaults is made), or
            anything callable.
        module: Keras's module, such as `"keras.regularizers"`.
        kind: What it is called in messages, such as `"regularizer"`.

    Returns:
        The object; None for None.

    Raises:
        ValueError: If there is no such object.
    """
    if identifier is None:
        return None
    found = identifier
    if isinstance(identifier, Mapping):
        found = deserialize_keras_object(identifier, default_module=module)
    elif isinstance(identifier, str):
        found = names_in(module).get(identifier)
        if found is None:
            found = get_registered_object(identifier)
        if found is None:
            raise ValueError(
                f"Unknown {kind} {identifier!r}.{did_you_mean(near_matches(identifier, module))} "
                "One of your own has to be registered with "
                "`@kerasish.saving.register_keras_serializable()`, or passed as an instance. "
                f"Received: {identifier!r}"
            )
    if inspect.isclass(found):
        found = found()
    if not callable(found):
        raise ValueError(
            f"Unknown {kind}: expected None, a name, a config, a class or a callable. "
            f"Received: {identifier!r}"
        )
    return found
