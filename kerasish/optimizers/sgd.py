"""Gradient descent, with momentum if wanted."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "sgd", "keras.optimizers.legacy.SGD")
class SGD(Optimizer):
    """Stochastic gradient descent.

    Without momentum `w -= rate * g`; with it `m = momentum * m - rate * g`, then `w += m`, or with
    `nesterov` `w += momentum * m - rate * g`. Torch's own SGD keeps the rate out of `m`.

    See https://keras.io/api/optimizers/sgd/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        momentum: Part of the last step that is taken again, from 0 to 1.
        nesterov: Whether to look ahead along the momentum.
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
        ValueError: If `momentum` is no float from 0 to 1.
    """

    momentum = Hyperparameter()
    nesterov = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
        if not isinstance(momentum, float) or not 0 <= momentum <= 1:
            raise ValueError(
                f"SGD: `momentum` must be a float from 0 to 1. Received: momentum={momentum!r}"
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
        self.momentum = momentum
        self.nesterov = nesterov

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        if any(group["momentum"] != 0 for group in self.param_groups):
            self._add_slots(variables, {"momentum": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        momentum, rate = float(batch.cast(batch.options["momentum"])), batch.rate
        if momentum == 0:
            torch._foreach_add_(batch.parameters, batch.gradients, alpha=-rate)
            return
        m = batch.slot("momentum")
        torch._foreach_mul_(m, momentum)
        torch._foreach_add_(m, batch.gradients, alpha=-rate)
        if batch.options["nesterov"]:
            torch._foreach_add_(batch.parameters, m, alpha=momentum)
            torch._foreach_add_(batch.parameters, batch.gradients, alpha=-rate)
        else:
            torch._foreach_add_(batch.parameters, m)
