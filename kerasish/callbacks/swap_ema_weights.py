"""`SwapEMAWeights`: evaluate with the average of the weights."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.callbacks.callback import Callback, Logs
from kerasish.optimizers.base.moving_average import AVERAGE


class SwapEMAWeights(Callback):
    """Puts the moving average of the weights into the model while it is evaluated or predicts.

    The optimizer keeps the average with `use_ema=True`.

    Args:
        swap_on_epoch: Whether the average also stays in the model from the end of an epoch to the
            beginning of the next, for callbacks such as a `ModelCheckpoint` listed after this one.

    See https://keras.io/api/callbacks/swap_ema_weights/.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def _pairs(self) -> list[tuple[list[torch.Tensor], list[torch.Tensor]]]:
        """Return weights and averages of all optimizers that keep averages.

        Raises:
            ValueError: If there is none.
        """
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        found = [
            one
            for one in getattr(optimizer, "optimizers", [optimizer])
            if getattr(one, "use_ema", False) and one.built
        ]
        if not found:
            raise ValueError(
                "SwapEMAWeights needs an optimizer with `use_ema=True` that has taken a step. "
                f"Received: {type(optimizer).__name__} with "
                f"use_ema={getattr(optimizer, 'use_ema', None)}"
            )
        return [(one._all_pieces(None), one._all_pieces(AVERAGE)) for one in found]

    def _swap(self, to_average: bool) -> None:
        if self._swapped == to_average:
            return
        with torch.no_grad():
            for weights, averages in self._pairs():
                kept = [weight.clone() for weight in weights]
                torch._foreach_copy_(weights, averages)
                torch._foreach_copy_(averages, kept)
        self._swapped = to_average

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Put the weights back."""
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Put the average in; for good after the last epoch."""
        if not self.swap_on_epoch:
            return
        self._swap(True)
        params: dict[str, Any] = self.params or {}
        if epoch == params.get("epochs", 0) - 1 or self.model.stop_training:
            # `fit` ends with writing the average into the weights.
            with torch.no_grad():
                for weights, averages in self._pairs():
                    torch._foreach_copy_(averages, weights)
            self._swapped = False

    def on_test_begin(self, logs: Logs = None) -> None:
        """Put the average in."""
        self._swap(True)

    def on_test_end(self, logs: Logs = None) -> None:
        """Put the weights back."""
        self._swap(False)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Put the average in."""
        self._swap(True)

    def on_predict_end(self, logs: Logs = None) -> None:
        """Put the weights back."""
        self._swap(False)
