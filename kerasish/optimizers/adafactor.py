"""Adam's squares kept by rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish.optimizers.base.batch import Batch, GradientList
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.slots import PlaceholderStorage
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "adafactor")
class Adafactor(Optimizer):
    """Adam-like steps whose average of squares is kept as that of rows and of columns.

    A weight with two axes or more needs memory for a row and a column alone; the step is scaled
    by the root mean square of the weight, and limited by that of the step itself. Rows and columns
    are those of Keras's layout.

    See "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost",
    https://arxiv.org/abs/1804.04235, and https://keras.io/api/optimizers/adafactor/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        beta_2_decay: Power of the step's number in the decay of the averages.
        epsilon_1: Added to squared gradients.
        epsilon_2: Least root mean square of a weight.
        clip_threshold: Largest root mean square of a step, before the rate.
        relative_step: Whether a fixed rate is limited to `1 / sqrt(t)`.
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

    beta_2_decay = Hyperparameter()
    epsilon_1 = Hyperparameter()
    epsilon_2 = Hyperparameter()
    clip_threshold = Hyperparameter()
    relative_step = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        for variable in variables:
            shape = variable.handle.shape
            if len(shape) < 2:
                # Numbers that Keras makes for every variable, though vectors have no use for them.
                for _ in range(2):
                    self._add_handle(PlaceholderStorage("int32"), variable.name, variable.name)
            else:
                self._add_whole(variable, "row", shape[:-1], variable.name)
                self._add_whole(variable, "column", (*shape[:-2], shape[-1]), variable.name)
            self._add_slots([variable], {"velocity": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        parts = GradientList(batch.variables, batch.gradients)
        lists = (batch.gradients, batch.squares(), batch.slot("velocity"))
        for variable, *tensors in zip(batch.variables, *map(parts.by_variable, lists), strict=True):
            self._update_variable(batch, variable, *tensors)

    def _update_variable(
        self,
        batch: Batch,
        variable: TrainedVariable,
        grads: list[torch.Tensor],
        squares: list[torch.Tensor],
        velocity: list[torch.Tensor],
    ) -> None:
        number, options = batch.number, batch.options
        one, step, rate = number(1), number(batch.step), number(batch.rate)
        slowest = one / np.sqrt(step)
        if self._schedule is None and options["relative_step"]:
            rate = min(rate, slowest)
        value = variable.handle.value
        size = rms(value).clamp(min=float(batch.cast(options["epsilon_2"])))
        alpha = size * float(min(rate, slowest))
        decay = float(one - step ** number(options["beta_2_decay"]))
        grad = variable.to_keras(grads)
        squared = variable.to_keras(squares)
        square = squared + options["epsilon_1"]
        if grad.ndim >= 2:
            row, column = self._factors(variable)
            row.mul_(decay).add_(square.mean(-1), alpha=1 - decay)
            column.mul_(decay).add_(square.mean(-2), alpha=1 - decay)
            share = (row / row.mean(-1, keepdim=True)).unsqueeze(-1)
            v = share * column.unsqueeze(-2)
        else:
            v = variable.to_keras(velocity) * decay + square * (1 - decay)
        torch._foreach_copy_(velocity, variable.to_torch(v))
        update = grad / v.sqrt()
        size = (squared / v).mean().sqrt()  # the root mean square of the update
        update = update / (size / options["clip_threshold"]).clamp(min=1.0)
        for piece, change in zip(variable.pieces, variable.to_torch(alpha * update), strict=True):
            piece.of(piece.parameter).sub_(change)

    def _factors(self, variable: TrainedVariable) -> tuple[torch.Tensor, torch.Tensor]:
        piece = variable.pieces[0]
        end = "" if piece.part is None else f"/{variable.name}"
        state = self.state[piece.parameter]
        return state[f"row{end}"], state[f"column{end}"]


def rms(x: torch.Tensor) -> torch.Tensor:
    """Return the root mean square."""
    return x.square().mean().sqrt()
