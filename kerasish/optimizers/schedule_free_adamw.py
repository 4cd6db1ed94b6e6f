"""Adam with an average of the weights in place of a schedule."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "schedulefreeadamw")
class ScheduleFreeAdamW(Optimizer):
    """Adam that trains at a point between its weights and their average.

    `z -= rate * g / (sqrt(v / (1 - beta_2**t)) + epsilon)`, `x` is the mean of all `z` so far, and
    the weights are `(1 - beta_1) * z + beta_1 * x`.

    See "The Road Less Scheduled", https://arxiv.org/abs/2405.15682.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        beta_1: Part of the average in the weights.
        beta_2: Decay of the average of squared gradients.
        epsilon: Keeps the division finite.
        warmup_steps: Number of steps in which the rate rises from 0.
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
    warmup_steps = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
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
        self.warmup_steps = warmup_steps

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        self._add_slots(variables, {"momentum": None, "velocity": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        number, grads, options = batch.number, batch.gradients, batch.options
        beta_1, beta_2 = batch.cast(options["beta_1"]), batch.cast(options["beta_2"])
        one, step, rate = number(1), number(batch.step), number(batch.rate)
        if options["warmup_steps"] > 0:
            rate *= min(step / number(options["warmup_steps"]), one)
        z, v, parameters = batch.slot("momentum"), batch.slot("velocity"), batch.parameters
        torch._foreach_lerp_(v, batch.squares(), float(one - beta_2))
        root = torch._foreach_div(v, float(one - beta_2**step))
        torch._foreach_sqrt_(root)
        torch._foreach_add_(root, float(batch.cast(options["epsilon"])))
        torch._foreach_addcdiv_(z, grads, root, value=-float(rate))
        # The average is not kept, it follows from weights and z. Keras on TensorFlow takes the new
        # z here, where the paper has the old one.
        x = torch._foreach_add(parameters, z, alpha=-float(one - beta_1))
        torch._foreach_div_(x, float(beta_1))
        weight = one / step
        torch._foreach_mul_(x, float(one - weight))
        torch._foreach_add_(x, z, alpha=float(weight))
        torch._foreach_mul_(x, float(beta_1))
        torch._foreach_add_(x, z, alpha=float(one - beta_1))
        torch._foreach_copy_(parameters, x)
