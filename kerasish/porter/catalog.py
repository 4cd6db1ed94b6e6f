"""What the installed kerasish has: names and arguments, by looking at it."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from functools import cache
from types import CodeType, ModuleType
from typing import Any

from kerasish.absent_names import absence
from kerasish.porter.old_names import ADVICE, FUNCTIONS, MOVED, ROOTS


@dataclass(frozen=True)
class Resolution:
    """What a dotted name of Keras is here.

    Attributes:
        path: The name as Keras 3 has it.
        target: The same in kerasish; None if there is none.
        rest: Attributes after the class, function or module that was found.
    """

    path: str
    target: str | None
    rest: str = ""


@cache
def canonical(path: str) -> str:
    """Return a dotted name with `keras` or `tensorflow` as its root.

    Args:
        path: Such as `tensorflow.python.keras.layers.recurrent.LSTM`.
    """
    return _replace_longest(path, ROOTS)


@cache
def resolve(path: str) -> Resolution:
    """Look a dotted name of Keras up in kerasish.

    Args:
        path: A canonical name, from `canonical`.
    """
    moved = FUNCTIONS.get(path) or _replace_longest(path, MOVED)
    if moved != path:
        # `layers.experimental.preprocessing` and the like move twice.
        moved = _replace_longest(moved, MOVED)
    found = _look_up(moved)
    if found is None:
        # Public names lie near the root; older and private modules between are left out.
        parts = moved.split(".")
        for number in range(2, len(parts)):
            if not all(part.islower() for part in parts[2:number]):
                break
            near = ".".join([*parts[:2], *parts[number:]])
            if near != moved and (near_found := _look_up(near)) is not None:
                return Resolution(near, *near_found)
        return Resolution(moved, None)
    return Resolution(moved, *found)


def get(target: str) -> Any:
    """Return the object of a dotted name of kerasish that `resolve` gave."""
    import kerasish

    found: Any = kerasish
    for part in target.split(".")[1:]:
        found = getattr(found, part)
    return found


@cache
def arguments(target: str) -> frozenset[str] | None:
    """Return the names of the arguments that a class or function takes; None for any.

    Args:
        target: A dotted name of kerasish.
    """
    found = get(target)
    if isinstance(found, ModuleType) or not callable(found):
        return None
    if not isinstance(found, type):
        named, more = _parameters(found)
        return None if more else named
    names: set[str] = set()
    for owner in found.__mro__:
        made = vars(owner).get("__init__")
        if made is None or not owner.__module__.startswith("kerasish"):
            continue
        taken, more = _parameters(made)
        if taken is None:
            return None
        names |= taken
        if not more:
            break
    return frozenset(names - {"self"})


@cache
def declared(target: str) -> frozenset[str]:
    """Return the arguments in the signature of a class or function, without those it hands on."""
    found = get(target)
    if isinstance(found, ModuleType) or not callable(found):
        return frozenset()
    made: Any = inspect.getattr_static(found, "__init__") if isinstance(found, type) else found
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(made).parameters.values()
    return frozenset(one.name for one in parameters if one.kind in kinds)


@cache
def has_method(name: str) -> bool:
    """Whether models have a method; `compile` as Keras means it comes with `fit`."""
    from kerasish.models import Functional, Sequential

    name = "fit" if name == "compile" else name
    return hasattr(Functional, name) or hasattr(Sequential, name)


@cache
def method_takes(name: str, argument: str | None) -> bool:
    """Whether a method of models takes an argument, those of Keras 2 included; None is `**`."""
    from kerasish.models import Functional, Sequential
    from kerasish.trainers.old_methods import KNOWN

    found = getattr(Functional, name, None) or getattr(Sequential, name)
    named, more = _parameters(found)
    if argument is None or named is None or argument in named | KNOWN:
        return True
    # What a method hands on, a function that it calls may take.
    called = [found.__globals__.get(name) for name in found.__code__.co_names] if more else []
    return any(
        argument in inspect.signature(one).parameters for one in called if inspect.isfunction(one)
    )


@cache
def is_model_maker(target: str) -> bool:
    """Whether calling a name of kerasish gives a model."""
    from kerasish.models import Model

    found = get(target)
    if isinstance(found, type):
        return issubclass(found, Model)
    return target.rpartition(".")[2] in ("load_model", "clone_model", "model_from_json")


@cache
def exists(target: str) -> bool:
    """Whether a dotted name of kerasish can be imported, public or not."""
    parts = target.split(".")
    for number in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:number]))
        except ImportError:
            continue
        return number == len(parts) or hasattr(found, parts[number])
    return False


def advice(path: str) -> str:
    """Return what to do about a name that is not here."""
    absent = absence(path.removeprefix("keras."))
    if absent is not None:
        return absent
    fitting = [key for key in ADVICE if path == key or path.startswith(key + ".")]
    if path.startswith("keras.layers.Random"):
        fitting.append("keras.layers.Random")
    return ADVICE[max(fitting, key=len)] if fitting else ADVICE["tensorflow"]


def exported(target: str) -> frozenset[str]:
    """Return the public names of a module of kerasish, as a star import gives them."""
    return frozenset(getattr(get(target), "__all__", ()))


def _replace_longest(path: str, table: dict[str, str]) -> str:
    parts = path.split(".")
    for number in range(len(parts), 0, -1):
        head = ".".join(parts[:number])
        if head in table:
            return ".".join([table[head], *parts[number:]])
    return path


def _look_up(path: str) -> tuple[str, str] | None:
    import kerasish

    found: Any = kerasish
    parts = path.split(".")[1:]
    for number, part in enumerate(parts):
        if not isinstance(found, ModuleType):
            return ".".join(["kerasish", *parts[:number]]), ".".join(parts[number:])
        if not _is_public(found, part):
            return None
        found = getattr(found, part)
    return ".".join(["kerasish", *parts]), ""


def _is_public(module: ModuleType, name: str) -> bool:
    if name in ("__version__", "_get_available_gpus"):  # not public, and used all the same
        return hasattr(module, name)
    names = getattr(module, "__all__", None)
    if names is not None:
        return name in names
    # Old names, which modules answer to as well, are not asked for.
    value = vars(module).get(name)
    if value is None or name.startswith("_"):
        return False
    if isinstance(value, ModuleType):
        return value.__name__.startswith("kerasish.")
    return getattr(value, "__module__", None) == module.__name__


def _parameters(function: Any) -> tuple[frozenset[str] | None, bool]:
    """Return the arguments of a function, and whether it hands others on."""
    signature = inspect.signature(function)
    names: set[str] = set()
    more = False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            return None, True
        if parameter.kind is parameter.VAR_KEYWORD:
            more = True
        else:
            names.add(parameter.name)
    if more:
        # Such arguments are named in the code that takes them out.
        names |= _named_in(getattr(function, "__code__", None), function)
    return frozenset(names), more


def _named_in(code: CodeType | None, function: Any, deep: bool = True) -> set[str]:
    if code is None:
        return set()
    names: set[str] = set()
    for constant in code.co_consts:
        for text in constant if isinstance(constant, tuple) else (constant,):
            if isinstance(text, str) and text.isidentifier() and text.islower():
                names.add(text)
    if deep:
        for name in code.co_names:
            called = getattr(function, "__globals__", {}).get(name)
            if inspect.isfunction(called) and "pop" in called.__code__.co_names:
                names |= _named_in(called.__code__, called, deep=False)
    return names
