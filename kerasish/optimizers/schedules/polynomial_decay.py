"""The learning rate falls to an end value along a power of time."""

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
class PolynomialDecay(LearningRateSchedule):
    """`(initial - end) * (1 - step / decay_steps) ** power + end`.

    Args:
        initial_learning_rate: Rate at step 0.
        decay_steps: Number of steps after which the rate is `end_learning_rate`.
        end_learning_rate: Lowest rate.
        power: The power; 1 gives a straight line.
        cycle: Whether the rate starts to fall again at each multiple of `decay_steps`, from a
            lower rate each time, by taking the next multiple for `decay_steps`.
        name: Name of the schedule.

    Raises:
        ValueError: If `decay_steps` is not positive.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        check_steps("PolynomialDecay", "decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> torch.Tensor:
        """Return the learning rate after `step` steps."""
        initial, end = as_rate(self.initial_learning_rate), as_rate(self.end_learning_rate)
        step, steps = as_rate(step), as_rate(self.decay_steps)
        if self.cycle:
            steps = steps * torch.ceil(step / steps).clamp(min=1)
        else:
            step = torch.minimum(step, steps)
        return (initial - end) * (1 - step / steps) ** as_rate(self.power) + end

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }
