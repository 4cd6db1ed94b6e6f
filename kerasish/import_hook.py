"""`install`: imports of Keras are answered by kerasish."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_ROOTS = ("keras", "tf_keras", "tensorflow")
_saved: dict[str, ModuleType] = {}


class _Finder(MetaPathFinder, Loader):
    """Finds and makes the modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to make a module of Keras or TensorFlow.

        Raises:
            ModuleNotFoundError: If kerasish has no such module.
        """
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        from kerasish.porter import catalog
        from kerasish.porter.facade import is_module

        if not is_module(fullname):
            known = catalog.canonical(fullname)
            raise ModuleNotFoundError(
                f"kerasish has no module {known}: {catalog.advice(known)}. Received: {fullname}",
                name=fullname,
            )
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make a module."""
        from kerasish.porter.facade import Facade

        return Facade(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""


_finder = _Finder()


def install() -> None:
    """Let `import keras`, `tf_keras`, `tensorflow` and all below them give kerasish.

    Names of Keras 1 and 2 are known too. In IPython and Jupyter, the cells that follow are
    translated before they run, so that the old arguments of Keras 1 are known; a script gets that
    from `kerasish run`. What was imported before stays what it was. A second call changes nothing.
    """
    if _finder in sys.meta_path:
        return
    for name in _ours():
        _saved[name] = sys.modules.pop(name)
    sys.meta_path.insert(0, _finder)
    from kerasish.porter import interactive

    interactive.start()


def uninstall() -> None:
    """Undo `install`: imports of Keras give Keras again, if there is one."""
    if _finder not in sys.meta_path:
        return
    sys.meta_path.remove(_finder)
    from kerasish.porter import interactive

    interactive.stop()
    for name in _ours():
        del sys.modules[name]
    sys.modules.update(_saved)
    _saved.clear()


def _ours() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in _ROOTS]
