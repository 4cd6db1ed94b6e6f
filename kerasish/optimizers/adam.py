"""Adaptive moments."""

from __future__ import annotations

from typing import Any

from kerasish.optimizers.base.adam_kernel import adam_step
from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "adam", "keras.optimizers.legacy.Adam")
class Adam(Optimizer):
    """Adam: steps from moving averages of gradients and of their squares.

    `m += (1 - beta_1) * (g - m)`, `v += (1 - beta_2) * (g**2 - v)`, then
    `w -= alpha * m / (sqrt(v) + epsilon)` with
    `alpha = rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)`. Torch's Adam adds its epsilon to the
    corrected root instead.

    See "Adam: A Method for Stochastic Optimization", https://arxiv.org/abs/1412.6980, and
    https://keras.io/api/optimizers/adam/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        beta_1: Decay of the average of gradients.
        beta_2: Decay of the average of squared gradients.
        epsilon: Keeps the division finite.
        amsgrad: Whether to divide by the highest average so far, as in "On the Convergence of
            Adam and Beyond".
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
    amsgrad = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        self.amsgrad = amsgrad

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        self._add_slots(variables, {"momentum": 0.0, "velocity": 0.0})
        if any(group["amsgrad"] for group in self.param_groups):
            self._add_slots(variables, {"velocity_hat": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        options = batch.options
        adam_step(
            batch,
            batch.rate,
            options["beta_1"],
            options["beta_2"],
            options["epsilon"],
            options["amsgrad"],
        )
