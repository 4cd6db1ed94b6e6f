"""Orthogonalized momentum for matrices, Adam for the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch

from kerasish.optimizers.base.adam_kernel import adam_step
from kerasish.optimizers.base.batch import Batch, GradientList
from kerasish.optimizers.base.hyperparameters import Hyperparameter
from kerasish.optimizers.base.learning_rate import Rate, rounded
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.saving.registry import builtin


@builtin("keras.optimizers", "muon")
class Muon(Optimizer):
    """Momentum, turned into a nearly orthogonal matrix by the Newton-Schulz iteration.

    `m += g - (1 - momentum) * m`, then `w -= rate * NS(m) * sqrt(max(rows, columns)) * rms_rate`,
    for variables with two axes in Keras's layout. All others, those with `embedding` in their path
    and those excluded by name take Adam's step.

    See "Muon: An optimizer for hidden layers in neural networks",
    https://kellerjordan.github.io/posts/muon/, "Muon is Scalable for LLM Training",
    https://arxiv.org/abs/2502.16982, and https://keras.io/api/optimizers/muon/.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        adam_beta_1: Adam's decay of the average of gradients.
        adam_beta_2: Adam's decay of the average of squared gradients.
        adam_weight_decay: Weight decay of the variables that take Adam's step.
        epsilon: Keeps Adam's division finite.
        weight_decay: Weight decay of the matrices.
        clipnorm: See `Optimizer`, as for the options up to `name`.
        clipvalue: See `Optimizer`.
        global_clipnorm: See `Optimizer`.
        use_ema: See `Optimizer`.
        ema_momentum: See `Optimizer`.
        ema_overwrite_frequency: See `Optimizer`.
        loss_scale_factor: See `Optimizer`.
        gradient_accumulation_steps: See `Optimizer`.
        name: See `Optimizer`.
        exclude_layers: Regular expressions; variables whose path one is found in take Adam's step.
        exclude_embeddings: Whether embeddings take Adam's step.
        muon_a: First coefficient of the iteration.
        muon_b: Second coefficient of the iteration.
        muon_c: Third coefficient of the iteration.
        adam_lr_ratio: Factor of the learning rate for Adam's step.
        momentum: Decay of the momentum.
        ns_steps: Number of iterations.
        nesterov: Whether to look ahead along the momentum.
        rms_rate: Brings the size of a step near that of Adam's; None for no factor.
        **kwargs: Nothing more.
    """

    _decay_options = ("weight_decay", "adam_weight_decay")

    adam_beta_1 = Hyperparameter()
    adam_beta_2 = Hyperparameter()
    epsilon = Hyperparameter()
    muon_a = Hyperparameter()
    muon_b = Hyperparameter()
    muon_c = Hyperparameter()
    adam_lr_ratio = Hyperparameter()
    momentum = Hyperparameter()
    ns_steps = Hyperparameter()
    nesterov = Hyperparameter()
    adam_weight_decay = Hyperparameter()
    rms_rate = Hyperparameter()

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.775,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
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
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.epsilon = epsilon
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.exclude_embeddings = exclude_embeddings
        self.exclude_layers = exclude_layers or []
        self.adam_weight_decay = adam_weight_decay
        self.rms_rate = rms_rate

    def takes_adam(self, variable: TrainedVariable) -> bool:
        """Whether a variable takes Adam's step and not Muon's."""
        if len(variable.handle.shape) != 2:
            return True
        if self.exclude_embeddings and "embedding" in variable.path.lower():
            return True
        return any(re.search(keyword, variable.path) for keyword in self.exclude_layers)

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        for variable in variables:
            self._add_slots([variable], {"momentum": 0.0})
            if self.takes_adam(variable):
                self._add_slots([variable], {"velocity": 0.0})

    def _decay_of(self, variable: TrainedVariable, options: dict[str, Any]) -> float | None:
        return options["adam_weight_decay" if self.takes_adam(variable) else "weight_decay"]

    def update(self, batch: Batch) -> None:
        """Take a step."""
        adam: tuple[list, list] = ([], [])
        parts = GradientList(batch.variables, batch.gradients)
        momenta = parts.by_variable(batch.slot("momentum"))
        for variable, grads, momentum in zip(
            batch.variables, parts.by_variable(batch.gradients), momenta, strict=True
        ):
            if self.takes_adam(variable):
                adam[0].append(variable)
                adam[1].extend(grads)
            else:
                self._orthogonal_step(batch, variable, grads, momentum)
        if adam[0]:
            states = [self.state[p.parameter] for v in adam[0] for p in v.pieces]
            rows = batch.rows and [
                row
                for row, variable in zip(batch.rows, batch.variables, strict=True)
                if self.takes_adam(variable)
            ]
            rest = Batch(*adam, states, batch.options, batch.rate, batch.step, rows)
            options = batch.options
            adam_step(
                rest,
                batch.rate * options["adam_lr_ratio"],
                options["adam_beta_1"],
                options["adam_beta_2"],
                options["epsilon"],
            )

    def _orthogonal_step(
        self,
        batch: Batch,
        variable: TrainedVariable,
        grads: list[torch.Tensor],
        momentum: list[torch.Tensor],
    ) -> None:
        options, rate = batch.options, batch.rate
        torch._foreach_mul_(momentum, options["momentum"])
        torch._foreach_add_(momentum, grads)
        ahead = momentum
        if options["nesterov"]:
            ahead = list(torch._foreach_add(grads, momentum, alpha=options["momentum"]))
        update = self._orthogonalized(variable.to_keras(ahead), options)
        if options["rms_rate"] is not None:
            rate *= rounded(max(update.shape) ** 0.5) * options["rms_rate"]
        for piece, change in zip(variable.pieces, variable.to_torch(update), strict=True):
            piece.of(piece.parameter).sub_(change, alpha=rate)

    def _orthogonalized(self, x: torch.Tensor, options: dict[str, Any]) -> torch.Tensor:
        """Bring the singular values of a matrix near 1."""
        tall = x.shape[0] > x.shape[1]
        if tall:
            x = x.mT
        x = x / (torch.linalg.matrix_norm(x) + 1e-7)
        for _ in range(options["ns_steps"]):
            square = x @ x.mT
            polynomial = options["muon_b"] * square + options["muon_c"] * (square @ square)
            x = options["muon_a"] * x + polynomial @ x
        return x.mT if tall else x

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {
            "exclude_layers": self.exclude_layers,
            "exclude_embeddings": self.exclude_embeddings,
        }
