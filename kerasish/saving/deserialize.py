"""From the JSON form of Keras 3, or of Keras 2, to objects."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import numpy as np
import torch

from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.saving.builtin_table import did_you_mean, find_class, find_function, near_matches
from kerasish.saving.custom_objects import (
    CustomObjectScope,
    get_custom_objects,
    get_registered_object,
    objects_in_scope,
)
from kerasish.saving.sharing import record_object, recorded_object

# Far above what a model needs, and low enough that Python's own stack is never exhausted.
MAX_NESTED_VALUES = 200
MAX_NESTED_OBJECTS = 40

# The objects being built, outermost first, as (class name, name or None).
_building: ContextVar[tuple[tuple[str, str | None], ...]] = ContextVar("building", default=())

_short = reprlib.Repr()
_short.maxdict = _short.maxlist = _short.maxtuple = 12
_short.maxlevel = 3
_short.maxstring = _short.maxother = 120


def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    *,
    default_module: str | None = None,
) -> Any:
    """Build the object that a config describes.

    Only classes and functions of Keras's API and those the user registered or passed can be
    named by a config. Nothing is imported and no code in the config is run.

    Args:
        config: Config as `serialize_keras_object` or Keras writes it, of Keras 3 or Keras 2; a
            list or dictionary of configs; or a plain value, which is returned.
        custom_objects: Classes and functions by the name that the config gives them. A function
            under the name of a `Lambda` layer stands in for the code saved with that layer.
        safe_mode: Taken for compatibility. Code in a config is refused either way.
        default_module: Where to look first for what has no module, such as
            `"keras.regularizers"`. With it a string is a name and not a plain value.

    Returns:
        The object.

    Raises:
        TypeError: For a name that is not known, or a config that the class does not take.
        ValueError: For code in the config, and for a config that is nested too deeply.

    See https://keras.io/api/models/model_saving_apis/serialization_utils/.
    """
    if not _building.get():
        check_depth(config)
    # Objects passed here are looked up by the nested calls in `from_config` too.
    with CustomObjectScope(custom_objects):
        return _deserialize(config, safe_mode, default_module)


def check_depth(config: Any) -> None:
    """Refuse a config that is nested more deeply than any model needs.

    Raises:
        ValueError: If it is.
    """
    pending = [(config, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_NESTED_VALUES:
            raise ValueError(
                f"A config can't be nested more than {MAX_NESTED_VALUES} levels deep. "
                f"Received: {_short.repr(config)}"
            )
        if isinstance(value, Mapping):
            pending.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, (list, tuple)):
            pending.extend((item, depth + 1) for item in value)


def _deserialize(config: Any, safe_mode: bool, default_module: str | None) -> Any:
    if isinstance(config, str):
        return _named(config, default_module)
    if config is None or isinstance(config, (int, float, bool)):
        return config
    if isinstance(config, (list, tuple)):
        return [_deserialize(item, safe_mode, default_module) for item in config]
    if not isinstance(config, Mapping):
        raise TypeError(
            "A config is a dictionary, list, string, number or None. "
            f"Received: {_short.repr(config)} of type {type(config).__name__}"
        )
    class_name = config.get("class_name")
    if class_name == "__tuple__" and "items" in config:  # Keras 2
        return tuple(_deserialize(item, safe_mode, default_module) for item in config["items"])
    if "class_name" not in config or "config" not in config:
        return {
            key: _deserialize(value, safe_mode, default_module) for key, value in config.items()
        }
    if not isinstance(class_name, str):
        raise TypeError(f"`class_name` has to be a string. Received: {_short.repr(config)}")
    if not isinstance(config.get("shared_object_id"), (int, type(None))):
        raise TypeError(f"`shared_object_id` has to be an int. Received: {_short.repr(config)}")
    if class_name == "__lambda__":
        return _stand_in_for_lambda(config)
    if class_name in _SPECIAL:
        return _special(class_name, config)
    if class_name == "function":
        return _function(config, default_module)
    return _instance(config, default_module)


def _named(name: str, default_module: str | None) -> Any:
    custom = get_registered_object(name)
    if custom is not None:
        return custom
    if default_module is None:
        return name
    found = find_class(None, name, default_module)
    if found is None:
        found = find_function(None, name, default_module)
    if found is None:
        raise _unknown("object", name, default_module, name)
    return found() if inspect.isclass(found) else found


def _stand_in_for_lambda(config: Mapping[str, Any]) -> Any:
    scope = objects_in_scope()
    for class_name, name in reversed(_building.get()):
        if name is None:
            continue
        stand_in = scope.get(name)
        if callable(stand_in):
            return stand_in
        raise ValueError(
            f"The layer {name!r} ({class_name}) was saved with a lambda, and code from a file is "
            "not run, with safe_mode=False neither. Pass the function when loading, as "
            f"`custom_objects={{{name!r}: function}}`. Received: {_short.repr(config)}"
        )
    raise ValueError(
        "The config holds a lambda, and code from a file is not run, with safe_mode=False "
        "neither. Register a named function with "
        "`@kerasish.saving.register_keras_serializable()` or pass it in `custom_objects`. "
        f"Received: {_short.repr(config)}"
    )


def _keras_tensor(config: Mapping[str, Any]) -> Any:
    from kerasish.graph.keras_tensor import KerasTensor

    tensor = KerasTensor(config["shape"], dtype=config["dtype"])
    # Where a model's config says that the tensor comes from; the model's builder reads it.
    tensor._pre_serialization_keras_history = config["keras_history"]  # type: ignore[attr-defined]
    return tensor


_SPECIAL: dict[str, Any] = {
    "__keras_tensor__": _keras_tensor,
    "__tensor__": lambda config: torch.tensor(config["value"], dtype=torch_dtype(config["dtype"])),
    "__numpy__": lambda config: np.array(
        config["value"], dtype=np.dtype(standardize_dtype(config["dtype"]))
    ),
    "__bytes__": lambda config: config["value"].encode("utf-8"),
    "__slice__": lambda config: slice(config["start"], config["stop"], config["step"]),
    "__ellipsis__": lambda config: Ellipsis,
}


def _special(class_name: str, config: Mapping[str, Any]) -> Any:
    try:
        return _SPECIAL[class_name](config["config"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"The config of {class_name} is not valid: {error!r}. Received: {_short.repr(config)}"
        ) from error


def _function(config: Mapping[str, Any], default_module: str | None) -> Any:
    name, module = config["config"], _text(config, "module")
    if not isinstance(name, str):
        raise TypeError(
            f"The config of a function has to be its name. Received: {_short.repr(config)}"
        )
    found = get_registered_object(name)
    if found is None:
        found = find_function(module, name, default_module)
    if found is None and ">" not in name:
        # Keras up to 3.6 wrote registered functions without their package.
        known = {**get_custom_objects(), **objects_in_scope()}
        found = next((known[key] for key in known if key.endswith(f">{name}")), None)
    if found is None:
        raise _unknown("function", name, None if module == "builtins" else module, config)
    if not callable(found):
        raise TypeError(f"{name!r} stands for something that is no function. Received: {found!r}")
    return found


def _text(config: Mapping[str, Any], key: str, default: str | None = None) -> str | None:
    value = config.get(key, default)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"`{key}` has to be a string or None. Received: {_short.repr(config)}")
    return value


def _instance(config: Mapping[str, Any], default_module: str | None) -> Any:
    inner = config["config"] if config["config"] is not None else {}
    if not isinstance(inner, Mapping):
        raise TypeError(
            f"The `config` of {config['class_name']} has to be a dictionary. "
            f"Received: {_short.repr(config)}"
        )
    shared = recorded_object(dict(config))
    if shared is not None:
        return shared
    found = _find(config, default_module)
    if not inspect.isclass(found):
        return found
    if not hasattr(found, "from_config"):
        raise TypeError(
            f"The class {found.__qualname__} has no `from_config()`, so it can't be built. "
            f"Received: {_short.repr(config)}"
        )
    building = _building.get()
    if len(building) >= MAX_NESTED_OBJECTS:
        raise ValueError(
            f"Objects in a config can't be nested more than {MAX_NESTED_OBJECTS} levels deep. "
            f"Received: {_short.repr(config)}"
        )
    name = inner.get("name")
    token = _building.set((*building, (config["class_name"], name if name else None)))
    try:
        instance = _build(found, config, dict(inner))
    finally:
        _building.reset(token)
    record_object(dict(config), instance)
    return instance


def _find(config: Mapping[str, Any], default_module: str | None) -> Any:
    class_name, module = config["class_name"], _text(config, "module")
    registered_name = _text(config, "registered_name", class_name)
    found = get_registered_object(registered_name)
    if found is None and (module is None or not module.startswith("keras.")):
        found = get_registered_object(class_name)
    if found is not None:
        return found
    if module is None and config.get("registered_name") is not None:
        # A class of someone's main script: a class of Keras with the same name is another one.
        raise _unknown("class", class_name, None, config)
    found = find_class(module, class_name, default_module)
    if found is None:
        raise _unknown("class", class_name, module or default_module, config)
    if registered_name not in (None, class_name):
        raise ValueError(
            f"The class '{module}.{class_name}' is one of Keras's and has no registered name, yet "
            "the config gives one. Remove `registered_name`, or register the class that it means. "
            f"Received: registered_name={registered_name!r}"
        )
    return found


def _build(cls: type, config: Mapping[str, Any], inner: dict[str, Any]) -> Any:
    try:
        instance = cls.from_config(inner)  # type: ignore[attr-defined]
    except TypeError as error:
        raise TypeError(
            f"{config['class_name']} could not be built from its config: {error}. Objects that "
            "`get_config()` returns have to be deserialized in `from_config()`. "
            f"Received: {_short.repr(inner)}"
        ) from error
    build_config = config.get("build_config")
    built = getattr(instance, "built", False)
    if build_config and not built and hasattr(instance, "build_from_config"):
        instance.build_from_config(build_config)
    compile_config = config.get("compile_config")
    if compile_config and hasattr(instance, "compile_from_config"):
        instance.compile_from_config(compile_config)
    return instance


def _unknown(kind: str, name: str, module: Any, received: Any) -> TypeError:
    module = module if isinstance(module, str) else None
    customs = {**get_custom_objects(), **objects_in_scope()}
    where = f" of {module!r}" if module else ""
    hint = did_you_mean(near_matches(name, module, customs))
    return TypeError(
        f"There is no {kind} {name!r}{where} here.{hint}"
        " One of your own has to be registered with "
        "`@kerasish.saving.register_keras_serializable()` or passed as "
        f"`custom_objects={{{name!r}: ...}}`. Received: {_short.repr(received)}"
    )
