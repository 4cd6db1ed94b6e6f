"""Lines of at most 100 characters, broken as ruff's formatter breaks them."""

from __future__ import annotations

import itertools
import re

WIDTH = 100
_OPENING, _CLOSING = "([{", ")]}"
# From those that bind least.
_OPERATORS = {
    "comparison": ("<", "<=", ">", ">=", "!="),
    "or": ("|",),
    "and": ("&",),
    "sum": ("+", "-"),
    "product": ("*", "/", "//", "%", "@"),
}


def statement(code: str, indent: int, comment: str = "") -> list[str]:
    """Return a statement as lines.

    Args:
        code: The statement in one line.
        indent: How many spaces stand before it.
        comment: Stands behind it, or above it where there is no room.
    """
    pad = " " * indent
    line = f"{pad}{code}"
    noted = f"{line}  # {comment}" if comment else line
    if len(noted) <= WIDTH:
        return [noted]
    above = [f"{pad}# {comment}"] if comment else []
    return above + break_line(code, indent)


def break_line(code: str, indent: int) -> list[str]:
    """Return a statement as lines, its last bracket opened where it is too long."""
    pad = " " * indent
    if indent + len(code) <= WIDTH:
        return [pad + code]
    left, value = _right_side(code)
    operators = _operators(value)
    if len(operators) > 1 or (operators and code[-1] not in _CLOSING):
        return [f"{pad}{left}(", *_operands(value, operators, indent + 4), f"{pad})"]
    pair = _last_bracket(code)
    if pair is None or pair[0] + 1 == pair[1]:
        return [pad + code]
    start, end = pair
    head, body, tail = code[: start + 1], code[start + 1 : end], code[end:]
    inner = indent + 4
    if inner + len(body) <= WIDTH and not body.endswith(","):
        lines = [" " * inner + body]
    else:
        items = _items(body)
        lines = []
        for item in items:
            broken = break_line(item, inner)
            broken[-1] += ","
            lines += broken
        if len(items) == 1 and head.rstrip("([{").endswith("return"):
            lines[-1] = lines[-1].removesuffix(",")
    return [pad + head, *lines, pad + tail]


def _right_side(code: str) -> tuple[str, str]:
    """Split a statement before its value."""
    found = re.match(r"return |[^()=]*(?:\([^()]*\)[^()=]*)? = ", code)
    return ("", code) if found is None else (found[0], code[found.end() :])


def _operators(code: str) -> list[int]:
    """Places of the operators that bind least, outside all brackets."""
    depth = 0
    places: dict[str, list[int]] = {kind: [] for kind in _OPERATORS}
    for place, character in _outside_strings(code):
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth == 0 and code[place - 1 : place] == " ":
            for kind, symbols in _OPERATORS.items():
                if any(code.startswith(f"{one} ", place) for one in symbols):
                    places[kind].append(place)
    return next((found for found in places.values() if found), [])


def _operands(code: str, places: list[int], indent: int) -> list[str]:
    """Return what stands in brackets of its own: one line, or one for each operand."""
    if indent + len(code) <= WIDTH:
        return [" " * indent + code]
    bounds = [0, *places, len(code)]
    pieces = [code[a:b].strip() for a, b in itertools.pairwise(bounds)]
    return [line for piece in pieces for line in break_line(piece, indent)]


def _last_bracket(code: str) -> tuple[int, int] | None:
    """Positions of the last bracket with something in it that no other holds, and of its end."""
    stack: list[int] = []
    found = None
    for place, character in _outside_strings(code):
        if character in _OPENING:
            stack.append(place)
        elif character in _CLOSING:
            opened = stack.pop()
            if not stack and opened + 1 < place:
                found = (opened, place)
    return found


def _items(body: str) -> list[str]:
    """Split at the commas that stand in no bracket."""
    items: list[str] = []
    depth = start = 0
    for place, character in _outside_strings(body):
        depth += (character in _OPENING) - (character in _CLOSING)
        if character == "," and depth == 0:
            items.append(body[start:place].strip())
            start = place + 1
    items.append(body[start:].strip())
    return [item for item in items if item]


def _outside_strings(code: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    quote, escaped = "", False
    for place, character in enumerate(code):
        if quote:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        else:
            found.append((place, character))
    return found
