"""Indexes that name the files over which arrays are spread. Only files beside the index are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.json_text import parse_object
from weight_port.formats.limits import Limits


def read_index(path: Path, limits: Limits) -> dict[str, Any]:
    """Return what an index maps: `weight_map`.

    Raises:
        FileFormatError: If it is no index.
        LimitError: If it is too long.
    """
    size = path.stat().st_size
    if size > limits.json_bytes:
        raise LimitError(
            f"{path}: the index is longer than it may be. If you trust the file, raise the limit: "
            f"Limits(json_bytes=...). Received: {size:,} bytes"
        )
    index = parse_object(path.read_bytes(), path, "the index", limits)
    mapped = index.get("weight_map")
    if not isinstance(mapped, dict):
        raise FileFormatError(f"{path} has no weight_map. Received: {list(index)[:12]}")
    limits.check_count(path, "entries", len(mapped))
    return mapped


def check_beside(path: Path, name: str) -> Path:
    """Return where a file that an index names is.

    Args:
        path: The index.
        name: The name in it.

    Raises:
        FileFormatError: If the name is not that of a plain file beside the index.
    """
    found = path.parent / name
    plain = name not in ("", ".", "..") and not set(name) & set("/\\:\0")
    if not plain or found.is_symlink():
        raise FileFormatError(
            f"{path}: the files of an index lie beside it, and none is a link. Received: {name!r}"
        )
    if not found.is_file():
        raise FileFormatError(f"{path} names a file that is not there. Received: {name!r}")
    return found
