"""The table of classes and functions of Keras's API that a config may name.

A config is data from outside. What it names is looked up here and among the objects that the
user registered, and nowhere else: no module is imported and no attribute is fetched because a
config says so.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")

# Modules whose functions Keras writes by name alone, as {"module": "builtins", ...}.
FUNCTION_MODULES = (
    "keras.activations",
    "keras.initializers",
    "keras.losses",
    "keras.metrics",
    "keras.regularizers",
    "keras.constraints",
    "keras.optimizers",
)

# Other names of Keras's package, in files of Keras 2 and of TensorFlow.
_PACKAGE_PREFIXES = ("tensorflow.python.keras", "tensorflow.keras", "tf_keras", "tf.keras")

_by_name: dict[tuple[str, str], Any] = {}
_public_name: dict[Any, tuple[str, str]] = {}
# Modules whose classes are made when they are first asked for: how to, and the names.
_makers: dict[str, tuple[Callable[[str], Any], Callable[[], Iterable[str]]]] = {}


def builtin(module: str, *aliases: str, name: str | None = None) -> Callable[[T], T]:
    """Enter a class or function in the table, under the name that Keras gives it.

    Args:
        module: Keras's public module, such as `"keras.layers"`.
        *aliases: Further names that configs may use. A name without a dot is one of the same
            module (`"swish"`); one with dots is a full one (`"keras.metrics.mean_squared_error"`).
        name: Name in Keras, where it differs from the object's `__name__`.

    Returns:
        A decorator that returns its argument unchanged.

    Raises:
        ValueError: If a name is taken, or the object has a name already.

    Example:
        >>> @builtin("keras.layers", "CuDNNLSTM")
        ... class LSTM: ...
    """

    def register(obj: T) -> T:
        public = (module, name or obj.__name__)  # type: ignore[attr-defined]
        if obj in _public_name:
            raise ValueError(
                f"{obj!r} is registered already as {'.'.join(_public_name[obj])!r}. "
                f"Received: {'.'.join(public)!r}"
            )
        keys = [public]
        for alias in aliases:
            alias_module, _, alias_name = alias.rpartition(".")
            keys.append((alias_module or module, alias_name))
        for key in keys:
            if key in _by_name or keys.count(key) > 1:
                raise ValueError(
                    f"The name {'.'.join(key)!r} is taken by {_by_name.get(key, obj)!r}. "
                    f"Received: {obj!r}"
                )
        for key in keys:
            _by_name[key] = obj
        _public_name[obj] = public
        return obj

    return register


def builtin_module(
    module: str, make: Callable[[str], Any], names: Callable[[], Iterable[str]]
) -> None:
    """Enter a module whose classes are made, and entered by `builtin`, when they are asked for.

    Args:
        module: Keras's module.
        make: Gives the class of a name, or None.
        names: Gives the names of all classes.

    Raises:
        ValueError: If the module has been entered.
    """
    if module in _makers:
        raise ValueError(f"The module is entered already. Received: {module!r}")
    _makers[module] = make, names


def public_name(obj: Any) -> tuple[str, str] | None:
    """Return the module and name that Keras gives to a class or function, or None."""
    try:
        return _public_name.get(obj)
    except TypeError:  # not hashable, so never registered
        return None


def names_in(module: str) -> dict[str, Any]:
    """Return all that is registered in one module, by name, aliases included."""
    found = {name: obj for (where, name), obj in _by_name.items() if where == module}
    if module in _makers:
        make, names = _makers[module]
        found.update({name: make(name) for name in names() if name not in found})
    return found


def public_modules(module: str) -> list[str]:
    """Return the public modules that a module path found in a file can mean, longest first.

    `"tf_keras.src.layers.rnn.lstm"` gives `"keras.layers.rnn.lstm"`, `"keras.layers.rnn"` and
    `"keras.layers"`; a path outside of Keras gives nothing.
    """
    for prefix in _PACKAGE_PREFIXES:
        if module == prefix or module.startswith(prefix + "."):
            module = "keras" + module[len(prefix) :]
            break
    parts = [part for part in module.split(".") if part not in ("src", "api", "_tf_keras")]
    if parts[0] != "keras":
        return []
    shortest = min(len(parts), 2)
    return [".".join(parts[:length]) for length in range(len(parts), shortest - 1, -1)]


def find_class(module: str | None, name: str, default_module: str | None = None) -> Any:
    """Look up a class, or a function where Keras writes its name in place of a class.

    Args:
        module: Module in the config, or None for a config of Keras 2, which has none.
        name: Name in the config.
        default_module: Module to look in first if the config has none.

    Returns:
        The object, or None.
    """
    if module is None:
        if default_module is not None and (default_module, name) in _by_name:
            return _by_name[default_module, name]
        found = {
            obj: where
            for (where, known), obj in _by_name.items()
            if known == name and inspect.isclass(obj)
        }
        # Operations have the names of merging layers (`Add`), which old configs mean.
        layers = [obj for obj, where in found.items() if ".ops" not in where]
        candidates = layers or list(found)
        return candidates[0] if len(candidates) == 1 else None
    for where in (module, *public_modules(module)):
        if (where, name) in _by_name:
            return _by_name[where, name]
        made = _makers[where][0](name) if where in _makers else None
        if made is not None:
            return made
    return None


def find_function(module: str | None, name: str, default_module: str | None = None) -> Any:
    """Look up a function by name; `module` is often only `"builtins"` in files.

    Returns:
        The function, or None. Never a class.
    """
    if module not in (None, "builtins"):
        found = find_class(module, name)
        return None if inspect.isclass(found) else found
    modules = FUNCTION_MODULES if default_module is None else (default_module, *FUNCTION_MODULES)
    for where in modules:
        found = _by_name.get((where, name))
        if found is not None and not inspect.isclass(found):
            return found
    return None


def near_matches(name: str, module: str | None = None, more: Iterable[str] = ()) -> list[str]:
    """Return known names that look like an unknown one, for error messages.

    Args:
        name: The unknown name.
        module: Module to look in; all modules if it has no names.
        more: Further names to compare with.
    """
    modules = public_modules(module) if module else []
    known = set().union(*(names_in(where) for where in modules))
    known = (known or {known_name for _, known_name in _by_name}) | set(more)
    by_lower = {candidate.lower(): candidate for candidate in sorted(known)}
    close = difflib.get_close_matches(str(name).lower(), list(by_lower), n=3, cutoff=0.6)
    return [by_lower[candidate] for candidate in close]


def did_you_mean(matches: list[str]) -> str:
    """Return `" Did you mean 'relu' or 'elu'?"`, or an empty string for no matches."""
    return f" Did you mean {' or '.join(map(repr, matches))}?" if matches else ""
