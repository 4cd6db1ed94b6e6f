"""Which variables decay, and the decay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.remembering import Remembering
from kerasish.optimizers.base.trained_variable import TrainedVariable, trained_variable
from kerasish.rounding import round_to_float32


class DecayExclusions:
    """The variables that weight decay leaves alone."""

    def __init__(
        self, variables: Iterable[Any] | None = None, names: Sequence[str] | None = None
    ) -> None:
        self._keys = {trained_variable(item).key for item in variables or ()}
        self._pattern = re.compile("|".join(names)) if names else None

    def decays(self, variable: TrainedVariable) -> bool:
        """Whether a variable decays."""
        if variable.key in self._keys:
            return False
        return self._pattern is None or self._pattern.search(variable.path) is None


class WeightDecay(Remembering):
    """The part of an optimizer that takes a part off the weights, apart from the gradients."""

    weight_decay = Hyperparameter()
    _decay_options: tuple[str, ...] = ("weight_decay",)
    _exclusions: DecayExclusions

    def exclude_from_weight_decay(
        self, var_list: Iterable[Any] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Leave variables out of weight decay; replaces what was left out before.

        Args:
            var_list: Variables or parameters.
            var_names: Regular expressions; a variable whose path one is found in is left out.
        """
        self._exclusions = DecayExclusions(var_list, var_names)

    def _decay_of(self, variable: TrainedVariable, options: dict[str, Any]) -> float | None:
        return options["weight_decay"]

    def _decay(self, variables: list[TrainedVariable], rates: list[float]) -> None:
        if all(group[name] is None for group in self.param_groups for name in self._decay_options):
            return
        together: dict[float, list[torch.Tensor]] = {}
        for variable in variables:
            group = self._group_of(variable)
            amount = self._decay_of(variable, self.param_groups[group])
            if amount is not None and self._exclusions.decays(variable):
                # Keras casts the constant by way of float32.
                amount = round_to_float32(amount) * rates[group]
                values = together.setdefault(amount, [])
                values.extend(piece.of(piece.parameter) for piece in variable.pieces)
        for amount, values in together.items():
            # One multiply-add: 1 - amount would round a small amount away.
            torch._foreach_add_(values, values, alpha=-amount)
