"""A proof as one HTML page that needs nothing else: no script, no request."""

from __future__ import annotations

import base64
import binascii
import os
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from kerasish.porter.proof.drawings import draw, largest_gap
from kerasish.porter.proof.results import CellProof, Item, Proof, State, Verdict
from kerasish.porter.proof.sides import CellRun
from kerasish.porter.proof.texts import plain
from weight_port.formats.atomic import replacing

_FOLDER = Path(__file__).parent
_MOST_CURVES = 12
_MOST_LETTERS = 6000
_MOST_PICTURE = 4 << 20


def write_html(proof: Proof, path: str | os.PathLike, *, overwrite: bool = True) -> None:
    """Write a proof as a page.

    Args:
        proof: The proof.
        path: The file; it appears when it is complete.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        FileExistsError: If there is a file and `overwrite` is False.
    """
    text = to_html(proof)
    with replacing(path, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace")


def to_html(proof: Proof) -> str:
    """Return a proof as the text of a page. Jinja2 escapes all that comes from the notebook.

    Args:
        proof: The proof.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"short": _short, "size": _size}
    return environment.get_template("report.html.jinja").render(
        proof=proof,
        style=Markup((_FOLDER / "report.css").read_text(encoding="utf-8")),
        chips=[(_kind(verdict), count, verdict.counted) for verdict, count in proof.counts.items()],
        cells=[_cell(cell) for cell in proof.cells],
        curves=[one for cell in proof.cells for one in _curves(cell)][:_MOST_CURVES],
        versions=[
            ", ".join(f"{name} {version}" for name, version in side.items() if version)
            for side in proof.versions
        ],
    )


def _cell(cell: CellProof) -> dict[str, Any]:
    largest = cell.largest
    order = {State.DIFFER: 0, State.AGREE: 1, State.NOT_COMPARED: 2}
    items = sorted(cell.items, key=lambda one: order[one.state])
    compared = [one for one in cell.items if one.state is not State.NOT_COMPARED]
    first = next((line for line in cell.original.splitlines() if line.strip()), "(empty)")
    return {
        "number": cell.number,
        "place": cell.place,
        "kind": _kind(cell.verdict),
        "mark": _MARKS[cell.verdict],
        "verdict": cell.verdict.value,
        "open": not cell.verdict.good,
        "first": first.strip()[:120],
        "largest": largest,
        "compared": len(compared),
        "code": _lines(cell.original, cell.port),
        "errors": (cell.original_run.error, cell.port_run.error),
        "outputs": (_outputs(cell.original_run), _outputs(cell.port_run)),
        "ran": (cell.original_run.ran, cell.port_run.ran),
        "seconds": (cell.original_run.seconds, cell.port_run.seconds),
        "items": [(_item_kind(one), one) for one in items],
        "notes": cell.notes,
        "curves": _curves(cell)[:_MOST_CURVES],
    }


_MARKS = {
    Verdict.AGREE: "✓",
    Verdict.DIFFER: "≠",
    Verdict.ONLY_PORT: "✗",
    Verdict.ONLY_ORIGINAL: "✗",
    Verdict.BOTH_FAIL: "✗",
    Verdict.NOT_RUN: "-",
}


def _kind(verdict: Verdict) -> str:
    if verdict.good:
        return "good"
    return "bad" if verdict.failed else "warn"


def _item_kind(item: Item) -> str:
    return {State.AGREE: "good", State.DIFFER: "bad", State.NOT_COMPARED: "none"}[item.state]


def _curves(cell: CellProof) -> list[dict[str, Any]]:
    from markupsafe import Markup

    return [
        {
            "place": cell.place,
            "name": curve.name,
            # Made of numbers alone.
            "drawing": Markup(draw(curve)),
            "gap": largest_gap(curve),
        }
        for curve in cell.curves
    ]


def _lines(original: str, port: str) -> tuple[list, list]:
    """Return the lines of both sides and whether they were changed."""
    a, b = original.splitlines(), port.splitlines()
    marks = ([False] * len(a), [False] * len(b))
    for tag, i, i_end, j, j_end in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag != "equal":
            marks[0][i:i_end] = [True] * (i_end - i)
            marks[1][j:j_end] = [True] * (j_end - j)
    return list(zip(a, marks[0], strict=True)), list(zip(b, marks[1], strict=True))


def _outputs(run: CellRun) -> list[dict[str, str]]:
    """Return texts and pictures; pages of a notebook's HTML are not shown."""
    found = []
    for one in run.outputs:
        data = one.get("data", {})
        picture = _png(data.get("image/png"))
        if one["output_type"] == "stream":
            kind = "errors" if one["name"] == "stderr" else "text"
            found.append({"kind": kind, "text": _cut(plain(one["text"]))})
        elif picture:
            found.append({"kind": "picture", "text": picture})
        elif "text/plain" in data:
            found.append({"kind": "text", "text": _cut(plain(data["text/plain"]))})
    return [one for one in found if one["text"].strip()]


def _png(data: Any) -> str:
    """Return a picture as a notebook holds it, if it is one."""
    if not isinstance(data, str) or len(data) > _MOST_PICTURE:
        return ""
    try:
        raw = base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError):
        return ""
    return base64.b64encode(raw).decode() if raw.startswith(b"\x89PNG\r\n\x1a\n") else ""


def _cut(text: str) -> str:
    text = text.strip("\n")
    if len(text) <= _MOST_LETTERS:
        return text
    half = _MOST_LETTERS // 2
    return f"{text[:half]}\n\n… {len(text) - 2 * half} letters …\n\n{text[-half:]}"


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2g}" if value < float("inf") else "∞"


def _size(value: float) -> str:
    return f"{value:.1f} s" if value >= 0.05 else ""
