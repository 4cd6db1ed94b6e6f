"""Gradients divided by a moving root mean square."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "rmsprop", "keras.optimizers.legacy.RMSprop")
class RMSprop(Optimizer):
    """Divides the gradient by the root of a moving average of its square.

    `v = rho * v + (1 - rho) * g**2`, then `w -= rate * g / sqrt(v + epsilon)`; with `centered` the
    square of the gradient's average is taken off `v` first.

    See https://keras.io/api/optimizers/rmsprop/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        rho: Decay of the averages.
        momentum: Part of the last step that is taken again.
        epsilon: Keeps the division finite.
        centered: Whether to divide by an estimate of the variance.
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

    rho = Hyperparameter()
    momentum = Hyperparameter()
    epsilon = Hyperparameter()
    centered = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        self._add_slots(variables, {"velocity": 0.0})
        if any(group["momentum"] > 0 for group in self.param_groups):
            self._add_slots(variables, {"momentum": 0.0})
        if any(group["centered"] for group in self.param_groups):
            self._add_slots(variables, {"average_gradient": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        grads, rho = batch.gradients, batch.options["rho"]
        velocity = batch.slot("velocity")
        torch._foreach_mul_(velocity, rho)
        batch.add_squares(velocity, 1 - rho)
        if batch.options["centered"]:
            average = batch.slot("average_gradient")
            torch._foreach_mul_(average, rho)
            torch._foreach_add_(average, grads, alpha=1 - rho)
            root = torch._foreach_addcmul(velocity, average, average, value=-1)
            torch._foreach_add_(root, batch.options["epsilon"])
        else:
            root = torch._foreach_add(velocity, batch.options["epsilon"])
        torch._foreach_sqrt_(root)
        if batch.options["momentum"] > 0:
            m = batch.slot("momentum")
            torch._foreach_mul_(m, batch.options["momentum"])
            torch._foreach_addcdiv_(m, grads, root, value=batch.rate)
            torch._foreach_sub_(batch.parameters, m)
        else:
            torch._foreach_addcdiv_(batch.parameters, grads, root, value=-batch.rate)
