"""The learning rate changes at given steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_rate
from kerasish.saving.registry import builtin


@builtin("keras.optimizers.schedules")
class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[0]` up to and including step `boundaries[0]`, then `values[1]`, and so on.

    Args:
        boundaries: Steps at which the rate changes, increasing.
        values: Rates, one more than there are boundaries.
        name: Name of the schedule.

    Raises:
        ValueError: If the numbers of boundaries and values do not fit.
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str = "PiecewiseConstant",
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay: `values` must have one element more than `boundaries`. "
                f"Received: boundaries={boundaries} of length {len(boundaries)} and "
                f"values={values} of length {len(values)}"
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> torch.Tensor:
        """Return the learning rate after `step` steps."""
        if not isinstance(step, torch.Tensor) and hasattr(step, "value"):
            step = step.value
        step = torch.as_tensor(step)
        # A boundary is taken in the type of the step: 2.5 is 2 for whole steps.
        boundaries = torch.tensor(list(self.boundaries)).to(step.dtype)
        passed = (step.unsqueeze(-1) > boundaries).sum(-1)
        return as_rate(list(self.values))[passed]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}
