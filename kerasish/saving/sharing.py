"""Objects that stand in a config more than once: `shared_object_id`."""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import Any


class _Shared:
    """What has been seen since a sharing scope was opened."""

    def __init__(self) -> None:
        self.configs: dict[int, dict[str, Any]] = {}
        self.objects: dict[int, Any] = {}
        # An id is an object's own only as long as the object lives.
        self.alive: list[Any] = []


_shared: ContextVar[_Shared | None] = ContextVar("shared_objects", default=None)


class ObjectSharingScope:
    """Inside this `with` block an object that is met twice is one object when it is read back."""

    def __init__(self) -> None:
        self._tokens: list[Token] = []

    def __enter__(self) -> ObjectSharingScope:
        self._tokens.append(_shared.set(_Shared()))
        return self

    def __exit__(self, *exception: object) -> None:
        _shared.reset(self._tokens.pop())


def record_config(obj: Any, config: dict[str, Any]) -> None:
    """Mark the config of an object that was written before in this scope, and the earlier one."""
    shared = _shared.get()
    if shared is None:
        return
    first = shared.configs.setdefault(id(obj), config)
    if first is config:
        shared.alive.append(obj)
        return
    first["shared_object_id"] = config["shared_object_id"] = id(obj)


def recorded_object(config: dict[str, Any]) -> Any:
    """Return the object already built from a config with the same `shared_object_id`, or None."""
    shared = _shared.get()
    shared_id = config.get("shared_object_id")
    return None if shared is None or shared_id is None else shared.objects.get(shared_id)


def record_object(config: dict[str, Any], obj: Any) -> None:
    """Remember the object built from a config that has a `shared_object_id`."""
    shared = _shared.get()
    shared_id = config.get("shared_object_id")
    if shared is not None and shared_id is not None:
        shared.objects[shared_id] = obj
