"""Gradients divided by the root of their summed squares."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "adagrad", "keras.optimizers.legacy.Adagrad")
class Adagrad(Optimizer):
    """Divides the gradient by the root of the sum of all its squares.

    `v += g**2`, then `w -= rate * g / sqrt(v + epsilon)`.

    See "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
    https://jmlr.org/papers/v12/duchi11a.html, and https://keras.io/api/optimizers/adagrad/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        initial_accumulator_value: The sum at the start.
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

    initial_accumulator_value = Hyperparameter()
    epsilon = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
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
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        self._add_slots(variables, {"accumulator": self.initial_accumulator_value})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        sums = batch.slot("accumulator")
        batch.add_squares(sums)
        root = torch._foreach_add(sums, batch.options["epsilon"])
        torch._foreach_sqrt_(root)
        torch._foreach_addcdiv_(batch.parameters, batch.gradients, root, value=-batch.rate)
