"""Modules that answer under the names of Keras and TensorFlow with what kerasish has."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch

from kerasish.porter import catalog
from kerasish.porter.tensorflow_names import TENSORFLOW, Become, Dropped, Expression

_ARRAYS = ("input", "other", "condition")


class Facade(ModuleType):
    """A module of Keras or TensorFlow, whose names are looked up in kerasish when asked for.

    Args:
        name: The name it is imported under.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, "Answers for Keras; see kerasish.install.")
        self.__path__: list[str] = []
        target = _module_of(name)
        if target is not None:
            self.__all__ = sorted(catalog.exported(target))

    def __getattr__(self, name: str) -> Any:
        """Return what kerasish has under a name.

        Raises:
            AttributeError: If there is nothing; the message says what to do.
        """
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name)
        found = look_up(f"{self.__name__}.{name}")
        if found is None:
            path = catalog.canonical(f"{self.__name__}.{name}")
            raise AttributeError(
                f"kerasish has nothing for {path}: {catalog.advice(path)}. "
                f"Received: {self.__name__}.{name}"
            )
        return found


def is_module(name: str) -> bool:
    """Whether a dotted name of Keras or TensorFlow is a module that kerasish can answer for."""
    path = catalog.canonical(name)
    if path in ("keras", "tensorflow") or _module_of(name) is not None:
        return True
    known = [f"tensorflow.{one}" for one in TENSORFLOW] + list(catalog.ROOTS)
    return any(one.startswith((f"{name}.", f"{path}.")) for one in known)


def look_up(name: str) -> Any:
    """Return what a dotted name of Keras or TensorFlow is here; None if nothing is.

    Args:
        name: Such as `tensorflow.keras.layers.LSTM` or `keras.layers.recurrent`.
    """
    import importlib

    path = catalog.canonical(name)
    if path.startswith("keras."):
        found = catalog.resolve(path)
        if found.target is not None and not found.rest:
            value = catalog.get(found.target)
            return importlib.import_module(name) if isinstance(value, ModuleType) else value
    new: Any = TENSORFLOW.get(path.removeprefix("tensorflow."))
    if isinstance(new, Become):
        return _adapted(new)
    if isinstance(new, Expression):
        return _computed(new)
    if isinstance(new, Dropped):
        return _nothing
    return importlib.import_module(name) if is_module(name) else None


def _module_of(name: str) -> str | None:
    path = catalog.canonical(name)
    if not path.startswith("keras"):
        return None
    if path == "keras":
        return "kerasish"
    found = catalog.resolve(path)
    if found.target is None or found.rest:
        return None
    return found.target if isinstance(catalog.get(found.target), ModuleType) else None


def _adapted(new: Become) -> Any:
    """Return a function that takes the old arguments, or the value itself."""
    if new.target.startswith("torch."):
        value: Any = torch
        for part in new.target.split(".")[1:]:
            value = getattr(value, part)
    elif new.target.startswith("kerasish."):
        value = catalog.get(new.target)
    else:
        target = catalog.resolve(new.target).target
        value = None if target is None else catalog.get(target)
    if value is None or new.parameters is None:
        return value
    parameters = new.parameters

    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("name", None)
        if len(args) > len(parameters) or kwargs.keys() - parameters.keys():
            raise TypeError(
                f"{new.target} stands in for this function and takes {list(parameters)}. "
                f"Received: {len(args)} arguments and {sorted(kwargs)}"
            )
        if len(args) + len(kwargs) < new.required:
            raise TypeError(
                f"{new.target} stands in for this function and has other defaults: give "
                f"{list(parameters)[: new.required]}. Received: {len(args) + len(kwargs)} arguments"
            )
        given = dict(zip(parameters, args, strict=False)) | kwargs
        renamed = {parameters[name].removeprefix("="): one for name, one in given.items()}
        if new.target.startswith("torch."):
            renamed = {name: _as_torch(name, one) for name, one in renamed.items()}
        return value(**renamed)

    call.__name__ = new.target.rpartition(".")[2]
    return call


def _as_torch(name: str, value: Any) -> Any:
    if name == "dtype" and isinstance(value, str):
        return getattr(torch, value)
    if name in _ARRAYS and not isinstance(value, torch.Tensor):
        return torch.as_tensor(value)
    return value


def _computed(new: Expression) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        given = [*args, *kwargs.values()]
        if new.arguments is not None and given != list(new.arguments):
            raise TypeError(
                f"Only a call with {list(new.arguments)} has a counterpart, {new.text}. "
                f"Received: {given}"
            )
        return eval(new.text, {"torch": torch})

    return call


def _nothing(*args: Any, **kwargs: Any) -> Any:
    """Do nothing, where only TensorFlow had something to do."""
    return logging.getLogger("kerasish")
