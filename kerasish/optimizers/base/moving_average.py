"""The exponential moving average (EMA) of the weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from kerasish.optimizers.base.gradient_accumulation import GradientAccumulation

AVERAGE = "average"


class MovingAverage(GradientAccumulation):
    """The part of an optimizer that keeps an average of the weights."""

    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None

    def _average(self) -> None:
        """Take the weights in: `momentum * average + (1 - momentum) * weight`."""
        averages, values = self._all_pieces(AVERAGE), self._all_pieces(None)
        if self._updates_done == 0:
            torch._foreach_copy_(averages, values)
        else:
            torch._foreach_mul_(averages, self.ema_momentum)
            torch._foreach_add_(averages, values, alpha=1 - self.ema_momentum)
        every = self.ema_overwrite_frequency
        if every and (self._updates_done + 1) % every == 0:
            torch._foreach_copy_(values, averages)

    def finalize_variable_values(self, var_list: Iterable[Any]) -> None:
        """Write the average into the variables if one is kept.

        Args:
            var_list: The variables that the optimizer trains.

        Raises:
            ValueError: If a variable is unknown.
        """
        if not self.use_ema:
            return
        with torch.no_grad():
            for index in self._indices(list(var_list)):
                for piece in self._trained[index].pieces:
                    average = self.state[piece.parameter][AVERAGE]
                    piece.of(piece.parameter).copy_(piece.of(average))
