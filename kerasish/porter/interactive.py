"""Cells of a running notebook, translated as they come."""

from __future__ import annotations

import sys
from typing import Any

from kerasish.porter.code import port_code


class CellTranslator:
    """Ports each cell that IPython runs, in the light of those before it."""

    def __init__(self) -> None:
        self._cells: list[str] = []

    def __call__(self, lines: list[str]) -> list[str]:
        """Return a cell as it is to be run.

        Args:
            lines: Its lines, after IPython has put its own commands into Python.
        """
        cell = "".join(lines)
        ported = port_code([*self._cells, cell], notebook=True, mark=False)
        if any(one.name == "the cell" and one.cell == len(ported.cells) for one in ported.findings):
            return lines  # Python tells what is wrong with it.
        self._cells.append(cell)
        return ported.cells[-1].splitlines(keepends=True)


def start() -> None:
    """Translate the cells to come, where code is run by IPython."""
    shell = _shell()
    if shell is not None:
        shell.input_transformers_post.append(CellTranslator())


def stop() -> None:
    """Undo `start`."""
    shell = _shell()
    if shell is not None:
        kept = [one for one in shell.input_transformers_post if not _ours(one)]
        shell.input_transformers_post[:] = kept


def _ours(transformer: Any) -> bool:
    return isinstance(transformer, CellTranslator)


def _shell() -> Any:
    """Return IPython's shell, if it is the one that runs the code."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()
