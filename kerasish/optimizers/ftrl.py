"""Follow the regularized leader."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.optimizers.base.batch import Batch
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "ftrl", "keras.optimizers.legacy.Ftrl")
class Ftrl(Optimizer):
    """Follow the regularized leader: weights recomputed from sums of gradients.

    With `n = v + g**2` and `p = -learning_rate_power`:
    `z += g + 2 * l2_shrinkage * w - (n**p - v**p) / rate * w`, then
    `w = (clip(z, -l1, l1) - z) / (n**p / rate + 2 * (l2 + beta / (2 * rate)))` and `v = n`.

    See "Ad Click Prediction: a View from the Trenches",
    https://research.google.com/pubs/archive/41159.pdf, and
    https://keras.io/api/optimizers/ftrl/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        learning_rate_power: How the rate falls with the sum of squares; 0 for not at all.
        initial_accumulator_value: The sum of squares at the start.
        l1_regularization_strength: Weight of the L1 penalty.
        l2_regularization_strength: Weight of the L2 penalty that keeps the weights stable.
        l2_shrinkage_regularization_strength: Weight of an L2 penalty on the size of the weights.
        beta: The paper's beta.
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
        ValueError: If `learning_rate_power` is positive, or another value negative.
    """

    learning_rate_power = Hyperparameter()
    initial_accumulator_value = Hyperparameter()
    l1_regularization_strength = Hyperparameter()
    l2_regularization_strength = Hyperparameter()
    l2_shrinkage_regularization_strength = Hyperparameter()
    beta = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
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
        not_negative = {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }
        for option, value in not_negative.items():
            if value < 0:
                raise ValueError(f"Ftrl: `{option}` must be >= 0. Received: {option}={value}")
        if learning_rate_power > 0:
            raise ValueError(
                "Ftrl: `learning_rate_power` must be <= 0. "
                f"Received: learning_rate_power={learning_rate_power}"
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
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        self._add_slots(variables, {"accumulator": self.initial_accumulator_value, "linear": 0.0})

    def update(self, batch: Batch) -> None:
        """Take a step."""
        number, options, grads = batch.number, batch.options, batch.gradients
        power, rate = -options["learning_rate_power"], number(batch.rate)
        l1 = options["l1_regularization_strength"]
        l2 = number(options["l2_regularization_strength"])
        l2 += number(options["beta"]) / (number(2) * rate)
        sums, linear = batch.slot("accumulator"), batch.slot("linear")
        shrinkage = 2 * options["l2_shrinkage_regularization_strength"]
        shrunk = torch._foreach_add(grads, batch.parameters, alpha=shrinkage)
        new_sums = torch._foreach_add(sums, batch.squares())
        new_power = torch._foreach_pow(new_sums, power)
        difference = torch._foreach_sub(new_power, torch._foreach_pow(sums, power))
        torch._foreach_div_(difference, float(rate))
        torch._foreach_addcmul_(shrunk, difference, batch.parameters, value=-1)
        torch._foreach_add_(linear, shrunk)
        torch._foreach_div_(new_power, float(rate))
        torch._foreach_add_(new_power, float(number(2) * l2))
        result = torch._foreach_clamp_min(linear, -l1)
        torch._foreach_clamp_max_(result, l1)
        torch._foreach_sub_(result, linear)
        torch._foreach_div_(result, new_power)
        torch._foreach_copy_(batch.parameters, result)
        torch._foreach_copy_(sums, new_sums)
