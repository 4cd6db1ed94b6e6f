"""The errors of ejecting."""

from __future__ import annotations

from dataclasses import dataclass


class EjectError(ValueError):
    """A model that can't be written as plain PyTorch, with what stands in the way."""


class NoEquivalentError(ValueError):
    """One layer, or one of its arguments, has no counterpart in plain PyTorch.

    Args:
        why: What it has that torch has not.
        advice: What to do.
    """

    def __init__(self, why: str, advice: str) -> None:
        super().__init__(f"{why}: {advice}")
        self.why = why
        self.advice = advice


@dataclass(frozen=True)
class Obstacle:
    """A layer that can't be written.

    Attributes:
        layer: Its name and class.
        why: The reason.
        advice: What to do.
    """

    layer: str
    why: str
    advice: str


def obstacles_error(model_name: str, obstacles: list[Obstacle]) -> EjectError:
    """Return the error that lists everything in the way, each once."""
    unique = list(dict.fromkeys(obstacles))
    lines = [f"  {one.layer}: {one.why}; {one.advice}" for one in unique]
    return EjectError(
        f"Model '{model_name}' can't be ejected, and nothing was written. Without a counterpart in "
        "plain PyTorch:\n" + "\n".join(lines) + f"\nReceived: {len(unique)} such layers or calls"
    )
