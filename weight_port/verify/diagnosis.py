"""What explains a difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Diagnosis:
    """A cause that explains a difference exactly.

    Attributes:
        hypothesis: Its name in the table; two joined by `+` if both are needed.
        layer: The path of the layer.
        weights: The weights that it explains; empty for a difference of outputs.
        sentence: What happened, for the user.
        remedy: What to do about it.
    """

    hypothesis: str
    layer: str
    weights: tuple[str, ...]
    sentence: str
    remedy: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as data for JSON."""
        return {
            "hypothesis": self.hypothesis,
            "layer": self.layer,
            "weights": list(self.weights),
            "sentence": self.sentence,
            "remedy": self.remedy,
        }
