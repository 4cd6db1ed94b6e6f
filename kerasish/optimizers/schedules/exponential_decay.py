"""The learning rate falls by a factor."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.schedules.learning_rate_schedule import (
    LearningRateSchedule,
    as_rate,
    check_steps,
)
from kerasish.saving.registry import builtin


@builtin("keras.optimizers.schedules")
class ExponentialDecay(LearningRateSchedule):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: Rate at step 0.
        decay_steps: Number of steps in which the rate is multiplied by `decay_rate` once.
        decay_rate: The factor.
        staircase: Whether `step / decay_steps` is rounded down.
        name: Name of the schedule.

    Raises:
        ValueError: If `decay_steps` is not positive.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        check_steps("ExponentialDecay", "decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> torch.Tensor:
        """Return the learning rate after `step` steps."""
        decays = as_rate(step) / as_rate(self.decay_steps)
        if self.staircase:
            decays = torch.floor(decays)
        return as_rate(self.initial_learning_rate) * as_rate(self.decay_rate) ** decays

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }
