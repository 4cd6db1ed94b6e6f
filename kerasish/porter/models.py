"""Which variables hold models, as far as the code tells."""

from __future__ import annotations

import ast
from collections.abc import Callable

from kerasish.porter.catalog import is_model_maker, resolve

# Given a function of a call and its cell, the canonical name of it.
PathOf = Callable[[ast.AST, int], str | None]


def model_names(trees: list[ast.Module | None], path_of: PathOf) -> frozenset[str]:
    """Return the variables that are given models, and nothing that is known to be something else.

    Args:
        trees: The cells.
        path_of: Says what a name in a cell stands for.
    """
    makers = set()
    names: set[str] = set()
    others: set[str] = set()
    defined: set[str] = set()
    nodes = [(cell, node) for cell, tree in enumerate(trees) if tree for node in ast.walk(tree)]
    for cell, node in nodes:
        if isinstance(node, ast.ClassDef):
            defined.add(node.name)
            if any(_makes_model(base, cell, path_of) for base in node.bases):
                makers.add(node.name)
        elif isinstance(node, ast.FunctionDef):
            defined.add(node.name)
    for _ in range(2):  # functions that return models, then what they are assigned to
        for cell, node in nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                function = node.value.func
                made = _makes_model(function, cell, path_of) or _is_name(function, makers)
                targets = {one.id for one in node.targets if isinstance(one, ast.Name)}
                if made:
                    names |= targets
                elif not _is_name(function, defined):
                    others |= targets
            elif isinstance(node, ast.FunctionDef) and _returns_model(node, names):
                makers.add(node.name)
    return frozenset(names - others)


def _makes_model(function: ast.AST, cell: int, path_of: PathOf) -> bool:
    path = path_of(function, cell)
    if path is None or not path.startswith("keras."):
        return False
    found = resolve(path)
    return found.target is not None and not found.rest and is_model_maker(found.target)


def _is_name(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _returns_model(function: ast.FunctionDef, names: set[str]) -> bool:
    return any(
        isinstance(node, ast.Return) and node.value is not None and _is_name(node.value, names)
        for node in ast.walk(function)
    )
