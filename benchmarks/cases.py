"""What is measured: layers, sizes, actions and masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

LAYERS = ("LSTM", "GRU", "SimpleRNN", "Bidirectional")
ACTIONS = ("forward", "train", "predict")
MASKS = ("right", "left", "holes")
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1, "Bidirectional": 4}
# The share of steps that a mask leaves.
VALID_SHARE = 0.62


@dataclass(frozen=True)
class Size:
    """Sizes of the inputs `(batch, time, features)` and of the layer."""

    name: str
    batch: int
    time: int
    features: int
    units: int

    def __str__(self) -> str:
        return f"{self.batch}, {self.time}, {self.features}, {self.units}"


SIZES = (
    Size("small", 1, 8, 2, 3),
    Size("medium", 32, 100, 64, 128),
    Size("large", 64, 200, 128, 256),
)


@dataclass(frozen=True)
class Case:
    """One measurement: a layer with `return_sequences=True`, a size, an action, maybe a mask.

    Attributes:
        layer: One of `LAYERS`; `Bidirectional` is a bidirectional LSTM, its outputs concatenated.
        size: Sizes of inputs and layer.
        action: `forward` (inference on a tensor), `train` (forward, mean squared error of the
            valid steps, backward, a step of plain SGD) or `predict` (NumPy in, NumPy out).
        mask: One of `MASKS`, or None.
    """

    layer: str
    size: Size
    action: str
    mask: str | None = None

    @property
    def name(self) -> str:
        """The name that `--cases` matches, such as `LSTM/medium/train/right`."""
        parts = [self.layer, self.size.name, self.action]
        return "/".join([*parts, self.mask] if self.mask else parts)

    @property
    def directions(self) -> int:
        """How many layers run over the inputs."""
        return 2 if self.layer == "Bidirectional" else 1

    @property
    def flops(self) -> float:
        """Operations in the matrix products that the case cannot do without.

        A backward pass has two products for each of the recurrent ones and, as the inputs need no
        gradient, one for each of the inputs'. Masked steps are not counted.
        """
        size = self.size
        inputs, recurrent = (1, 1) if self.action != "train" else (2, 3)
        per_step = 2 * GATES[self.layer] * size.units
        per_step *= inputs * size.features + recurrent * size.units
        steps = size.batch * size.time * (VALID_SHARE if self.mask else 1)
        return self.directions * steps * per_step


def all_cases() -> list[Case]:
    """Every case, the dense ones first."""
    dense = [Case(layer, size, act) for layer in LAYERS for size in SIZES for act in ACTIONS]
    masked = [
        Case(layer, size, action, mask)
        for layer in LAYERS
        for size in SIZES[1:]
        for action in ("forward", "train")
        for mask in MASKS
    ]
    return dense + masked


def quick_cases() -> list[Case]:
    """A choice that takes about two minutes."""
    small, medium, large = (size.name for size in SIZES)
    return [
        case
        for case in all_cases()
        if (
            case.size.name in (small, medium)
            if case.mask is None
            else case.layer in ("LSTM", "GRU") and case.mask == "right" and case.size.name == medium
        )
        or (case.layer == "LSTM" and case.size.name == large and case.mask is None)
    ]


def select(cases: Sequence[Case], patterns: str | None) -> list[Case]:
    """Choose cases by name.

    Args:
        cases: What to choose from.
        patterns: Shell patterns, separated by commas, such as `LSTM/*,GRU/large/*`; None for all.

    Raises:
        ValueError: If a pattern matches nothing.
    """
    if patterns is None:
        return list(cases)
    wanted = [pattern.strip() for pattern in patterns.split(",")]
    for pattern in wanted:
        if not any(fnmatch(case.name, pattern) for case in cases):
            raise ValueError(
                f"No case matches; they are named like {cases[0].name!r}. "
                f"Received: pattern {pattern!r}"
            )
    return [case for case in cases if any(fnmatch(case.name, one) for one in wanted)]
