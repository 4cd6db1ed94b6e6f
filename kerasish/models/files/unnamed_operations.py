"""Operations in `.h5` files of Keras 3, which tell classes by name alone.

`Add` there is the merging layer or the operation of `x + y`. Keras itself takes the layer and
fails; how the step is called tells them apart, for a merging layer takes one list.
"""

from __future__ import annotations

from typing import Any

from kerasish.saving.builtin_table import names_in

_OPERATIONS = "keras.src.ops.numpy"


def with_named_operations(config: Any) -> Any:
    """Return a configuration in which steps that are operations name their module.

    Args:
        config: A model's configuration; it is not changed.
    """
    if isinstance(config, list):
        return [with_named_operations(item) for item in config]
    if not isinstance(config, dict):
        return config
    result = {key: with_named_operations(value) for key, value in config.items()}
    if "module" not in result and _is_operation(result):
        result["module"] = _OPERATIONS
    return result


def _is_operation(entry: dict[str, Any]) -> bool:
    calls, config = entry.get("inbound_nodes"), entry.get("config")
    if isinstance(config, dict) and "trainable" in config:  # Which layers alone have: `Reshape`.
        return False
    if entry.get("class_name") not in names_in(_OPERATIONS) or not isinstance(calls, list):
        return False
    arguments = [call.get("args") if isinstance(call, dict) else None for call in calls]
    return bool(calls) and all(
        isinstance(given, list) and not _is_one_list(given) for given in arguments
    )


def _is_one_list(given: list[Any]) -> bool:
    return len(given) == 1 and isinstance(given[0], list)
