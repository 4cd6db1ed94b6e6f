"""What kerasish is meant to reach, and whether a run's cells do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.run import DENSE, ENGINE, OWN, Outcome
from benchmarks.timing import Contender, Spread, ratios

# Paths on which a kernel of torch runs over all steps, as the bare module does.
_FUSED = ("fused", "shared")


@dataclass(frozen=True)
class Aim:
    """A bound of a ratio.

    Attributes:
        name: A short name.
        text: What is meant to hold.
        bound: The largest ratio of kerasish's time to the other's.
    """

    name: str
    text: str
    bound: float


AIMS = {
    aim.name: aim
    for aim in (
        Aim("keras", "no Keras backend is faster", 1.0),
        Aim("torch", "at most 1.03 times bare torch.nn where its kernel runs", 1.03),
        Aim("large", "ahead of bare torch.nn: LSTM and GRU, large, forward and training", 1.0),
        Aim("onnxruntime", "inference within 1.15 times onnxruntime", 1.15),
        Aim("masks", "less time with a mask, which leaves 62 % of the steps, than without", 1.0),
    )
}


@dataclass(frozen=True)
class Verdict:
    """Whether one cell reaches one aim.

    Attributes:
        cell: Name of the case.
        aim: Name of the aim.
        other: The peer that the ratio is to; of several the fastest.
        ratio: kerasish's time as a multiple of that peer's.
        holds: Whether the aim is reached by what runs unless asked otherwise.
        engine: The same ratio after `compile_inference()`, where that was measured.
    """

    cell: str
    aim: str
    other: str
    ratio: Spread
    holds: bool
    engine: Spread | None = None

    @property
    def holds_with_engine(self) -> bool:
        """Whether the aim is reached after `compile_inference()`, and otherwise not."""
        return not self.holds and self.engine is not None and self._reached(self.engine)

    def _reached(self, ratio: Spread) -> bool:
        return ratio.median <= AIMS[self.aim].bound


def judge(outcome: Outcome) -> list[Verdict]:
    """Judge one cell by every aim that concerns it."""
    case, found = outcome.case, outcome.contenders
    if OWN not in found:
        return []
    rivals = {"keras": [name for name in found if name.startswith("keras-")]}
    bare = "torch" in found and case.mask is None
    if bare and outcome.path in _FUSED:
        rivals["torch"] = ["torch"]
    large = case.size.name == "large" and case.layer in ("LSTM", "GRU")
    if bare and large and case.action in ("forward", "train"):
        rivals["large"] = ["torch"]
    if "onnxruntime" in found:
        rivals["onnxruntime"] = ["onnxruntime"]
    if DENSE in found:
        rivals["masks"] = [DENSE]
    return [_judge_one(outcome, aim, names) for aim, names in rivals.items() if names]


def _judge_one(outcome: Outcome, aim: str, names: list[str]) -> Verdict:
    found = outcome.contenders

    def worst(own: Contender) -> tuple[str, Spread]:
        compared = [(name, ratios(own, found[name])) for name in names]
        return max(compared, key=lambda one: one[1].median)

    other, ratio = worst(found[OWN])
    engine = worst(found[ENGINE])[1] if ENGINE in found else None
    return Verdict(outcome.case.name, aim, other, ratio, ratio.median <= AIMS[aim].bound, engine)


def judge_all(outcomes: Iterable[Outcome]) -> list[Verdict]:
    """Judge every cell by every aim that concerns it."""
    return [verdict for outcome in outcomes for verdict in judge(outcome)]
