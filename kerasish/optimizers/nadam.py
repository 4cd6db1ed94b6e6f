"""Adam with Nesterov's momentum."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish.dtypes import standardize_dtype
from kerasish.optimizers.base.batch import Batch, GradientList
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.slots import OptionStorage
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "nadam", "keras.optimizers.legacy.Nadam")
class Nadam(Optimizer):
    """Adam that looks ahead along its momentum.

    The momentum's decay changes from step to step, `u_t = beta_1 * (1 - 0.96**t / 2)`, and the
    correction divides by one minus the product of all `u` so far.

    See "Incorporating Nesterov Momentum into Adam",
    https://cs229.stanford.edu/proj2015/054_report.pdf, and
    https://keras.io/api/optimizers/Nadam/.

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
        first = "u_product" not in self.param_groups[0]
        for group in self.param_groups:
            group.setdefault("u_product", self.param_groups[0].get("u_product", 1.0))
        if first:
            dtype = standardize_dtype(self._trained[0].dtype)
            self._add_handle(OptionStorage(self, "u_product", dtype), "variable", "variable")

    def _update(self, grads: GradientList) -> None:
        dtype = np.float32 if self._trained[0].dtype == torch.float32 else np.float64
        decay = dtype(0.5) * dtype(0.96) ** dtype(self._updates_done + 1)
        for group in self.param_groups:
            product = dtype(group["u_product"]) * dtype(group["beta_1"])
            group["u_product"] = float(product * (dtype(1) - decay))
        super()._update(grads)

    def update(self, batch: Batch) -> None:
        """Take a step."""
        number, grads = batch.number, batch.gradients
        beta_1, beta_2 = batch.cast(batch.options["beta_1"]), batch.cast(batch.options["beta_2"])
        one, half, base = number(1), number(0.5), batch.cast(0.96)
        u = beta_1 * (one - half * base ** number(batch.step))
        next_u = beta_1 * (one - half * base ** number(batch.step + 1))
        product = number(batch.options["u_product"])
        m, v = batch.slot("momentum"), batch.slot("velocity")
        torch._foreach_lerp_(m, grads, float(one - beta_1))
        torch._foreach_lerp_(v, batch.squares(), float(one - beta_2))
        ahead = torch._foreach_mul(m, float(next_u / (one - product * next_u)))
        torch._foreach_add_(ahead, grads, alpha=float((one - u) / (one - product)))
        root = torch._foreach_div(v, float(one - beta_2 ** number(batch.step)))
        torch._foreach_sqrt_(root)
        torch._foreach_add_(root, batch.options["epsilon"])
        torch._foreach_addcdiv_(batch.parameters, ahead, root, value=-batch.rate)
