"""Modules and names of Keras 1 and 2 under the root `kerasish`, so that only the root changes.

`from kerasish.layers.recurrent import LSTM` works and warns once, naming the new form. Which old
name became which is in the porter's table; nothing of it is loaded before an old name is met.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from kerasish.absent_names import absence

# Modules and folders of kerasish in which old names and modules are looked for.
_PLACES = (
    *("", "applications", "backend", "callbacks", "constraints", "datasets", "distribution"),
    *("export", "initializers", "layers", "layers.attention", "layers.convolutional"),
    *("layers.core", "layers.normalization", "layers.pooling", "layers.preprocessing"),
    *("layers.regularization", "layers.reshaping", "layers.rnn", "optimizers.schedules"),
    *("losses", "metrics", "models", "optimizers", "preprocessing", "preprocessing.image"),
    *("preprocessing.sequence", "preprocessing.text", "random", "regularizers", "saving", "utils"),
    "wrappers",
)

# Packages of old modules: their modules and names warn, and they do not.
_PACKAGES = tuple(
    f"kerasish.{one}" for one in ("api", "engine", "layers.experimental", "optimizer_v2", "src")
)


class OldModule(ModuleType):
    """A module of an older Keras, whose names are those of newer modules.

    Args:
        name: The name it is imported under, such as `kerasish.layers.recurrent`.
        target: The module that has its names now.
    """

    def __init__(self, name: str, target: str) -> None:
        super().__init__(name, f"The names of {target} under an older name.")
        from kerasish.porter import catalog

        self.__path__: list[str] = []
        self.__all__ = sorted(catalog.exported(target))
        self._target = target

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        found = _target(full)
        if found is None:
            private = vars(_get(self._target)).get(name) if name.startswith("_") else None
            if private is None:
                raise _missing(self.__name__, name)
            return private
        if _is_module(found):
            # `layers.experimental` has `preprocessing`, which is a module of its own.
            return importlib.import_module(full)
        if self.__name__ in _PACKAGES:
            _warn(full, found)
        value = self.__dict__[name] = _get(found)
        return value


class _Finder(MetaPathFinder, Loader):
    """Makes old modules where there are no others of the name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to make an old module; None for others.

        Raises:
            ImportError: For names of Keras that are not here; the message says what to do.
        """
        root, _, name = fullname.partition(".")
        if root != "kerasish" or not name:
            return None
        found = _target(fullname)
        if found is not None and found != fullname and _is_module(found):
            return ModuleSpec(fullname, self, is_package=True)
        advice = _advice(fullname) if found is None else None
        if advice is not None:
            raise ImportError(f"{fullname} is not here: {advice}.", name=fullname)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make an old module."""
        found = _target(spec.name)
        assert found is not None
        if spec.name not in _PACKAGES:
            _warn(spec.name, found)
        return OldModule(spec.name, found)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""


def enable() -> None:
    """Let old modules be imported, and old names be found in the modules of today."""
    if any(isinstance(one, _Finder) for one in sys.meta_path):
        return
    sys.meta_path.append(_Finder())
    for place in _PLACES:
        module = sys.modules[f"kerasish.{place}".rstrip(".")]
        module.__dict__["__getattr__"] = _lookup_in(module)


def _lookup_in(module: ModuleType) -> Callable[[str], Any]:
    before = module.__dict__.get("__getattr__")

    def find(name: str) -> Any:
        if before is not None:
            try:
                return before(name)
            except AttributeError:
                full = f"{module.__name__}.{name}"
                if name.startswith("_") or (_target(full) is None and _advice(full) is None):
                    raise
        if name.startswith("_"):
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        full = f"{module.__name__}.{name}"
        found = _target(full)
        if found is None or found == full:
            raise _missing(module.__name__, name)
        if _is_module(found):
            return importlib.import_module(full)
        _warn(full, found)
        value = module.__dict__[name] = _get(found)
        return value

    return find


def _target(full: str) -> str | None:
    """Return what an old name is called today; None if there is nothing."""
    from kerasish.porter import catalog

    path = catalog.canonical(f"keras{full.removeprefix('kerasish')}")
    found = catalog.resolve(path) if path != "keras" else catalog.Resolution(path, "kerasish")
    return None if found.rest else found.target


def _get(target: str) -> Any:
    from kerasish.porter import catalog

    return catalog.get(target)


def _is_module(full: str) -> bool:
    return isinstance(_get(full), ModuleType)


def _advice(full: str) -> str | None:
    """Return what to do about a name that is not here, if that is known."""
    from kerasish.porter import catalog

    path = catalog.canonical(f"keras{full.removeprefix('kerasish')}")
    newer = catalog.resolve(path).path
    return absence(path.partition(".")[2]) or absence(newer.partition(".")[2])


def _missing(module: str, name: str) -> AttributeError:
    advice = _advice(f"{module}.{name}")
    if advice is not None:
        return AttributeError(f"{module}.{name} is not here: {advice}.", name=name)
    return AttributeError(f"module {module!r} has no attribute {name!r}", name=name)


def _warn(old: str, new: str) -> None:
    """Warn at the line outside of kerasish and of Python's imports that names something old."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_inner(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    module = frame.f_globals.get("__name__", "<string>")
    warnings.warn_explicit(
        f"{old} is {new} since Keras 3.",
        DeprecationWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        module,
        registry,
    )


def _is_inner(module: str) -> bool:
    return module.partition(".")[0] in ("kerasish", "importlib", "_frozen_importlib")
