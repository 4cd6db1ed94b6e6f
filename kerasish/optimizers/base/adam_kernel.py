"""Adam's step on many tensors: torch's fused kernel where it can run, else list operations."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.moments import corrected_rate, update_moments

_FUSED_DEVICES = ("cpu", "cuda")
_FUSED_TYPES = (torch.float32, torch.float64)


def runs_fused(parameters: list[torch.Tensor], gradients: list[torch.Tensor]) -> bool:
    """Whether torch's fused kernel takes a step on these tensors.

    It does on a CPU or GPU, in float32 and float64, for tensors that lie in memory row by row.
    """
    first = parameters[0]
    return (
        first.device.type in _FUSED_DEVICES
        and first.dtype in _FUSED_TYPES
        and all(type(p) in (torch.Tensor, torch.nn.Parameter) for p in parameters)
        and all(p.is_contiguous() for p in parameters)
        and all(g.is_contiguous() for g in gradients)
    )


def adam_step(
    batch: Batch, rate: float, beta_1: float, beta_2: float, epsilon: float, amsgrad: bool = False
) -> None:
    """Take Keras's step of Adam.

    Args:
        batch: Tensors, with `momentum` and `velocity`, and `velocity_hat` for `amsgrad`.
        rate: Learning rate.
        beta_1: Decay of the average of gradients.
        beta_2: Decay of the average of squared gradients.
        epsilon: Keeps the division finite.
        amsgrad: Whether to divide by the highest average so far.
    """
    alpha = corrected_rate(batch, rate, beta_1, beta_2)
    highest = batch.slot("velocity_hat") if amsgrad else []
    fused = batch.rows is None and runs_fused(batch.parameters, batch.gradients)
    if fused and beta_1 < 1 and beta_2 < 1:
        _fused_step(batch, alpha, beta_1, beta_2, epsilon, highest)
        return
    velocity = update_moments(batch, beta_1, beta_2)
    if amsgrad:
        torch._foreach_maximum_(highest, velocity)
        velocity = highest
    root = torch._foreach_sqrt(velocity)
    torch._foreach_add_(root, epsilon)
    torch._foreach_addcdiv_(batch.parameters, batch.slot("momentum"), root, value=-alpha)


def _fused_step(
    batch: Batch,
    alpha: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    highest: list[torch.Tensor],
) -> None:
    # Torch computes p -= rate / c1 * m / (sqrt(v) / sqrt(c2) + eps) with corrections c1 and c2;
    # these numbers make that Keras's p -= alpha * m / (sqrt(v) + epsilon).
    first = 1 - beta_1**batch.step
    second = (1 - beta_2**batch.step) ** 0.5
    step = torch.full((), batch.step, dtype=torch.float32, device=batch.parameters[0].device)
    fused: Any = torch._fused_adam_
    fused(
        batch.parameters,
        batch.gradients,
        batch.slot("momentum"),
        batch.slot("velocity"),
        highest,
        [step] * len(batch.parameters),
        lr=alpha * first / second,
        beta1=beta_1,
        beta2=beta_2,
        weight_decay=0.0,
        eps=epsilon / second,
        amsgrad=bool(highest),
        maximize=False,
    )
