"""From objects to the JSON form of Keras 3."""

from __future__ import annotations

import inspect
import types
import warnings
from typing import Any

import numpy as np
import torch

from kerasish.dtypes import standardize_dtype
from kerasish.saving.builtin_table import find_function, public_name
from kerasish.saving.custom_objects import get_registered_name, is_registered
from kerasish.saving.sharing import record_config

_PLAIN = (str, int, float, bool)


def serialize_keras_object(obj: Any) -> Any:
    """Return the config of an object, as Keras 3 writes it.

    Args:
        obj: A layer, model, initializer, function, or any other object with `get_config`; a
            tensor, array, slice, plain value, or a list, tuple or dictionary of these.

    Returns:
        Plain values; an object gives `{"module": "keras.layers", "class_name": "Dense",
        "config": {...}, "registered_name": None}`, with `"build_config"` where it has one.

    Raises:
        TypeError: If the object has no `get_config`.
        ValueError: For a lambda, which no file can hold safely.

    See https://keras.io/api/models/model_saving_apis/serialization_utils/.
    """
    if obj is None or isinstance(obj, _PLAIN):
        # NumPy's float64 is a float, and its repr would differ in messages and files.
        return obj.item() if isinstance(obj, np.generic) else obj
    if isinstance(obj, tuple):
        return tuple(serialize_keras_object(item) for item in obj)
    if isinstance(obj, list):
        return [serialize_keras_object(item) for item in obj]
    if isinstance(obj, dict):
        return _serialize_dict(obj)
    if _is_function(obj):
        return _serialize_function(obj)
    special = _serialize_value(obj)
    return special if special is not None else _serialize_instance(obj)


def _serialize_dict(values: dict) -> dict[str, Any]:
    return {key: serialize_keras_object(value) for key, value in values.items()}


def _serialize_value(obj: Any) -> Any:
    """Return the config of a value that is no object of Keras's, or None."""
    from kerasish.graph.keras_tensor import is_keras_tensor

    if is_keras_tensor(obj):
        history = getattr(obj, "_keras_history", None)
        if history is not None:
            layer, node, tensor_index = history
            calls = [id(call) for call in layer._inbound_nodes]
            history = [layer.name, calls.index(id(node)), tensor_index]
        return _special("__keras_tensor__", shape=obj.shape, dtype=obj.dtype, keras_history=history)
    if isinstance(obj, torch.Tensor):
        if obj.is_meta:
            raise ValueError(
                f"A tensor on the meta device has no values to write. Received: {obj!r}"
            )
        value = obj.detach().cpu().tolist()
        return _special("__tensor__", value=value, dtype=standardize_dtype(obj.dtype))
    if isinstance(obj, np.generic) or (isinstance(obj, np.ndarray) and obj.ndim == 0):
        return obj.item()
    if isinstance(obj, np.ndarray):
        return _special("__numpy__", value=obj.tolist(), dtype=standardize_dtype(obj.dtype))
    if isinstance(obj, torch.dtype):
        return standardize_dtype(obj)
    if isinstance(obj, bytes):
        return _special("__bytes__", value=obj.decode("utf-8"))
    if isinstance(obj, slice):
        ends = {"start": obj.start, "stop": obj.stop, "step": obj.step}
        return _special("__slice__", **_serialize_dict(ends))
    if obj is Ellipsis:
        return _special("__ellipsis__")
    return None


def _special(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": config}


def _is_function(obj: Any) -> bool:
    if isinstance(obj, types.FunctionType):
        return True
    # Functions written in C, such as `torch.tanh`, are no FunctionType.
    return not inspect.isclass(obj) and (is_registered(obj) or inspect.isbuiltin(obj))


def _serialize_function(function: Any) -> dict[str, Any]:
    where = f"{getattr(function, '__module__', None)}.{function.__qualname__}"
    if function.__name__ == "<lambda>" and not is_registered(function):
        code = function.__code__
        raise ValueError(
            "A lambda can't be saved: its code would have to be run on loading, from a file. "
            "Write it as a named function and register it with "
            "`@kerasish.saving.register_keras_serializable()`. "
            f"Received: {where}, defined at {code.co_filename}:{code.co_firstlineno}"
        )
    public = public_name(function)
    if public is None and not is_registered(function):
        if not isinstance(function, types.FunctionType):
            raise TypeError(
                f"The function {where} has no name in Keras, so it can't be saved. Use the one of "
                "`kerasish.activations`, or wrap it in a function of your own and register that "
                "with `@kerasish.saving.register_keras_serializable()`. "
                f"Received: {function!r}"
            )
        if find_function("builtins", function.__name__) is not None:
            warnings.warn(
                f"The function {where} is saved by its name, which is also that of a function "
                "of Keras: loading will give Keras's. Register yours with "
                "`@kerasish.saving.register_keras_serializable()`.",
                stacklevel=3,
            )
    return {
        "module": "builtins",
        "class_name": "function",
        "config": public[1] if public is not None else get_registered_name(function),
        "registered_name": "function",
    }


def _serialize_instance(obj: Any) -> dict[str, Any]:
    # A model's class may be one that was made for it alone; it names the class that it stands for.
    cls = getattr(obj, "_class_in_configs", type(obj))
    if inspect.isclass(obj) or not hasattr(obj, "get_config"):
        raise TypeError(
            "Only instances with a `get_config()` method and functions can be serialized. "
            f"Received: {obj!r} of type {cls.__module__}.{cls.__qualname__}"
        )
    inner = obj.get_config()
    if not isinstance(inner, dict):
        raise TypeError(
            f"`{cls.__qualname__}.get_config()` has to return a dictionary. Received: {inner!r}"
        )
    public = public_name(cls)
    if public is not None:
        module, class_name = public
        # Classes that Keras does not export carry their name a second time.
        registered_name = class_name if module.startswith("keras.src") else None
    else:
        if cls.__module__.startswith("kerasish.") and not is_registered(cls):
            raise TypeError(
                f"The class {cls.__qualname__} has no name in Keras, so it can't be saved. "
                f"Received: {obj!r} of module {cls.__module__}"
            )
        module, class_name = cls.__module__, cls.__name__
        registered_name = get_registered_name(cls)
    config: dict[str, Any] = {
        # Keras writes None for a class of the main script, which has no importable name.
        "module": None if module == "__main__" else module,
        "class_name": class_name,
        "config": _serialize_dict(inner),
        "registered_name": registered_name,
    }
    for part in ("build_config", "compile_config"):
        value = getattr(obj, f"get_{part}")() if hasattr(obj, f"get_{part}") else None
        if value is not None:
            config[part] = _serialize_dict(value)
    record_config(obj, config)
    return config
