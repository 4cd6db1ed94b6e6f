"""The learning rate falls along half a cosine, after a warmup if wanted."""

from __future__ import annotations

import math
from typing import Any

import torch

from kerasish.optimizers.schedules.learning_rate_schedule import (
    LearningRateSchedule,
    as_rate,
    check_steps,
)
from kerasish.saving.registry import builtin


@builtin("keras.optimizers.schedules")
class CosineDecay(LearningRateSchedule):
    """A straight line up to `warmup_target`, then half a cosine down.

    Without a warmup the cosine starts at `initial_learning_rate`. See "SGDR: Stochastic Gradient
    Descent with Warm Restarts", https://arxiv.org/abs/1608.03983.

    Args:
        initial_learning_rate: Rate at step 0.
        decay_steps: Number of steps in which the rate falls.
        alpha: Lowest rate, as a part of the highest.
        name: Name of the schedule.
        warmup_target: Rate at the end of the warmup; None for no warmup.
        warmup_steps: Number of steps of the warmup.

    Raises:
        ValueError: If `decay_steps` is not positive.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        check_steps("CosineDecay", "decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> torch.Tensor:
        """Return the learning rate after `step` steps."""
        initial, step = as_rate(self.initial_learning_rate), as_rate(step)
        if self.warmup_target is None:
            return self._decayed(step, initial)
        warmup, target = as_rate(self.warmup_steps), as_rate(self.warmup_target)
        rising = (target - initial) * (step / warmup) + initial
        return torch.where(step < warmup, rising, self._decayed(step - warmup, target))

    def _decayed(self, step: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        steps = as_rate(self.decay_steps)
        cosine = 0.5 * (1.0 + torch.cos(math.pi * (torch.minimum(step, steps) / steps)))
        return start * ((1 - self.alpha) * cosine + self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }
