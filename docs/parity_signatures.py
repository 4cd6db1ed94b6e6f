"""Compares what Keras offers under a name with what kerasish does: arguments and methods."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import kerasish

Parameters = list[inspect.Parameter]
_BY_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class Difference:
    """One difference.

    Attributes:
        key: What differs, as reasons name it: `keras.layers.Dense(lora_rank)` for an argument,
            `keras.layers.Layer.symbolic_call` for a method, `keras.layers.LSTM.call(mask)` for an
            argument of one.
        text: The same for a reader.
    """

    key: str
    text: str


def compare(
    name: str, theirs: Any, ours: Any, counterpart: Callable[[type], Any]
) -> list[Difference]:
    """Return in what two objects of one name differ.

    Args:
        name: The name, such as `keras.layers.Dense`.
        theirs: Keras's object.
        ours: That of kerasish.
        counterpart: Gives the class of kerasish for a public class of Keras; None for others.
    """
    if inspect.isclass(theirs) != inspect.isclass(ours) and callable(theirs):
        kind = "a class" if inspect.isclass(ours) else "a function"
        return [Difference(name, f"is {kind} here")]
    if inspect.isclass(theirs):
        return [
            *_compare_made(name, theirs, ours),
            *_compare_methods(name, theirs, ours, counterpart),
        ]
    if callable(theirs):
        return list(_compare_parameters(name, _parameters(theirs), _parameters(ours)))
    return []


def _compare_made(name: str, theirs: type, ours: type) -> Iterator[Difference]:
    # What Keras hands on to a base is compared there; ours may stand in any class.
    made = getattr(theirs, "__init__")  # noqa: B009
    yield from _compare_parameters(name, _parameters(made), _made_with(ours))


def _compare_methods(
    name: str, theirs: type, ours: type, counterpart: Callable[[type], Any]
) -> Iterator[Difference]:
    for attribute in sorted(one for one in dir(theirs) if not one.startswith("_")):
        value = inspect.getattr_static(theirs, attribute)
        base = _public_base_with(attribute, value, theirs, counterpart)
        if not _has(ours, attribute, callable(_function(value))):
            # What a base lacks is said there.
            if base is None or _has(base, attribute, callable(_function(value))):
                yield Difference(f"{name}.{attribute}", f"no `{attribute}`")
            continue
        if base is not None:
            continue
        value = _function(value)
        here = _function(inspect.getattr_static(ours, attribute, None))
        if inspect.isfunction(value) and inspect.isfunction(here):
            found = _compare_parameters(
                f"{name}.{attribute}", _parameters(value), _parameters(here)
            )
            for one in found:
                yield Difference(one.key, f"`{attribute}`: {one.text}")


def _has(ours: type, attribute: str, is_method: bool) -> bool:
    """Whether a class has a method, or its objects an attribute."""
    if hasattr(ours, attribute):
        return True
    example = _example(ours)
    if is_method and type(example) in (ours, type(None)):
        return False
    return attribute in _set_by(ours) or hasattr(example, attribute)


@cache
def _example(ours: type) -> Any:
    """Return what a class makes of a number: layers, and what is of another class; else None."""
    if inspect.isabstract(ours):
        return None
    if not issubclass(ours, kerasish.Layer) and "__new__" not in vars(ours):
        return None
    for arguments in ((), (3,), (3, 3)):
        try:
            return ours(*arguments)
        except (TypeError, ValueError):
            continue
    return None


@cache
def _set_by(ours: type) -> frozenset[str]:
    """Return the attributes that the methods of a class and of its bases set."""
    found = set()
    for owner in ours.__mro__:
        if not owner.__module__.startswith("kerasish"):
            continue
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(owner)))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            ):
                found.add(node.attr)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
    # Weights of a held module answer to their names.
    return frozenset(found.union(getattr(getattr(ours, "layout", None), "names", ())))


def _public_base_with(
    attribute: str, value: Any, theirs: type, counterpart: Callable[[type], Any]
) -> Any:
    """Return our class of the public class that an attribute comes from; None if from none."""
    for base in theirs.__mro__[1:]:
        here = counterpart(base)
        if here is not None and inspect.getattr_static(base, attribute, None) is value:
            return here
    return None


def _compare_parameters(name: str, theirs: Parameters, ours: Parameters) -> Iterator[Difference]:
    here = {one.name: one for one in ours if one.kind not in _REST}
    # With both `*args` and `**kwargs`, a method hands on what it is given.
    takes_any = {one.kind for one in ours} >= set(_REST)
    named = [one for one in theirs if one.kind not in _REST]
    if [one.name for one in named][:1] == ["_"] and ours:
        named[0] = ours[0]
    shared = [one.name for one in named if one.name in here and one.kind is not _BY_KEYWORD]
    order = [one for one in here if one in shared and here[one].kind is not _BY_KEYWORD]
    renamed = _renamed(named, list(here.values()))
    for parameter in named:
        key = f"{name}({parameter.name})"
        mine = here.get(parameter.name)
        if mine is None:
            if parameter.name in renamed:
                text = f"`{parameter.name}` is called `{renamed[parameter.name]}`"
                mine = here[renamed[parameter.name]]
                if _default(parameter) != _default(mine):
                    text += f" and {_said(mine)}, {_said(parameter)} in Keras"
                yield Difference(key, text)
            elif not takes_any:
                yield Difference(key, f"no argument `{parameter.name}`")
            continue
        if _default(parameter) != _default(mine):
            yield Difference(
                key, f"`{parameter.name}` {_said(mine)} here, {_said(parameter)} in Keras"
            )
        elif parameter.kind is not _BY_KEYWORD and mine.kind is _BY_KEYWORD:
            yield Difference(key, f"`{parameter.name}` by keyword only")
    positions = [one for one in shared if one in order]
    moved = [one for one, other in zip(positions, order, strict=True) if one != other]
    if moved:
        yield Difference(f"{name}(order)", "order of " + ", ".join(f"`{one}`" for one in moved))
    known = {one.name for one in named} | set(renamed.values())
    if not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in theirs):
        for parameter in here.values():
            if parameter.name not in known and parameter.default is parameter.empty:
                yield Difference(f"{name}({parameter.name})", f"`{parameter.name}` has to be given")


def _renamed(theirs: Parameters, ours: Parameters) -> dict[str, str]:
    """Return the arguments that have another name at the same place; `_` is no name."""
    names = {one.name for one in theirs}
    here = {one.name for one in ours}
    return {
        one.name: other.name
        for one, other in zip(theirs, ours, strict=False)
        if one.name not in here
        and other.name not in names
        and _BY_KEYWORD not in (one.kind, other.kind)
    }


def _made_with(made: type) -> Parameters:
    """Return the arguments of a class, those that it hands on to its bases included."""
    found: dict[str, inspect.Parameter] = {}
    more = True
    maker = "__new__" if _first(made) is object else "__init__"
    for owner in made.__mro__:
        function = vars(owner).get(maker)
        if function is None or not more or (found and not owner.__module__.startswith("kerasish")):
            continue
        own = _parameters(function)
        more = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in own)
        for one in own:
            if one.name not in found and one.kind not in _REST:
                # What is handed on can't be given by position.
                first = maker == "__new__" or owner is _first(made)
                found[one.name] = one if not found or first else _by_keyword(one)
    rest = [inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)] if more else []
    return [*found.values(), *rest]


def _first(made: type) -> type:
    return next(owner for owner in made.__mro__ if "__init__" in vars(owner))


def _by_keyword(parameter: inspect.Parameter) -> inspect.Parameter:
    return parameter.replace(kind=_BY_KEYWORD)


def _parameters(function: Any) -> Parameters:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return [inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)]
    return parameters[1:] if parameters and parameters[0].name in ("self", "cls") else parameters


def _function(value: Any) -> Any:
    return value.__func__ if isinstance(value, (staticmethod, classmethod)) else value


def _default(parameter: inspect.Parameter) -> Any:
    """Return a default in a form that can be compared."""
    value = parameter.default
    if isinstance(value, (list, tuple)):
        # (2, 2) means what 2 does.
        flat = _flat(value)
        return flat[0] if flat and len(set(map(repr, flat))) == 1 else tuple(value)
    if value is parameter.empty or isinstance(value, (bool, int, float, str, type(None))):
        return value
    return re.sub(r" at 0x[0-9a-f]+", "", getattr(value, "__name__", repr(value)))


def _flat(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        return [value]
    return [inner for one in value for inner in _flat(one)]


def _said(parameter: inspect.Parameter) -> str:
    value = _default(parameter)
    return "is required" if value is parameter.empty else f"is `{value!r}`"
