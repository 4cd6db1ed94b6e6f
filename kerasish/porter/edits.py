"""Changes of a text at exact places: all else keeps its bytes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Edit:
    """Bytes `start` to `end` of a UTF-8 text become `text`."""

    start: int
    end: int
    text: str


class Offsets:
    """Places in the UTF-8 bytes of a text, for the lines and columns of a syntax tree."""

    def __init__(self, source: str) -> None:
        self.data = source.encode("utf-8")
        self.starts = [0, *(match.end() for match in re.finditer(rb"\r\n|\r|\n", self.data))]

    def start(self, node: ast.AST) -> int:
        """Return where a node starts."""
        return self.at(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Return where a node ends."""
        return self.at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def at(self, line: int, column: int) -> int:
        """Return the place of a line (from 1) and a column in bytes."""
        return self.starts[line - 1] + column

    def text(self, start: int, end: int) -> str:
        """Return a part of the source."""
        return self.data[start:end].decode("utf-8")

    def of(self, node: ast.AST) -> str:
        """Return the source of a node."""
        return self.text(self.start(node), self.end(node))

    def before(self, node: ast.AST) -> str:
        """Return what stands before a node in its line."""
        start = self.start(node)
        return self.text(self.at(node.lineno, 0), start)  # type: ignore[attr-defined]

    def after(self, node: ast.AST) -> str:
        """Return what stands after a node in its last line."""
        end = self.end(node)
        line = node.end_lineno  # type: ignore[attr-defined]
        stop = self.starts[line] if line < len(self.starts) else len(self.data)
        return self.text(end, stop).rstrip("\r\n")

    @property
    def newline(self) -> str:
        """The line break of the text."""
        return "\r\n" if b"\r\n" in self.data else "\n"


def apply(source: str, edits: Iterable[Edit]) -> str:
    """Return a text with changes; one within another that was replaced is left out.

    Raises:
        ValueError: If two changes overlap in part.
    """
    data = source.encode("utf-8")
    pieces: list[bytes] = []
    place = 0
    # Of changes that start together an insertion comes first, then the longest.
    ordered = sorted(edits, key=lambda e: (e.start, e.end > e.start, -e.end))
    for edit in ordered:
        if edit.start < place:
            if edit.end <= place:
                continue
            if edit.text:
                raise ValueError(f"Two changes of the source overlap. Received: {edit}")
            # Two deletions that meet, at a line break between them.
            place = edit.end
            continue
        pieces += [data[place : edit.start], edit.text.encode("utf-8")]
        place = max(place, edit.end)
    return b"".join([*pieces, data[place:]]).decode("utf-8")
