"""Printed texts compared: times and addresses are masked, numbers compared as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from weight_port.verify.difference import Tolerance

_COLORS = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
_BAR = re.compile(r"\s*\d+/(?:\d+|Unknown) [━\s]")
_EPOCH = re.compile(r"Epoch \d+/\d+\s*$")
_UNITS = "h|min|m|ms|us|µs|μs|ns|s|secs?|seconds?|minutes?|hours?"
# Applied in this order.
_MASKS = (
    # What TensorFlow has to say, and how NumPy writes a number of its own.
    (re.compile(r"^(?:INFO|WARNING|ERROR):(?:tensorflow|absl):.*\n?", re.MULTILINE), ""),
    (re.compile(r"\bnp\.(?:str_|bool|u?int\d+|float\d+)\(([^()]*)\)"), r"\1"),
    # The names of the libraries, in front of what both have.
    (re.compile(r"\b(?:tensorflow\.keras|tf_keras|tf\.keras|kerasish|keras)\.(?:src\.)?"), ""),
    (re.compile(r"<(?:\w+\.)*(\w+) object at 0x[0-9a-fA-F]+>"), r"<\1>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "<address>"),
    # Tensors as their values.
    (re.compile(r"tf\.Tensor\((.*?),? shape=\([^)]*\), dtype=\w+\)", re.DOTALL), r"\1"),
    (re.compile(r"<tf\.Tensor: shape=\([^)]*\), dtype=\w+, numpy=(.*?)>", re.DOTALL), r"\1"),
    (
        re.compile(
            r"(?:tensor|array)\(([^()]*?)(?:, (?:dtype|device|grad_fn|requires_grad)=[^,()]+)*\)"
        ),
        r"\1",
    ),
    (re.compile(r"\b\d+\.\d+\.\d+(?:[.+-]?\w+)*"), "<version>"),
    (re.compile(r"\btmp[a-z0-9_]{8}\b"), "<temporary>"),
    # A number that is said to be a time: `Training time: 12.34`.
    (
        re.compile(
            r"(\b(?:elapsed|took|time|duration|seconds?|minutes?)\b[^\n\d]{0,20})\d+\.\d+"
            rf"(?:\s?(?:{_UNITS})\b)?",
            re.IGNORECASE,
        ),
        r"\1<time>",
    ),
    # Dates and times of day, then durations.
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?"), "<date>"),
    (re.compile(r"\b\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\b"), "<time>"),
    (
        re.compile(
            rf"(?<![\w.])\d+(?:\.\d+)?(?:e[-+]?\d+)?\s?(?:{_UNITS})"
            r"(?:/(?:step|epoch|sample|it|batch))?(?![\w.])"
        ),
        "<time>",
    ),
    (re.compile(r"(?:CPU times|Wall time):.*"), "<time>"),
    (re.compile(r".* per loop \(.*"), "<time>"),
    (re.compile(r"(?:<time>\s*)+"), "<time> "),
)
_TOKEN = re.compile(
    r"(?P<number>(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w]))|[^\W\d_]\w*|[^\s,]"
)


@dataclass(frozen=True)
class TextDifference:
    """How far two texts are apart.

    Attributes:
        agree: Whether they agree.
        absolute: The largest difference of two numbers in them.
        original: Where they part, in the original.
        port: The same in the port.
    """

    agree: bool
    absolute: float = 0.0
    original: str = ""
    port: str = ""


def printed(outputs: Iterable[Any]) -> str:
    """Return what a cell printed, as it stood at the end.

    Args:
        outputs: The outputs of a cell, as notebooks hold them.
    """
    return "".join(
        plain(one["text"])
        for one in outputs
        if one["output_type"] == "stream" and one["name"] == "stdout"
    )


def plain(text: str) -> str:
    """Return a text without colors and the earlier states of a progress bar."""
    text = _COLORS.sub("", text)
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return "\n".join(_erased(line).rstrip() for line in lines)


def _erased(line: str) -> str:
    """Return a line after its backspaces."""
    if "\b" not in line:
        return line
    letters: list[str] = []
    place = 0
    for letter in line:
        if letter == "\b":
            place = max(0, place - 1)
            continue
        letters[place : place + 1] = [letter]
        place += 1
    return "".join(letters)


def masked(text: str) -> str:
    """Return a text without what differs from run to run: times, dates, addresses."""
    text = _without_early_bars(text)
    for pattern, new in _MASKS:
        text = pattern.sub(new, text)
    return text


def _without_early_bars(text: str) -> str:
    """Leave out all but the last state of a bar: which others are left depends on the speed."""
    kept: list[str] = []
    bar: int | None = None
    for line in text.split("\n"):
        if _BAR.match(line):
            if bar is not None:
                del kept[bar]
            bar = len(kept)
        elif _EPOCH.match(line):
            bar = None
        kept.append(line)
    return "\n".join(kept)


def compare_texts(original: str, port: str, tolerance: Tolerance) -> TextDifference:
    """Compare two texts: words, and numbers within the tolerance and their last digit.

    Args:
        original: A text.
        port: The text that is compared with it.
        tolerance: How far numbers may be apart.
    """
    if original == port:
        return TextDifference(True)
    ours, theirs = list(_TOKEN.finditer(masked(port))), list(_TOKEN.finditer(masked(original)))
    largest = 0.0
    for a, b in zip(ours, theirs):  # noqa: B905 - the shorter one is told below
        if a[0] == b[0]:
            continue
        if a["number"] is None or b["number"] is None:
            return _parted(a, b, largest)
        x, y = float(a[0]), float(b[0])
        gap = abs(x - y)
        both_whole = a[0].lstrip("+-").isdigit() and b[0].lstrip("+-").isdigit()
        allowed = tolerance.atol + tolerance.rtol * abs(y) + max(_unit(a[0]), _unit(b[0]))
        largest = max(largest, gap)
        if gap > (0 if both_whole else allowed * (1 + 1e-9)):
            return _parted(a, b, largest)
    if len(ours) != len(theirs):
        shorter = min(len(ours), len(theirs))
        rest = [side[shorter] if shorter < len(side) else None for side in (ours, theirs)]
        return _parted(rest[0], rest[1], largest)
    return TextDifference(True, largest)


def _unit(number: str) -> float:
    """Return one of the last digit that was printed."""
    digits, _, exponent = number.lower().partition("e")
    places = len(digits.partition(".")[2])
    return 0.0 if "." not in digits and not exponent else 10.0 ** (int(exponent or 0) - places)


def _parted(a: re.Match | None, b: re.Match | None, largest: float) -> TextDifference:
    return TextDifference(False, largest, _around(b), _around(a))


def _around(match: re.Match | None) -> str:
    if match is None:
        return "(the end)"
    text = match.string
    start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - 60)
    return text[start : match.end() + 40].partition("\n")[0].strip()
