"""Helpers that generated files contain where they need them; their source is copied as it is.

They import nothing but torch. A helper may use others of its module, which are copied, too.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from types import ModuleType

from kerasish.eject.parts import attention, masks, noise, padding, recurrence

_MODULES = (masks, padding, noise, recurrence, attention)


def _definitions(module: ModuleType) -> dict[str, str]:
    text = inspect.getsource(module)
    lines = text.splitlines()
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return found


_SOURCES = {name: text for module in _MODULES for name, text in _definitions(module).items()}
PART_NAMES = tuple(_SOURCES)


def sources(wanted: Iterable[str]) -> list[str]:
    """Return the source of helpers and of those that they use, each before its users."""
    needed = set(wanted)
    pending = list(needed)
    while pending:
        text = _SOURCES[pending.pop()]
        words = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        new = {name for name in words if name in _SOURCES} - needed
        needed |= new
        pending += new
    return [text for name, text in _SOURCES.items() if name in needed]
