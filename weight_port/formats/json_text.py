"""JSON from a file, of bounded size and depth."""

from __future__ import annotations

import json
from os import PathLike
from typing import Any

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.limits import DEFAULT_LIMITS, Limits


def parse_object(
    text: bytes | str, path: str | PathLike, what: str, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """Return the JSON object that a part of a file holds.

    Args:
        text: The text; bytes are UTF-8.
        path: The file, for messages.
        what: Which part of it the text is, for messages.
        limits: The longest text and the deepest nesting.

    Raises:
        LimitError: If the text is too long or nested too deeply.
        FileFormatError: If it is no JSON, has a name twice in one object, or is no object.
    """
    if len(text) > limits.json_bytes:
        raise LimitError(
            f"{path}: {what} is longer than a model's may be. If you trust the file, raise the "
            f"limit: Limits(json_bytes=...). Received: {len(text):,} bytes"
        )
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        _check_depth(decoded, path, what, limits)
        value = json.loads(decoded, object_pairs_hook=_distinct, parse_int=_integer)
    except LimitError:
        raise
    except (ValueError, RecursionError) as error:
        raise FileFormatError(
            f"{path}: {what} is not valid JSON: {error}. Received: {_shown(text)}"
        ) from None
    if not isinstance(value, dict):
        raise FileFormatError(
            f"{path}: {what} has to be a JSON object. Received: {type(value).__name__}"
        )
    return value


def _check_depth(text: str, path: str | PathLike, what: str, limits: Limits) -> None:
    """Refuse deep nesting before the parser, which recurses, meets it."""
    depth, inside, escaped = 0, False, False
    if text.count("[") + text.count("{") <= limits.json_depth:
        return
    for character in text:
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            if depth > limits.json_depth:
                raise LimitError(
                    f"{path}: {what} is nested too deeply. If you trust the file, raise the "
                    f"limit: Limits(json_depth=...). Received: more than {limits.json_depth} levels"
                )
        elif character in "]}":
            depth -= 1


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return result


def _integer(digits: str) -> int:
    if len(digits) > 40:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _shown(text: bytes | str) -> str:
    shown = text[:60]
    return repr(shown) + ("..." if len(text) > 60 else "")
