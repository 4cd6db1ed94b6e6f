"""Callbacks that set the learning rate."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from kerasish.callbacks.callback import Callback, Logs
from kerasish.callbacks.monitoring import Monitor
from kerasish.optimizers.base.optimizer import Optimizer


def _rate(optimizer: Any) -> float:
    if isinstance(optimizer, Optimizer):
        rate = optimizer.learning_rate
        return float(rate.numpy() if hasattr(rate, "numpy") else rate)
    return float(optimizer.param_groups[0]["lr"])


def learning_rates(optimizer: Any) -> dict[str, float]:
    """Return the learning rate as it stands in logs; those of all optimizers by their names."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if hasattr(inner, "optimizers"):
        return {f"learning_rate_{one.name}": _rate(one) for one in inner.optimizers}
    if isinstance(inner, torch.optim.Optimizer):
        return {"learning_rate": _rate(inner)}
    return {}


def _set_rate(optimizer: Any, value: float) -> None:
    if isinstance(optimizer, Optimizer):
        optimizer.learning_rate = value
        return
    for group in optimizer.param_groups:
        group["lr"] = value


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Args:
        schedule: Function of `(epoch, rate)`, or of `(epoch)`.
        verbose: 1 says the rate.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Set the rate.

        Raises:
            ValueError: If the schedule gives no float.
        """
        try:
            takes_rate = len(inspect.signature(self.schedule).parameters) > 1
        except (TypeError, ValueError):
            takes_rate = False
        optimizer = self.model.optimizer
        given: tuple = (epoch, _rate(optimizer)) if takes_rate else (epoch,)
        rate = self.schedule(*given)
        if not hasattr(rate, "__float__") or isinstance(rate, int):
            raise ValueError(
                f"The schedule of a LearningRateScheduler returns a float. Received: {rate!r}"
            )
        _set_rate(optimizer, float(rate))
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Log the rate."""
        if logs is not None:
            logs["learning_rate"] = _rate(self.model.optimizer)


class ReduceLROnPlateau(Monitor):
    """Makes the learning rate smaller when a value has not become better for some epochs.

    Args:
        monitor: Name of the value in the logs.
        factor: Factor of the learning rate, below 1.
        patience: Number of epochs without a better value.
        verbose: 1 says when it happens.
        mode: `"min"`, `"max"` or `"auto"`.
        min_delta: Smallest change that counts.
        cooldown: Number of epochs to wait after a change.
        min_lr: Smallest learning rate.

    Raises:
        ValueError: If `factor` is not below 1.
    """

    _kept = ("wait", "best", "cooldown_counter")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau: `factor` is below 1. Received: factor={factor}")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.on_train_begin()

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin to count."""
        self.best: Any = None
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Count, and change the rate."""
        if logs is not None:
            logs.update(learning_rates(self.model.optimizer))
        value = self.value_in(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter, self.wait = self.cooldown, 0

    def in_cooldown(self) -> bool:
        """Whether the rate was changed so lately that epochs are not counted."""
        return self.cooldown_counter > 0

    def _reduce(self, epoch: int) -> bool:
        """Make the rates smaller that are above `min_lr`; tell whether there are any."""
        optimizer = self.model.optimizer
        reduced = False
        for one in getattr(optimizer, "optimizers", [optimizer]):
            rate = _rate(one)
            if rate <= np.float32(self.min_lr):
                continue
            smaller = max(rate * self.factor, self.min_lr)
            _set_rate(one, smaller)
            reduced = True
            if self.verbose > 0:
                name = "" if one is optimizer else f" {one.name}"
                print(
                    f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing{name} learning rate to "
                    f"{smaller}."
                )
        return reduced
