"""The tables of parity: every public name of Keras, and what kerasish has for it.

The names and signatures come from the installed Keras, the reasons of differences from
`parity_reasons.yaml`, and those of names that are missing from `kerasish.absent_names`, which the
errors come from too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from parity_signatures import Difference, compare

import kerasish
from kerasish.absent_names import absence
from weight_port import layouts

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

HERE = Path(__file__).resolve().parent
UNEXPLAINED = "**not explained**"


@dataclass
class Row:
    """One name in the tables.

    Attributes:
        name: The full name in Keras.
        status: `works`, `differs` or `not`.
        same_as: The name that this is an alias of; empty if of none.
        notes: Differences with their reasons.
        unexplained: Keys of the differences without a reason.
    """

    name: str
    status: str
    same_as: str = ""
    notes: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)


class Reasons:
    """Reasons by what they explain; a `*` in a key stands for any text.

    Args:
        reasons: From the file.
    """

    def __init__(self, reasons: dict[str, str]) -> None:
        self.reasons = reasons
        self.used: set[str] = set()

    def get(self, key: str) -> str | None:
        """Return the reason of the longest key that fits; None if there is none."""
        fitting = [one for one in self.reasons if one == key or fnmatchcase(key, one)]
        if not fitting:
            return None
        best = max(fitting, key=lambda one: (one == key, len(one)))
        self.used.add(best)
        return self.reasons[best]


@dataclass(frozen=True)
class Parity:
    """All that the pages are written from.

    Attributes:
        rows: By the module of Keras.
        unused: Keys of reasons that explain nothing.
    """

    rows: dict[str, list[Row]]
    unused: list[str]


@cache
def parity() -> Parity:
    """Compare the installed Keras with kerasish."""
    names = public_names()
    by_identity: dict[int, str] = {}
    for found in names.values():
        for full, value in found.items():
            by_identity.setdefault(id(value), _canonical(full, value, names))
    data = yaml.safe_load((HERE / "parity_reasons.yaml").read_text(encoding="utf-8"))
    differences, behaviours = Reasons(data["differences"]), Reasons(data["behaviour"])

    def counterpart(public: type) -> Any:
        name = by_identity.get(id(public))
        return None if name is None else _ours(name)

    rows = {
        module: [
            _row(full, value, by_identity[id(value)], differences, behaviours, counterpart)
            for full, value in sorted(found.items())
        ]
        for module, found in names.items()
    }
    unused = [
        key
        for reasons in (differences, behaviours)
        for key in reasons.reasons.keys() - reasons.used
    ]
    return Parity(rows, sorted(unused))


def public_names() -> dict[str, dict[str, Any]]:
    """Return Keras's public objects by full name, by module."""
    import keras

    modules: dict[str, dict[str, Any]] = {}

    def walk(module: ModuleType, name: str) -> None:
        modules[name] = {}
        for short, value in sorted(vars(module).items()):
            if short.startswith("_"):
                continue
            if not isinstance(value, ModuleType):
                modules[name][f"{name}.{short}"] = value
            elif value.__name__.startswith("keras.") and ".src" not in value.__name__:
                walk(value, f"{name}.{short}")

    walk(keras, "keras")
    return modules


def pages() -> dict[str, str]:
    """Return the texts of the pages by their path in `docs`."""
    by_page: dict[str, dict[str, list[Row]]] = {}
    for module, rows in parity().rows.items():
        by_page.setdefault(_page(module), {})[module] = rows
    texts = {f"parity/{page}.md": _page_text(page, modules) for page, modules in by_page.items()}
    return {"parity.md": _overview(by_page)} | texts


def unexplained() -> list[str]:
    """Return the keys of all differences without a reason."""
    return [key for rows in parity().rows.values() for row in rows for key in row.unexplained]


def _row(
    full: str,
    value: Any,
    canonical: str,
    differences: Reasons,
    behaviours: Reasons,
    counterpart: Any,
) -> Row:
    ours = _ours(full)
    if ours is None:
        return _explained(full, "not", [Difference(full, "")], differences)
    if full != canonical and ours is _ours(canonical):
        return Row(full, "works", same_as=canonical)
    found = compare(full, value, ours, counterpart)
    row = _explained(full, "differs" if found else "works", found, differences)
    behaviour = behaviours.get(full)
    if behaviour is not None:
        row.status = "differs"
        row.notes.append(behaviour)
    return row


