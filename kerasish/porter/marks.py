"""The comment above a statement that did not port."""

from __future__ import annotations

import ast

from kerasish.porter.edits import Edit, Offsets
from kerasish.porter.findings import MARK


def marks(
    tree: ast.Module, missing: list[tuple[ast.stmt, str, str]], source: str, offsets: Offsets
) -> list[Edit]:
    """Return the comments, one above each statement; none where it stands already.

    Args:
        tree: The cell.
        missing: Statement, name and what to do.
        source: The cell's text.
        offsets: Places in it.
    """
    texts: dict[int, dict[str, list[str]]] = {}
    for statement, name, advice in missing:
        by_advice = texts.setdefault(_line_of(statement, tree), {})
        names = by_advice.setdefault(advice, [])
        if name not in names:
            names.append(name)
    edits = []
    for line, by_advice in sorted(texts.items()):
        said = "; ".join(
            f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not here: {advice}"
            for advice, names in by_advice.items()
        )
        edits += _above(line, MARK + said, offsets)
    return edits


def _above(line: int, text: str, offsets: Offsets) -> list[Edit]:
    here = offsets.at(line, 0)
    content = _line(line, offsets)
    indent = content[: len(content) - len(content.lstrip(" \t"))]
    before = _line(line - 1, offsets).strip() if line > 1 else ""
    if before == text:
        return []
    if before.startswith(MARK):
        return [Edit(offsets.at(line - 1, 0), here, indent + text + offsets.newline)]
    return [Edit(here, here, indent + text + offsets.newline)]


def _line(line: int, offsets: Offsets) -> str:
    start = offsets.starts[line - 1]
    stop = offsets.starts[line] if line < len(offsets.starts) else len(offsets.data)
    return offsets.text(start, stop).rstrip("\r\n")


def _line_of(statement: ast.stmt, tree: ast.Module) -> int:
    """Return a line to put a comment above: not within another statement's lines."""
    line = statement.lineno
    for decorator in getattr(statement, "decorator_list", ()):
        line = min(line, decorator.lineno)
    simple = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and node.lineno < line
    ]
    while True:
        over = [node.lineno for node in simple if node.lineno < line <= (node.end_lineno or 0)]
        if not over:
            return line
        line = min(over)
