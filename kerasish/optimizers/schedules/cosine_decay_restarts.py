"""The learning rate falls along half a cosine, again and again."""

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
class CosineDecayRestarts(LearningRateSchedule):
    """Half a cosine down, then a restart, each period `t_mul` times as long as the last.

    See "SGDR: Stochastic Gradient Descent with Warm Restarts", https://arxiv.org/abs/1608.03983.

    Args:
        initial_learning_rate: Rate at step 0.
        first_decay_steps: Length of the first period.
        t_mul: Factor of each period's length to that of the one before.
        m_mul: Factor of each period's first rate to that of the one before.
        alpha: Lowest rate, as a part of the initial one.
        name: Name of the schedule.

    Raises:
        ValueError: If `first_decay_steps` is not positive.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        check_steps("CosineDecayRestarts", "first_decay_steps", first_decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> torch.Tensor:
        """Return the learning rate after `step` steps."""
        t_mul, alpha = as_rate(self.t_mul), as_rate(self.alpha)
        time = as_rate(step) / as_rate(self.first_decay_steps)
        if self.t_mul == 1.0:
            period = torch.floor(time)
            within = time - period
        else:
            # The periods before number n have the length of a geometric series of n terms.
            period = torch.floor(_log(1.0 - time * (1.0 - t_mul)) / _log(t_mul))
            start = (1.0 - t_mul**period) / (1.0 - t_mul)
            within = (time - start) / t_mul**period
        height = as_rate(self.m_mul) ** period
        cosine = 0.5 * height * (1.0 + torch.cos(math.pi * within))
        return as_rate(self.initial_learning_rate) * ((1 - alpha) * cosine + alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }


def _log(x: torch.Tensor) -> torch.Tensor:
    """Return the logarithm rounded to the nearest number, on which the steps of restarts hang."""
    return torch.log(x.double()).to(x.dtype)
