"""Steps of one size, in the direction of a sign."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "lion")
class Lion(Optimizer):
    """Steps of the same size for every number, by the sign of a momentum.

    `w -= rate * sign(beta_1 * m + (1 - beta_1) * g)`, then `m = beta_2 * m + (1 - beta_2) * g`.

    See "Symbolic Discovery of Optimization Algorithms", https://arxiv.org/abs/2302.06675, and
    https://keras.io/api/optimizers/lion/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        beta_1: Part of the momentum in the sign, more than 0 and up to 1.
        beta_2: Decay of the momentum.
        weight_decay: This and the options that follow are those of every `Optimizer`.
        clipnorm: See `Optimizer`.
        clipvalue: See `Optimizer`.
        global_clipnorm: See `Optimizer`.
        use_ema: See `Optimizer`.
        ema_momentum: See `Optimizer`.
        ema_overwrite_frequency: See `Optimizer`.
        loss_scale_factor: See `Optimizer`.
        gradient_accumulation_steps: See `Optimizer`.
        name: See `Optimizer`.
        **kwargs: Nothing more.

    Raises:
        ValueError: If `beta_1` is not in its range.
    """

    beta_1 = Hyperparameter()
    beta_2 = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if not 0 < beta_1 <= 1:
            raise ValueError(
                f"Lion: `beta_1` must be more than 0 and at most 1. Received: beta_1={beta_1}"
            )
        super().__init__(
            learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        self._add_slots(variables, {"momentum": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        one = batch.number(1)
        beta_1, beta_2 = batch.cast(batch.options["beta_1"]), batch.cast(batch.options["beta_2"])
        m = batch.slot("momentum")
        direction = torch._foreach_mul(m, float(beta_1))
        torch._foreach_add_(direction, batch.gradients, alpha=float(one - beta_1))
        torch._foreach_sign_(direction)
        torch._foreach_add_(batch.parameters, direction, alpha=-batch.rate)
        torch._foreach_mul_(m, float(beta_2))
        torch._foreach_add_(m, batch.gradients, alpha=float(one - beta_2))
