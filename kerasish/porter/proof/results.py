"""The result of a proof, as data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from kerasish.porter.findings import Finding
from kerasish.porter.proof.sides import CellRun
from weight_port.verify.difference import Tolerance


class State(Enum):
    """What came of comparing something."""

    AGREE = "agrees"
    DIFFER = "differs"
    NOT_COMPARED = "not compared"


class Verdict(Enum):
    """What came of a cell."""

    AGREE = "agrees"
    DIFFER = "differs"
    ONLY_PORT = "only the port runs"
    ONLY_ORIGINAL = "only the original runs"
    BOTH_FAIL = "both fail"
    NOT_RUN = "not reached"

    @property
    def good(self) -> bool:
        """Whether it is a proof."""
        return self is Verdict.AGREE

    @property
    def counted(self) -> str:
        """What is said of several cells."""
        return _SAID[self]

    @property
    def failed(self) -> bool:
        """Whether a side did not run."""
        return self not in (Verdict.AGREE, Verdict.DIFFER)


@dataclass(frozen=True)
class Item:
    """One thing that was compared: a variable, the displayed value, the printed text.

    Attributes:
        name: What it is.
        kind: What kind of value it has.
        state: Whether it agrees.
        absolute: The largest absolute difference; None without numbers.
        relative: The largest difference relative to the original.
        factor: The largest difference as a multiple of what the tolerance allows there.
        where: Where the largest difference is.
        original: The value there, or what the original has.
        port: The same of the port.
        note: What else there is to say.
        size: How many numbers were compared.
    """

    name: str
    kind: str
    state: State
    absolute: float | None = None
    relative: float | None = None
    factor: float = 0.0
    where: str = ""
    original: str = ""
    port: str = ""
    note: str = ""
    size: int = 0


@dataclass(frozen=True)
class Curve:
    """A curve of both sides: a loss or metric, epoch by epoch.

    Attributes:
        name: What it is, such as `val_loss`.
        original: The values of the original.
        port: Those of the port.
    """

    name: str
    original: tuple[float, ...]
    port: tuple[float, ...]


@dataclass(frozen=True)
class CellProof:
    """A cell on both sides.

    Attributes:
        number: Its number from 1.
        original: Its code.
        port: Its code after the port.
        original_run: What it did on the original's side.
        port_run: What it did on the port's.
        items: What was compared.
        curves: The curves of its trainings.
        verdict: What came of it.
        notes: What there is to say about it.
        line: Where it starts in a script; None in a notebook.
    """

    number: int
    original: str
    port: str
    original_run: CellRun
    port_run: CellRun
    items: tuple[Item, ...]
    curves: tuple[Curve, ...]
    verdict: Verdict
    notes: tuple[str, ...] = ()
    line: int | None = None

    @property
    def place(self) -> str:
        """Where it stands, for people: `cell 3`, or `line 17` of a script."""
        return f"cell {self.number}" if self.line is None else f"line {self.line}"

    @property
    def largest(self) -> Item | None:
        """What is farthest apart, measured by the tolerance; None if nothing has numbers."""
        found = [one for one in self.items if one.absolute is not None]
        return max(found, key=_size, default=None)


@dataclass(frozen=True)
class Proof:
    """A notebook or script on Keras, and its port on kerasish.

    Attributes:
        path: The original.
        cells: Its cells on both sides.
        tolerance: How far numbers may be apart.
        seed: What was set on both sides.
        versions: The versions of both sides: the original's, the port's.
        preludes: What ran before the first cell on both sides.
        findings: What did not port.
    """

    path: Path
    cells: tuple[CellProof, ...]
    tolerance: Tolerance
    seed: int
    versions: tuple[dict[str, str], dict[str, str]]
    preludes: tuple[str, str]
    findings: tuple[Finding, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether all cells ran on both sides and agree."""
        return all(cell.verdict.good for cell in self.cells)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many cells came to what, in the order of `Verdict`."""
        found = Counter(cell.verdict for cell in self.cells)
        return {verdict: found[verdict] for verdict in Verdict if found[verdict]}

    @property
    def compared(self) -> int:
        """How many things were compared."""
        return sum(i.state is not State.NOT_COMPARED for cell in self.cells for i in cell.items)

    @property
    def largest(self) -> tuple[CellProof, Item] | None:
        """The largest difference and its cell; None if no numbers were compared."""
        found = [(cell, cell.largest) for cell in self.cells]
        known = [(cell, item) for cell, item in found if item is not None]
        return max(known, key=lambda pair: _size(pair[1]), default=None)

    @property
    def headline(self) -> str:
        """One sentence for the whole."""
        parts = [f"{count} {verdict.counted}" for verdict, count in self.counts.items()]
        return f"{len(self.cells)} cells: " + (", ".join(parts) or "no code")

    def to_dict(self) -> dict[str, Any]:
        """Return it as data for JSON; NaN and infinity are strings there."""
        return {
            "path": str(self.path),
            "agrees": self.agrees,
            "headline": self.headline,
            "tolerance": {"rtol": self.tolerance.rtol, "atol": self.tolerance.atol},
            "seed": self.seed,
            "versions": {"original": self.versions[0], "port": self.versions[1]},
            "cells": [_cell(one) for one in self.cells],
        }


_SAID = {
    Verdict.AGREE: "agree",
    Verdict.DIFFER: "differ",
    Verdict.ONLY_PORT: "run on kerasish alone",
    Verdict.ONLY_ORIGINAL: "run on Keras alone",
    Verdict.BOTH_FAIL: "fail on both sides",
    Verdict.NOT_RUN: "not reached",
}


def _size(item: Item) -> tuple[bool, float, float]:
    """Return what puts items in order: what differs comes last."""
    return item.state is State.DIFFER, item.factor, item.absolute or 0.0


def _cell(cell: CellProof) -> dict[str, Any]:
    return {
        "cell": cell.number,
        "verdict": cell.verdict.value,
        "errors": {
            "original": cell.original_run.error and list(cell.original_run.error),
            "port": cell.port_run.error and list(cell.port_run.error),
        },
        "notes": list(cell.notes),
        "items": [
            {
                "name": one.name,
                "kind": one.kind,
                "state": one.state.value,
                "absolute": _number(one.absolute),
                "relative": _number(one.relative),
                "where": one.where,
                "original": one.original,
                "port": one.port,
                "note": one.note,
            }
            for one in cell.items
        ],
    }


def _number(value: float | None) -> float | str | None:
    finite = value is None or abs(value) < float("inf")
    return value if finite else str(value)
