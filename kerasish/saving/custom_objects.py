"""Classes and functions of the user that a config may name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import Any, TypeVar

T = TypeVar("T")

_global_objects: dict[str, Any] = {}
_global_names: dict[Any, str] = {}
_scope: ContextVar[Mapping[str, Any] | None] = ContextVar("custom_objects_scope", default=None)


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Register a class or function of your own, so that configs may name it.

    Args:
        package: First half of the registered name `"package>name"`.
        name: Second half; the object's `__name__` if None.

    Returns:
        A decorator that returns its argument unchanged.

    Raises:
        ValueError: For a class without `get_config`.

    Example:
        >>> @register_keras_serializable("my_package")
        ... def scaled_tanh(x):
        ...     return 1.7159 * torch.tanh(2 / 3 * x)

    See https://keras.io/api/models/model_saving_apis/serialization_utils/.
    """

    def register(obj: T) -> T:
        registered_name = f"{package}>{name or obj.__name__}"  # type: ignore[attr-defined]
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            raise ValueError(
                "A class needs a `get_config()` method before it can be registered. "
                f"Received: {obj!r}"
            )
        # Registering again replaces, so that a notebook cell can be run twice, as in Keras.
        _global_objects[registered_name] = obj
        _global_names[obj] = registered_name
        return obj

    return register


def get_custom_objects() -> dict[str, Any]:
    """Return the dictionary of registered objects itself; a change to it takes effect."""
    return _global_objects


def get_registered_name(obj: Any) -> str:
    """Return `"package>name"` of a registered object, the bare `__name__` of any other."""
    try:
        if obj in _global_names:
            return _global_names[obj]
    except TypeError:  # not hashable, so never registered
        pass
    return obj.__name__


def get_registered_object(
    name: str | None,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return what a name stands for, or None.

    Looked through in this order: the open `CustomObjectScope`, the registered objects,
    `custom_objects`, `module_objects`.

    Args:
        name: Name such as `"my_package>scaled_tanh"`.
        custom_objects: Objects by name.
        module_objects: Further objects by name, looked through last.
    """
    for objects in (_scope.get(), _global_objects, custom_objects, module_objects):
        if objects and name is not None and name in objects:
            return objects[name]
    return None


def is_registered(obj: Any) -> bool:
    """Whether an object was registered with `register_keras_serializable`."""
    try:
        return obj in _global_names
    except TypeError:
        return False


def objects_in_scope(custom_objects: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the objects of open scopes together with `custom_objects`, without registered ones."""
    return {**(custom_objects or {}), **(_scope.get() or {})}


class CustomObjectScope:
    """Make classes and functions known to configs inside a `with` block.

    Scopes nest; an inner one wins.

    Args:
        custom_objects: Objects by the name that configs give them.

    Example:
        >>> with custom_object_scope({"scaled_tanh": scaled_tanh}):
        ...     layer = Dense.from_config(config)
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None) -> None:
        self.custom_objects = dict(custom_objects or {})
        self._tokens: list[Token] = []

    def __enter__(self) -> CustomObjectScope:
        self._tokens.append(_scope.set({**(_scope.get() or {}), **self.custom_objects}))
        return self

    def __exit__(self, *exception: object) -> None:
        _scope.reset(self._tokens.pop())


custom_object_scope = CustomObjectScope
