"""The moving averages of Adam and its relatives."""

from __future__ import annotations

import torch

from kerasish.optimizers.base.batch import Batch


def update_moments(batch: Batch, beta_1: float, beta_2: float) -> list[torch.Tensor]:
    """Take gradients and their squares into `momentum` and `velocity`; return `velocity`."""
    velocity = batch.slot("velocity")
    torch._foreach_lerp_(batch.slot("momentum"), batch.gradients, 1 - beta_1)
    torch._foreach_lerp_(velocity, batch.squares(), 1 - beta_2)
    return velocity


def corrected_rate(batch: Batch, rate: float, beta_1: float, beta_2: float) -> float:
    """Return `rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)`, rounded as the tensors are."""
    number, one = batch.number, batch.number(1)
    step = number(batch.step)
    root = (one - batch.cast(beta_2) ** step) ** number(0.5)
    return float(number(rate) * root / (one - batch.cast(beta_1) ** step))
