"""What runs on both sides: the cells of a notebook, or the paragraphs of a script."""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass
from pathlib import Path

from kerasish.porter import notebook_json
from kerasish.porter.code import port_code
from kerasish.porter.errors import PorterError
from kerasish.porter.files import PortedFile

_MEANT_TO_FAIL = "raises-exception"


@dataclass(frozen=True)
class Pair:
    """A cell and its port.

    Attributes:
        original: The code.
        port: The code after the port.
        line: Where it starts in a script; None in a notebook.
        may_fail: Whether the cell says that it is meant to raise something.
    """

    original: str
    port: str
    line: int | None = None
    may_fail: bool = False


def pairs_of(file: PortedFile, other: str | None = None) -> list[Pair]:
    """Return the cells of a file beside those of its port.

    Args:
        file: The file after the port.
        other: The text of another port, which was changed by hand; that of `file` by default.

    Raises:
        PorterError: If the other port has other cells, or a script is no Python.
    """
    if Path(file.report.path).suffix == ".ipynb":
        return _of_notebook(file, other)
    return _of_script(file.before, file.after if other is None else other, other is None)


def _of_notebook(file: PortedFile, other: str | None) -> list[Pair]:
    cells = notebook_json.read_cells(file.before)
    ported = file.cells
    if other is not None:
        ported = [cell.source for cell in notebook_json.read_cells(other)]
    if len(ported) != len(cells):
        raise PorterError(
            "A notebook and its port have as many code cells. "
            f"Received: {len(cells)} and {len(ported)}"
        )
    return [
        Pair(cell.source, port, None, _MEANT_TO_FAIL in _tags(cell))
        for cell, port in zip(cells, ported, strict=True)
    ]


def _tags(cell: notebook_json.Cell) -> list[str]:
    metadata = cell.members["metadata"].value if "metadata" in cell.members else {}
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tags if isinstance(tags, list) else []


def _of_script(before: str, after: str, whole: bool) -> list[Pair]:
    starts = _paragraphs(before)
    lines = before.splitlines(keepends=True)
    stops = [*starts[1:], len(lines)]
    originals = ["".join(lines[i:j]) for i, j in zip(starts, stops, strict=True)]
    if whole:
        # The port of the paragraphs is that of the file, as a rule: then they belong together.
        ported = port_code(originals, notebook=False).cells
        if "".join(ported) == after:
            return [
                Pair(a.rstrip(), b.rstrip(), start + 1)
                for a, b, start in zip(originals, ported, starts, strict=True)
            ]
    return _aligned(lines, starts, after)


def _aligned(lines: list[str], starts: list[int], after: str) -> list[Pair]:
    """Join the paragraphs by the lines that both sides have."""
    others = after.splitlines(keepends=True)
    possible = set(_paragraphs(after))
    matcher = difflib.SequenceMatcher(None, lines, others, autojunk=False)
    places: dict[int, int] = {}
    for _, i, i_end, j, j_end in matcher.get_opcodes():
        for start in starts:
            if i <= start < i_end and j + start - i < max(j_end, j + 1):
                places[start] = j + start - i
    cuts = [(0, 0)]
    for start in starts[1:]:
        place = places.get(start)
        if place in possible and place > cuts[-1][1]:
            cuts.append((start, place))
    ends = [*cuts[1:], (len(lines), len(others))]
    return [
        Pair("".join(lines[i:i_end]).rstrip(), "".join(others[j:j_end]).rstrip(), i + 1)
        for (i, j), (i_end, j_end) in zip(cuts, ends, strict=True)
    ]


def _paragraphs(text: str) -> list[int]:
    """Return the lines, from 0, where statements begin that stand after an empty line."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise PorterError(f"The script is not Python. Received: {error}") from error
    lines = text.splitlines()
    starts = [0]
    end = 0
    for statement in tree.body:
        first = min(
            [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))]
        )
        # Comments above a statement belong to it.
        above = first - 1
        while above > end and lines[above - 1].lstrip().startswith("#"):
            above -= 1
        if end and above > end and not lines[above - 1].strip():
            starts.append(above)
        end = statement.end_lineno or first
    return starts
