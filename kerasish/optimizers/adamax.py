"""Adam with the largest gradient in place of the mean square."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "adamax", "keras.optimizers.legacy.Adamax")
class Adamax(Optimizer):
    """Adam by the infinity norm.

    `m += (1 - beta_1) * (g - m)`, `u = max(beta_2 * u, |g|)`, then
    `w -= rate * m / ((1 - beta_1**t) * (u + epsilon))`.

    See section 7 of "Adam: A Method for Stochastic Optimization",
    https://arxiv.org/abs/1412.6980, and https://keras.io/api/optimizers/adamax/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        beta_1: Decay of the average of gradients.
        beta_2: Decay of the largest gradient.
        epsilon: Keeps the division finite.
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
    """

    beta_1 = Hyperparameter()
    beta_2 = Hyperparameter()
    epsilon = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
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
        self.epsilon = epsilon

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        self._add_slots(variables, {"momentum": 0.0, "norm": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        beta_1, number = batch.options["beta_1"], batch.number
        m, largest = batch.slot("momentum"), batch.slot("norm")
        torch._foreach_lerp_(m, batch.gradients, 1 - beta_1)
        torch._foreach_mul_(largest, batch.options["beta_2"])
        torch._foreach_maximum_(largest, batch.magnitudes())
        correction = float(number(1) - batch.cast(beta_1) ** number(batch.step))
        divisor = torch._foreach_add(largest, batch.options["epsilon"])
        torch._foreach_mul_(divisor, correction)
        torch._foreach_addcdiv_(batch.parameters, m, divisor, value=-batch.rate)