def _explained(full: str, status: str, found: list[Difference], differences: Reasons) -> Row:
    row = Row(full, status)
    by_reason: dict[str, list[str]] = {}
    for difference in found:
        reason = differences.get(difference.key)
        if status == "not":
            reason = absence(full.partition(".")[2]) or reason
        if reason is None:
            row.unexplained.append(difference.key)
            reason = UNEXPLAINED
        by_reason.setdefault(reason, []).append(difference.text)
    for reason, texts in by_reason.items():
        row.notes.append(": ".join(one for one in (", ".join(texts), reason) if one))
    return row


def _canonical(full: str, value: Any, names: dict[str, dict[str, Any]]) -> str:
    """Return the name under which an object of several names is compared."""
    known = {one for found in names.values() for one, other in found.items() if other is value}
    exported = getattr(value, "_api_export_path", ())
    exported = [exported] if isinstance(exported, str) else list(exported)
    candidates = [one for one in exported if one in known] or sorted(known)
    return next((one for one in candidates if one.count(".") > 1), candidates[0])


def _ours(full: str) -> Any:
    """Return what kerasish has under a public name of Keras; None if nothing."""
    found: Any = kerasish
    for part in full.split(".")[1:]:
        if isinstance(found, ModuleType) and part not in getattr(found, "__all__", dir(found)):
            return None
        found = getattr(found, part, None)
        if found is None:
            return None
    return found


def _page(module: str) -> str:
    return module.split(".")[1] if "." in module else "keras"


def _overview(by_page: dict[str, dict[str, list[Row]]]) -> str:
    lines = [
        "# Parity with Keras",
        "",
        "Every public name of Keras 3.15.1, compared with kerasish by a script: the arguments of",
        "functions and classes, their order and defaults, and the methods of classes.",
        "",
        "- **works**: is there, with the same arguments and methods.",
        "- **differs**: is there; the table says what differs and why.",
        "- **not**: a name that is missing raises an error; there are no placeholders.",
        "",
        "What signatures do not show is in [known differences](known-differences.md).",
        "",
        "| Namespace | names | works | differs | not |",
        "|---|---|---|---|---|",
    ]
    total = [0, 0, 0, 0]
    for page, modules in by_page.items():
        rows = [row for found in modules.values() for row in found]
        counts = _counts(rows)
        total = [one + other for one, other in zip(total, counts, strict=True)]
        title = page if page == "keras" else f"keras.{page}"
        lines.append(f"| [`{title}`](parity/{page}.md) | {' | '.join(map(str, counts))} |")
    lines.append(f"| all | {' | '.join(map(str, total))} |")
    lines += ["", "## What is not there", "", "| Name | Why |", "|---|---|"]
    for modules in by_page.values():
        lines += [
            f"| `{row.name}` | {'; '.join(row.notes)} |"
            for rows in modules.values()
            for row in rows
            if row.status == "not"
        ]
    return "\n".join(lines) + "\n"


def _counts(rows: list[Row]) -> list[int]:
    return [
        len(rows),
        *(sum(row.status == one for row in rows) for one in ("works", "differs", "not")),
    ]


def _page_text(page: str, modules: dict[str, list[Row]]) -> str:
    lines: list[str] = []
    for module, rows in modules.items():
        if not rows:
            continue
        names, works, differs, absent = _counts(rows)
        lines += [
            "",
            f"{'##' if lines else '#'} `{module}`",
            "",
            f"{names} names: {works} work, {differs} differ, {absent} are not there.",
            "",
            *_table(module, rows),
        ]
    return "\n".join(lines[1:]) + "\n"


def _table(module: str, rows: list[Row]) -> Iterator[str]:
    stored = module == "keras.layers"
    yield "| Name | | Differences |" + (" weights' layout |" if stored else "")
    yield "|---|---|---|" + ("---|" if stored else "")
    for row in rows:
        short = row.name.rpartition(".")[2]
        notes = "; ".join([f"is `{row.same_as}`"] if row.same_as else row.notes).replace("|", "\\|")
        layout = f" {'yes' if short in layouts.known_classes() else ''} |" if stored else ""
        yield f"| `{short}` | {row.status} | {notes} |{layout}"
