"""Steps scaled by the size of earlier steps."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "adadelta", "keras.optimizers.legacy.Adadelta")
class Adadelta(Optimizer):
    """Steps whose size follows from earlier steps.

    `d = -g * sqrt(delta + epsilon) / sqrt(v + epsilon)` with moving averages `v` of `g**2` and
    `delta` of `d**2`, then `w += rate * d`.

    See "ADADELTA: An Adaptive Learning Rate Method", https://arxiv.org/abs/1212.5701, and
    https://keras.io/api/optimizers/adadelta/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        rho: Decay of the averages.
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

    rho = Hyperparameter()
    epsilon = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.95,
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
        self.rho = rho
        self.epsilon = epsilon

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        self._add_slots(variables, {"accumulated_grad": 0.0, "accumulated_delta_var": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        rho, epsilon = batch.options["rho"], batch.options["epsilon"]
        squares, deltas = batch.slot("accumulated_grad"), batch.slot("accumulated_delta_var")
        torch._foreach_mul_(squares, rho)
        batch.add_squares(squares, 1 - rho)
        scale = torch._foreach_add(deltas, epsilon)
        torch._foreach_sqrt_(scale)
        root = torch._foreach_add(squares, epsilon)
        torch._foreach_sqrt_(root)
        step = torch._foreach_mul(scale, batch.gradients)
        torch._foreach_div_(step, root)
        torch._foreach_mul_(deltas, rho)
        if batch.rows is None:
            torch._foreach_addcmul_(deltas, step, step, value=1 - rho)
        else:  # the squares of the rows' steps
            torch._foreach_div_(scale, root)
            torch._foreach_mul_(scale, scale)
            torch._foreach_addcmul_(deltas, batch.squares(), scale, value=1 - rho)
        torch._foreach_add_(batch.parameters, step, alpha=-batch.rate)
