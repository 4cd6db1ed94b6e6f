"""What the porter has to say about a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

MARK = "# kerasish: "


@dataclass(frozen=True)
class Finding:
    """Something that does not port.

    Attributes:
        cell: Number of the code cell from 1; None in a script.
        line: Line in the cell or in the file, from 1.
        name: What it is, as Keras 3 names it: `keras.layers.LSTM(time_major=)`.
        advice: What to do.
    """

    cell: int | None
    line: int
    name: str
    advice: str

    @property
    def place(self) -> str:
        """Cell and line for people."""
        return f"line {self.line}" if self.cell is None else f"cell {self.cell}, line {self.line}"


@dataclass
class Report:
    """What of a file ports and what does not.

    Attributes:
        path: The file.
        error: Why it could not be read; empty if it could.
        ported: How often each name of Keras or TensorFlow is used that ports.
        findings: What does not port.
        changed: Whether the port differs from the file.
    """

    path: str
    error: str = ""
    ported: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    changed: bool = False

    @property
    def verdict(self) -> str:
        """One of `unreadable`, `no Keras`, `ports`, `ports in part`."""
        if self.error:
            return "unreadable"
        if self.findings:
            return "ports in part"
        return "ports" if self.ported else "no Keras"

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "path": self.path,
            "verdict": self.verdict,
            **({"error": self.error} if self.error else {}),
            "ported": self.ported,
            "findings": [asdict(one) for one in self.findings],
        }
