"""The errors of matching. Each names the layers, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterable

from weight_port.errors import WeightPortError

_ADVICE = (
    "Say which belong together by mapping={'target layer': 'source layer'}; "
    "weight_port.porting.template(source, target) writes one to fill in."
)


class PortError(WeightPortError):
    """Weights can't be moved from one model to another. Nothing was written.

    Attributes:
        problems: One entry per layer that is in the way.
    """

    def __init__(self, subject: str, problems: Iterable[str], advice: str = _ADVICE) -> None:
        self.subject, self.problems, self.advice = subject, tuple(problems), advice
        listed = "\n".join(f"  - {line}" for line in self.problems)
        super().__init__(f"{subject} Nothing was written. {advice} Received:\n{listed}")

    def __reduce__(self) -> tuple[type[PortError], tuple[str, tuple[str, ...], str]]:
        return type(self), (self.subject, self.problems, self.advice)


class AmbiguousMatchError(PortError):
    """Several layers could belong to one another, and nothing tells which do."""


class UnmatchedError(PortError):
    """Layers of one side have none on the other."""


class MappingError(PortError):
    """A mapping names what is not there, or joins what does not fit."""
