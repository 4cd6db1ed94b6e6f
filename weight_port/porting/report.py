"""What was moved, and what was not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class MovedWeight:
    """One weight that was moved.

    Attributes:
        target: Its name in the layer of the target.
        source: Its name in the layer of the source.
        shape: Its shape in the target, as Keras has it.
    """

    target: str
    source: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class PortEntry:
    """One layer that got its weights.

    Attributes:
        target: The path of the layer.
        source: The path of the layer that the weights are from.
        layer_class: Keras's class.
        how: `"name"`, `"shapes"`, `"order"`, `"mapping"`, or `"file"` for a file that was written.
        weights: The weights.
    """

    target: str
    source: str
    layer_class: str
    how: str
    weights: tuple[MovedWeight, ...]


@dataclass(frozen=True)
class Unmatched:
    """A layer, or weights of it, that have no counterpart.

    Attributes:
        path: The path of the layer.
        layer_class: Its class; empty where it is not known.
        shapes: The shapes of its weights that were not moved, by name.
        near: Layers of the other side that come near, each with what is in the way.
        why: Why it was left, where that was asked for or follows from a name.
    """

    path: str
    layer_class: str
    shapes: dict[str, tuple[int, ...]]
    near: tuple[str, ...] = ()
    why: str = ""

    def __str__(self) -> str:
        weights = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        text = f"{self.path or '(top level)'} ({self.layer_class or 'class unknown'}: {weights})"
        text += f"; {self.why}" if self.why else ""
        return text + "".join(f"\n      near: {near}" for near in self.near)


@dataclass(frozen=True)
class PortReport:
    """What `port` did.

    Attributes:
        entries: The layers that got weights, in the order of the target.
        unmatched_source: Layers of the source whose weights went nowhere.
        unmatched_target: Layers of the target that were left as they are.
    """

    entries: tuple[PortEntry, ...]
    unmatched_source: tuple[Unmatched, ...] = field(default=())
    unmatched_target: tuple[Unmatched, ...] = field(default=())

    @property
    def complete(self) -> bool:
        """Whether every layer of both sides has its counterpart."""
        return not self.unmatched_source and not self.unmatched_target

    def to_dict(self) -> dict[str, Any]:
        """Return the report as lists, dictionaries, text and numbers, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        rows = [
            (
                entry.target or "(top level)",
                entry.source or "(top level)",
                entry.layer_class,
                entry.how,
                ", ".join(f"{weight.target} {weight.shape}" for weight in entry.weights),
            )
            for entry in self.entries
        ]
        lines = _table([("target", "source", "class", "matched by", "weights"), *rows])
        for title, left in (
            ("Source layers that were not used:", self.unmatched_source),
            ("Target layers that were left as they are:", self.unmatched_target),
        ):
            if left:
                lines += ["", title, *(f"  {item}" for item in left)]
        return "\n".join(lines)


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return lines
