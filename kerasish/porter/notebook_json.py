"""Where in the text of a notebook its cells' sources stand, so that all else keeps its bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kerasish.porter.errors import PorterError

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")


@dataclass(frozen=True)
class Value:
    """A value of the JSON text and where it stands."""

    value: Any
    start: int
    end: int


@dataclass(frozen=True)
class Cell:
    """A code cell: its members by name."""

    members: dict[str, Value]

    @property
    def source(self) -> str:
        """The code."""
        value = self.members["source"].value
        return "".join(value) if isinstance(value, list) else value


def read_cells(text: str) -> list[Cell]:
    """Return the code cells of a notebook of format 4.

    Args:
        text: The file's text.

    Raises:
        PorterError: If it is no such notebook.
    """
    try:
        members = dict(_members(text, _skip(text, 0)))
    except (ValueError, RecursionError) as error:
        raise PorterError(
            f"The file is no notebook: its JSON is broken. Received: {error}"
        ) from error
    version = members["nbformat"].value if "nbformat" in members else None
    if "worksheets" in members or (isinstance(version, int) and version < 4):
        raise PorterError(
            "The notebook has an old format; bring it to format 4 first: "
            f"`jupyter nbconvert --to notebook --nbformat 4`. Received: format {version}"
        )
    if not isinstance(members.get("cells", Value(None, 0, 0)).value, list):
        raise PorterError(
            f"The file is no notebook: it has no list of cells. Received: {sorted(members)[:10]}"
        )
    _check_language(members)
    cells = []
    for start, end, value in _items(text, members["cells"].start):
        if not isinstance(value, dict) or value.get("cell_type") != "code":
            continue
        found = dict(_members(text, start))
        source = found["source"].value if "source" in found else None
        listed = isinstance(source, list) and all(isinstance(line, str) for line in source)
        if not (isinstance(source, str) or listed):
            raise PorterError(
                f"A code cell of the notebook has no source. Received: {text[start:end][:60]!r}"
            )
        cells.append(Cell(found))
    return cells


def write_cells(
    text: str, cells: list[Cell], sources: list[str], *, clear_outputs: bool = False
) -> str:
    """Return the notebook's text with other sources in its code cells.

    Args:
        text: The file's text.
        cells: Its code cells.
        sources: Their code, as many.
        clear_outputs: Whether outputs and their numbers go.
    """
    spliced: list[tuple[int, int, str]] = []
    for cell, source in zip(cells, sources, strict=True):
        if source != cell.source:
            place = cell.members["source"]
            spliced.append((place.start, place.end, _encoded(text, place, source)))
        if clear_outputs:
            for name, empty in (("outputs", "[]"), ("execution_count", "null")):
                if name in cell.members:
                    place = cell.members[name]
                    spliced.append((place.start, place.end, empty))
    for start, end, new in sorted(spliced, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _encoded(text: str, place: Value, source: str) -> str:
    """Write code as the cell's code was written: one text or lines, with the same indentation."""
    old = text[place.start : place.end]
    ascii_only = old.isascii() and any(
        ord(char) > 127 for char in json.dumps(place.value, ensure_ascii=False)
    )
    if isinstance(place.value, str):
        return json.dumps(source, ensure_ascii=ascii_only)
    lines = [json.dumps(line, ensure_ascii=ascii_only) for line in _LINE.findall(source)]
    if not lines:
        return "[]"
    first = old.index('"') if place.value else 1
    before = old[1:first]
    after = old[len(old[:-1].rstrip()) : -1]
    separator = "," + (before or " ")
    return "[" + before + separator.join(lines) + after + "]"


def _check_language(members: dict[str, Value]) -> None:
    metadata = members["metadata"].value if "metadata" in members else {}
    metadata = metadata if isinstance(metadata, dict) else {}
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(part)
        language = found.get(key) if isinstance(found, dict) else None
        if isinstance(language, str) and not language.lower().startswith(("python", "ipython")):
            raise PorterError(f"The notebook is not in Python. Received: {language}")


def _skip(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _members(text: str, place: int) -> Iterator[tuple[str, Value]]:
    if text[place : place + 1] != "{":
        raise ValueError(f"an object is expected at character {place}")
    place = _skip(text, place + 1)
    while text[place : place + 1] != "}":
        key, place = _DECODER.raw_decode(text, place)
        place = _skip(text, place)
        if text[place : place + 1] != ":":
            raise ValueError(f"a colon is expected at character {place}")
        place = _skip(text, place + 1)
        value, end = _DECODER.raw_decode(text, place)
        yield key, Value(value, place, end)
        place = _next(text, end, "}")


def _items(text: str, place: int) -> Iterator[tuple[int, int, Any]]:
    place = _skip(text, place + 1)
    while text[place : place + 1] != "]":
        value, end = _DECODER.raw_decode(text, place)
        yield place, end, value
        place = _next(text, end, "]")


def _next(text: str, place: int, close: str) -> int:
    place = _skip(text, place)
    if text[place : place + 1] == ",":
        return _skip(text, place + 1)
    if text[place : place + 1] != close:
        raise ValueError(f"a comma or '{close}' is expected at character {place}")
    return place
