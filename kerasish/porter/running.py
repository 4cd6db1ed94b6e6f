"""Keras scripts and notebooks on kerasish, as they are."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from kerasish.import_hook import install, uninstall
from kerasish.porter.errors import PorterError
from kerasish.porter.files import port_file
from kerasish.porter.magics import commands


def run_file(path: Path, arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run a script or a notebook with kerasish in place of Keras.

    Old names and arguments are translated in memory; the file is not changed. Modules that it
    imports get kerasish too, by `install`.

    Args:
        path: The file.
        arguments: What it finds in `sys.argv` after its own name.

    Returns:
        Its variables.

    Raises:
        PorterError: If it can't be read, or has commands of IPython and there is no IPython.
        Exception: What the code raises.
    """
    ported = port_file(path, mark=False)
    old = sys.argv, list(sys.path), sys.modules.get("__main__")
    main = ModuleType("__main__")
    main.__file__ = str(path)
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules["__main__"] = main
    install()
    try:
        for number, code in enumerate(ported.cells, start=1):
            where = f"{path}, cell {number}" if path.suffix == ".ipynb" else str(path)
            if path.suffix == ".ipynb" and commands(code):
                code = _plain(code, where)
                main.__dict__.setdefault("get_ipython", _shell(main))
            # The lines that tracebacks show are those that run.
            linecache.cache[where] = (len(code), None, code.splitlines(keepends=True), where)
            exec(compile(code, where, "exec"), main.__dict__)
    finally:
        uninstall()
        sys.argv, sys.path[:] = old[0], old[1]
        if old[2] is not None:
            sys.modules["__main__"] = old[2]
    return main.__dict__


def _plain(code: str, where: str) -> str:
    """Return a cell with its commands as calls of IPython."""
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError as error:
        raise PorterError(
            f"{where} has commands of IPython: pip install ipython. "
            f"Received: {commands(code)[0].strip()}"
        ) from error
    return TransformerManager().transform_cell(code)


def _shell(main: ModuleType) -> Any:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell(user_module=main, user_ns=main.__dict__)
    return lambda: shell
