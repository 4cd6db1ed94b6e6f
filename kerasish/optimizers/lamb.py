"""Adam with steps in proportion to the weights."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.moments import update_moments
from kerasish.optimizers.base.norms import variable_norms
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "lamb")
class Lamb(Optimizer):
    """Adam's step, scaled for each variable by the ratio of its norm to that of the step.

    With Adam's corrected averages `u = m / (sqrt(v) + epsilon)`, and
    `w -= rate * norm(w) / norm(u) * u`; the ratio is 1 where a norm is 0.

    See "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes",
    https://arxiv.org/abs/1904.00962, and https://keras.io/api/optimizers/lamb/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        beta_1: Decay of the average of gradients.
        beta_2: Decay of the average of squared gradients.
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
        self._add_slots(variables, {"momentum": 0.0, "velocity": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        beta_1, beta_2, number = batch.options["beta_1"], batch.options["beta_2"], batch.number
        v = update_moments(batch, beta_1, beta_2)
        step = number(batch.step)
        root = torch._foreach_div(v, float(number(1) - batch.cast(beta_2) ** step))
        torch._foreach_sqrt_(root)
        torch._foreach_add_(root, batch.options["epsilon"])
        update = torch._foreach_div(
            batch.slot("momentum"), float(number(1) - batch.cast(beta_1) ** step)
        )
        torch._foreach_div_(update, root)
        weights = variable_norms(batch.variables, batch.parameters)
        updates = variable_norms(batch.variables, update)
        ratios = [
            torch.where((weight > 0) & (size > 0), weight / size, 1.0) * batch.rate
            for weight, size in zip(weights, updates, strict=True)
        ]
        torch._foreach_mul_(update, ratios)
        torch._foreach_sub_(batch.parameters, update)
