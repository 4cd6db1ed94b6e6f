"""Gradients of several steps, averaged for one update."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import GradientList
from kerasish.optimizers.base.remembering import Remembering

ACCUMULATOR = "gradient_accumulator"


class GradientAccumulation(Remembering):
    """The part of an optimizer that counts updates, and lets gradients wait for one."""

    gradient_accumulation_steps: int | None

    @property
    def iterations(self) -> Any:
        """Number of updates so far: a variable, or a tensor where gradients are accumulated."""
        variable = self._iterations_variable()
        if self.gradient_accumulation_steps:
            return variable.value // self.gradient_accumulation_steps
        return variable

    @property
    def _updates_done(self) -> int:
        return self._steps_taken // (self.gradient_accumulation_steps or 1)

    def _accumulated(self, grads: GradientList) -> bool:
        """Add gradients to those that wait; if it is time, put their mean in their place."""
        steps = self.gradient_accumulation_steps
        assert steps is not None
        grads.rows.clear()  # they are added up here
        waiting = [p.of(self.state[p.parameter][ACCUMULATOR]) for p in grads.pieces]
        if (self._steps_taken + 1) % steps:
            torch._foreach_add_(waiting, grads.gradients)
            return False
        total = torch._foreach_add(grads.gradients, waiting)
        torch._foreach_div_(total, steps)
        grads.gradients = list(total)
        return True
