"""The base of all optimizers: a `torch.optim.Optimizer` with the life cycle of Keras's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from kerasish.layers.base.naming import unique_name
from kerasish.layers.base.variable import Variable
from kerasish.optimizers.base import clipping
from kerasish.optimizers.base.batch import Batch, GradientList
from kerasish.optimizers.base.checks import check_options
from kerasish.optimizers.base.construction import ParametersFirst, arguments_from_config
from kerasish.optimizers.base.gradient_accumulation import ACCUMULATOR
from kerasish.optimizers.base.gradients import collected_gradients, given_gradients
from kerasish.optimizers.base.hyperparameters import hyperparameter_names
from kerasish.optimizers.base.learning_rate import LearningRates, Rate, rounded
from kerasish.optimizers.base.lookups import RowGradients
from kerasish.optimizers.base.moving_average import AVERAGE, MovingAverage
from kerasish.optimizers.base.trained_variable import TrainedVariable
from kerasish.optimizers.base.weight_decay import DecayExclusions, WeightDecay
from kerasish.saving.registry import (
    builtin,
    deserialize_keras_object,
    serialize_keras_object,
)


@builtin("keras.optimizers", "keras.optimizers.legacy.Optimizer")
class Optimizer(
    LearningRates,
    WeightDecay,
    MovingAverage,
    torch.optim.Optimizer,
    metaclass=ParametersFirst,
):
    """A `torch.optim.Optimizer` that is made, asked and applied as `keras.optimizers.Optimizer`.

    Made as in Keras, `Adam(1e-3)`, it gets its variables by `build(variables)` or by the first
    `apply(gradients, variables)`. Made as in torch, `Adam(model.parameters(), 1e-3)`, it has
    them at once. Either way `step()` takes the gradients that `backward()` left.

    Given a layer or model of this package, or its `trainable_variables`, it trains Keras's
    variables, so that norms are those of Keras's weights. A parameter given by itself is a
    variable in torch's layout.

    To write a rule of your own, override `build(variables)`, `update_step(gradient, variable,
    learning_rate)` and `get_config()`, as in Keras, with functions of torch.

    Args:
        learning_rate: A float, a schedule, or a function without arguments.
        weight_decay: Part of each weight, times the learning rate, that is taken off in each step.
        clipnorm: Largest L2 norm of the gradient of a variable.
        clipvalue: Largest absolute value in a gradient.
        global_clipnorm: Largest L2 norm of all gradients together.
        use_ema: Whether an exponential moving average of the weights is kept.
        ema_momentum: Weight of the old average when a new value comes in.
        ema_overwrite_frequency: Number of steps after which the average is written into the
            weights; None for only at the end, by `finalize_variable_values`.
        loss_scale_factor: Factor of the loss (see `scale_loss`), taken off the gradients.
        gradient_accumulation_steps: Number of steps whose gradients are averaged for one update.
        name: Name; `adam`, `adam_1`, ... by default.
        **kwargs: Nothing. `lr` and `decay`, as Keras 2 took them, are translated before.

    Raises:
        ValueError: For an unknown argument, or a value that is not allowed.

    See https://keras.io/api/optimizers/.
    """

    def __init__(
        self,
        learning_rate: Rate,
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
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        check_options(self, kwargs)
        self.name = name if name is not None else unique_name(type(self).__name__)
        self.built = False
        self._exclusions = DecayExclusions()
        self._init_memory()
        rate = self._init_learning_rate(learning_rate)
        defaults = {"lr": rate, "weight_decay": weight_decay, "iterations": 0}
        super().__init__([{"params": []}], defaults)

    # Variables

    def build(self, variables: Iterable[Any]) -> None:
        """Take variables to train, and make what is remembered of each.

        Args:
            variables: `Variable`s, torch parameters and modules, or a single module.
        """
        if self.built:
            return
        if not self._trained:
            self._register(variables)
        self._create_all_slots(self._trained)
        self.built = True

    def _create_all_slots(self, variables: list[TrainedVariable]) -> None:
        if self.use_ema:
            self._add_slots(variables, {AVERAGE: 0.0})
        if self.gradient_accumulation_steps:
            self._add_slots(variables, {ACCUMULATOR: 0.0})
        self._create_slots(variables)

    def _create_slots(self, variables: list[TrainedVariable]) -> None:
        """Make what the rule remembers of variables; rules of this package override it."""

    def _add_to_built(self, variables: list[TrainedVariable]) -> None:
        if type(self).build is not Optimizer.build:
            raise ValueError(
                f"{type(self).__name__} has its own build(), so all its variables have to be given "
                f"at once. Received: {[variable.path for variable in variables]} after it was built"
            )
        self._create_all_slots(variables)

    def _train(self, params: Any) -> None:
        """Build on what torch calls `params`: also dictionaries with options of a group."""
        if not isinstance(params, torch.nn.Module):
            params = list(params)
            if not params:
                raise ValueError(f"{type(self).__name__} got no parameters. Received: []")
            if isinstance(params[0], Mapping):
                self.param_groups.clear()
                for group in params:
                    self.add_param_group(dict(group))
        if not self._trained:
            self._register(params)
        self.build([variable.handle for variable in self._trained])

    # Applying gradients

    def apply(self, grads: Iterable[Any], trainable_variables: Iterable[Any] | None = None) -> None:
        """Update variables by their gradients.

        Args:
            grads: A gradient for each variable, in the variable's own layout; None for none.
            trainable_variables: The variables; by default those that the optimizer is built on.
                The first call builds it.

        Raises:
            ValueError: If a variable is unknown, no gradient is given, or a shape does not fit.
        """
        grads = list(grads)
        if not grads:
            return
        if trainable_variables is not None:
            trainable_variables = list(trainable_variables)
            if not self.built:
                self.build(trainable_variables)
        found = given_gradients(self, grads, trainable_variables)
        self._apply(found)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> Any:
        """Update variables by pairs of gradient and variable, and return `iterations`."""
        pairs = list(grads_and_vars)
        self.apply([grad for grad, _ in pairs], [variable for _, variable in pairs])
        return self._iterations_variable()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Update by the gradients in the parameters' `.grad`, as torch's optimizers do.

        Variables without a gradient are left alone; without any gradient nothing is done.

        Args:
            closure: Computes the loss and its gradients.

        Returns:
            The loss if `closure` is given.

        Raises:
            RuntimeError: If the optimizer has no variables yet.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        found = collected_gradients(self)
        if found.variables:
            self._apply(found)
        return loss

    @torch.no_grad()
    def _apply(self, grads: GradientList) -> None:
        if self.loss_scale_factor is not None:
            grads.divide(self.loss_scale_factor)
        if not self.gradient_accumulation_steps:
            self._update(grads)
        elif self._accumulated(grads):
            self._update(grads)
            torch._foreach_zero_(self._all_pieces(ACCUMULATOR))
        if self.use_ema:
            self._average()
        for variable in grads.variables if self._any_constraint else ():
            if variable.constraint is not None:
                variable.handle.assign(variable.constraint(variable.handle.value))
        self._steps_taken += 1

    def _update(self, grads: GradientList) -> None:
        limits = (self.clipnorm, self.clipvalue, self.global_clipnorm)
        grads.gradients = clipping.clipped(grads, *limits)
        rates = self._rates()
        self._decay(grads.variables, rates)
        for batch in self._batches(grads, rates):
            self.update(batch)

    def _batches(self, grads: GradientList, rates: list[float]) -> list[Batch]:
        """Sort by group, type and device."""
        alike = len({(g.dtype, g.device) for g in grads.gradients}) == 1 and not grads.rows
        if len(rates) == 1 and alike:
            return [self._batch(grads.variables, grads.gradients, 0, rates[0])]
        found: dict[tuple, tuple[list[TrainedVariable], list[torch.Tensor]]] = {}
        parts = grads.by_variable(grads.gradients)
        for variable, gradients in zip(grads.variables, parts, strict=True):
            rows = grads.rows.get(id(variable))
            kind = (gradients[0].dtype, gradients[0].device, rows is not None)
            key = (self._group_of(variable), *kind)
            variables, together = found.setdefault(key, ([], []))
            variables.append(variable)
            together.extend(gradients)
        return [
            self._batch(
                variables,
                gradients,
                group,
                rates[group],
                [grads.rows[id(variable)] for variable in variables] if by_rows else None,
            )
            for (group, _, _, by_rows), (variables, gradients) in found.items()
        ]

    def _batch(
        self,
        variables: list[TrainedVariable],
        gradients: list[torch.Tensor],
        group: int,
        rate: float,
        rows: list[RowGradients] | None = None,
    ) -> Batch:
        states = [self.state[piece.parameter] for v in variables for piece in v.pieces]
        options = self.param_groups[group]
        return Batch(variables, gradients, states, options, rate, self._updates_done + 1, rows)

    def update(self, batch: Batch) -> None:
        """Update many variables at once, in torch's layout; by default one after the other."""
        for variable, gradients in zip(
            batch.variables,
            GradientList(batch.variables, batch.gradients).by_variable(batch.gradients),
            strict=True,
        ):
            self.update_step(variable.to_keras(gradients), variable.handle, batch.rate)

    def update_step(self, gradient: torch.Tensor, variable: Variable, learning_rate: float) -> None:
        """Update one variable, in Keras's layout; rules of your own override it."""
        raise NotImplementedError(
            f"The optimizer {type(self).__name__} has to override "
            "update_step(self, gradient, variable, learning_rate). Received: a call"
        )

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times `loss_scale_factor`, for `backward()`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # Configs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        if self._schedule is None:
            rate = rounded(self.param_groups[0]["lr"])
        else:
            rate = serialize_keras_object(self._schedule)
        config = {
            "name": self.name,
            "learning_rate": rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }
        names = hyperparameter_names(type(self))
        return config | {name: getattr(self, name) for name in names if name not in config}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """Make an optimizer from what `get_config` gave, here, in Keras 3 or in Keras 2."""
        arguments = dict(config)
        if isinstance(arguments.get("learning_rate"), Mapping):
            arguments["learning_rate"] = deserialize_keras_object(
                arguments["learning_rate"],
                custom_objects,
                default_module="keras.optimizers.schedules",
            )
        return cls(**arguments_from_config(cls, arguments))
