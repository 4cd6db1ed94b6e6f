"""Which variables decay, and the decay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from kerasish.optimizers.base.trained_variable import TrainedVariable, trained_variable


class DecayExclusions:
    """The variables that weight decay leaves alone."""

    def __init__(
        self, variables: Iterable[Any] | None = None, names: Sequence[str] | None = None
    ) -> None:
        self._variables = [trained_variable(item) for item in variables or ()]
        self._pattern = re.compile("|".join(names)) if names else None

    def decays(self, variable: TrainedVariable) -> bool:
        """Whether a variable decays."""
        if any(variable.key == excluded.key for excluded in self._variables):
            return False
        return self._pattern is None or self._pattern.search(variable.path) is None


def decay(values: list[torch.Tensor], amount: float) -> None:
    """Take the part `amount` off the weights, in place."""
    if values:
        # One multiply-add: 1 - amount would round a small amount away.
        torch._foreach_add_(values, values, alpha=-amount)
