"""Attributes of a layer: lists of layers become known to torch, weights get their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from torch import nn

from kerasish.layers.base.seed_states import SeedStates


class TrackedList(list):
    """A list whose modules are registered with their owner, also those appended later.

    Torch itself sees only modules that are attributes; Keras code keeps layers in plain lists.
    """

    def __init__(self, modules: nn.ModuleList, items: Iterable[Any] = ()) -> None:
        super().__init__()
        self._registered = modules
        self.extend(items)

    def _register(self, item: Any) -> None:
        if isinstance(item, nn.Module):
            self._registered.append(item)

    def append(self, item: Any) -> None:
        """Add an item, and register it if it is a module."""
        self._register(item)
        super().append(item)

    def extend(self, items: Iterable[Any]) -> None:
        """Add items, and register those that are modules."""
        for item in items:
            self.append(item)

    def __iadd__(self, items: Iterable[Any]) -> TrackedList:  # type: ignore[override, misc]
        self.extend(items)
        return self

    def insert(self, index: Any, item: Any) -> None:
        """Insert an item, and register it if it is a module."""
        self._register(item)
        super().insert(index, item)

    def __reduce__(self) -> tuple:
        return _restore_tracked_list, (self._registered, list(self))


def _restore_tracked_list(modules: nn.ModuleList, items: list) -> TrackedList:
    restored = TrackedList(nn.ModuleList())
    list.extend(restored, items)
    restored._registered = modules
    return restored


class ModuleTracking(SeedStates):
    """The part of `Layer` that watches which attributes are set."""

    _note_attribute: Callable[[str, Any], None]

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, nn.Parameter):
            super().__setattr__(name, value)
            self._note_attribute(name, value)
        elif type(value) in (list, tuple) and _holds_modules(value, empty=type(value) is list):
            modules = nn.ModuleList()
            self._drop(name)
            self._modules[name] = modules
            tracked = TrackedList(modules, value)
            # An instance attribute is found before torch's registry of modules is asked.
            self.__dict__[name] = tracked if type(value) is list else tuple(tracked)
        elif type(value) is dict and value and _holds_modules(value.values()):
            named = nn.ModuleDict()
            for key, module in value.items():
                named[_free_name(named, str(key))] = module
            self._drop(name)
            self._modules[name] = named
            self.__dict__[name] = value
        else:
            if self.__dict__.get(name) is not None and name in self.__dict__.get("_modules", ()):
                self._drop(name)
            super().__setattr__(name, value)

    def _drop(self, name: str) -> None:
        self.__dict__.pop(name, None)
        for registry in (self._modules, self._parameters, self._buffers):
            registry.pop(name, None)  # type: ignore[attr-defined]


def _free_name(named: nn.ModuleDict, key: str) -> str:
    """Return a key as a name of a module: without dots, and none that `ModuleDict` has itself."""
    name = key.replace(".", "_")
    while not name or hasattr(named, name):
        name += "_"
    return name


def _holds_modules(values: Iterable[Any], empty: bool = False) -> bool:
    values = list(values)
    return all(isinstance(value, nn.Module) for value in values) if values else empty
