"""Scaling of the loss, so that small gradients of half-precision numbers do not vanish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from kerasish.layers.base.naming import unique_name
from kerasish.optimizers.base.batch import GradientList
from kerasish.optimizers.base.gradients import collected_gradients
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.slots import OptimizerVariable, OptionStorage, PlaceholderStorage
from kerasish.saving.registry import (
    builtin,
    deserialize_keras_object,
    serialize_keras_object,
)

# Arguments of every optimizer that belong to the inner one here, with their defaults.
_OF_INNER: dict[str, Any] = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


@builtin("keras.optimizers", "lossscaleoptimizer", "keras.mixed_precision.LossScaleOptimizer")
class LossScaleOptimizer(Optimizer):
    """Scales the loss up and the gradients down, by a factor that follows the gradients.

    A step whose gradients are not all finite is left out, and halves the factor; after
    `dynamic_growth_steps` finite steps in a row the factor is doubled.

    Example:
        >>> optimizer = LossScaleOptimizer(Adam(1e-3))
        >>> optimizer.build(model)
        >>> optimizer.scale_loss(loss).backward()
        >>> optimizer.step()

    See https://keras.io/api/optimizers/loss_scale_optimizer/.

    Args:
        inner_optimizer: The optimizer that takes the steps.
        initial_scale: The factor at the start.
        dynamic_growth_steps: Number of finite steps after which the factor is doubled.
        name: Name; `loss_scale_optimizer` by default.
        **kwargs: Nothing; options of every optimizer belong to the inner one.

    Raises:
        ValueError: For an argument that belongs to the inner optimizer, or is unknown.
        TypeError: If `inner_optimizer` is no optimizer of this package.
    """

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if not kwargs.pop("dynamic", True):
            raise ValueError(
                "LossScaleOptimizer has no fixed scale; set `loss_scale_factor` of the inner "
                "optimizer. Received: dynamic=False"
            )
        for argument, default in _OF_INNER.items():
            value = kwargs.pop(argument, default)
            if value != default:
                raise ValueError(
                    f"LossScaleOptimizer does not take `{argument}`; set it on the inner "
                    f"optimizer. Received: {argument}={value!r}"
                )
        if kwargs:
            raise ValueError(
                f"LossScaleOptimizer does not know these arguments. Received: {kwargs}"
            )
        if not isinstance(inner_optimizer, Optimizer):
            raise TypeError(
                "LossScaleOptimizer takes an optimizer of kerasish.optimizers; use "
                "torch.amp.GradScaler with those of torch. "
                f"Received: inner_optimizer={inner_optimizer!r}"
            )
        self.inner_optimizer = inner_optimizer
        self.name = name if name is not None else unique_name(type(self).__name__)
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        inner_optimizer.loss_scale_factor = None
        # Groups and state are the inner optimizer's, so torch's own constructor is left out.
        torch.optim.Optimizer.__setstate__(self, {"defaults": inner_optimizer.defaults})

    # What torch asks for

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The inner optimizer's groups; the first also holds the scale."""
        return self.inner_optimizer.param_groups

    @param_groups.setter
    def param_groups(self, value: list[dict[str, Any]]) -> None:
        self.inner_optimizer.param_groups = value

    @property
    def state(self) -> Any:  # type: ignore[override]
        """The inner optimizer's state."""
        return self.inner_optimizer.state

    @state.setter
    def state(self, value: Any) -> None:
        self.inner_optimizer.state = value

    def __setstate__(self, state: dict[str, Any]) -> None:
        own = dict(state)
        inner: dict[str, Any] = {
            name: own.pop(name) for name in ("state", "param_groups") if name in own
        }
        torch.optim.Optimizer.__setstate__(self, own)
        if inner:
            self.inner_optimizer.__setstate__(inner)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Train further variables with the inner optimizer."""
        self.inner_optimizer.add_param_group(param_group)

    # Variables

    @property
    def built(self) -> bool:  # type: ignore[override]
        """Whether the optimizer has its variables."""
        return self.inner_optimizer.built and "dynamic_scale" in self.param_groups[0]

    def build(self, variables: Iterable[Any]) -> None:
        """Take variables to train; see `Optimizer.build`."""
        if self.built:
            return
        self.inner_optimizer.build(variables)
        self._start_scaling()

    def _train(self, params: Any) -> None:
        self.inner_optimizer._train(params)
        self._start_scaling()

    def _start_scaling(self) -> None:
        self.param_groups[0]["step_counter"] = 0
        self.param_groups[0]["dynamic_scale"] = float(self.initial_scale)

    def _indices(self, items: Iterable[Any]) -> list[int]:
        return self.inner_optimizer._indices(items)

    @property
    def step_counter(self) -> OptimizerVariable:
        """Number of finite steps since the scale last changed."""
        return self._scaling_variable("step_counter", "int64")

    @property
    def dynamic_scale(self) -> OptimizerVariable:
        """The factor of the loss."""
        return self._scaling_variable("dynamic_scale", "float32")

    def _scaling_variable(self, option: str, dtype: str) -> OptimizerVariable:
        return OptimizerVariable(
            OptionStorage(self, option, dtype), option, f"{self.name}/{option}"
        )

    @property
    def variables(self) -> list[OptimizerVariable]:
        """All that is remembered, in Keras's order: as it is numbered in Keras's files."""
        # Keras gives the wrapper a counter and a rate of its own, which stay zero.
        unused = [
            OptimizerVariable(PlaceholderStorage(dtype), name, f"{self.name}/{name}")
            for name, dtype in (("iteration", "int64"), ("learning_rate", "float32"))
        ]
        own = [self.step_counter, self.dynamic_scale] if self.built else []
        return [*unused, *own, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        """Number of updates of the inner optimizer."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's learning rate."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    # Applying gradients

    def apply(self, grads: Iterable[Any], trainable_variables: Iterable[Any] | None = None) -> None:
        """Update variables by gradients of the scaled loss; see `Optimizer.apply`."""
        grads = [grad if grad is None else torch.as_tensor(grad) for grad in grads]
        if not grads:
            return
        if trainable_variables is not None:
            trainable_variables = list(trainable_variables)
            self.build(trainable_variables)
        elif not self.built:
            raise ValueError(
                f"Optimizer '{self.name}' (LossScaleOptimizer) has no variables yet; call "
                "build(trainable_variables) first, or give the variables with the gradients. "
                f"Received: {len(grads)} gradients without variables"
            )
        if self._all_finite([grad for grad in grads if grad is not None]):
            scale = self._scale
            unscaled = [grad if grad is None else grad / scale for grad in grads]
            self.inner_optimizer.apply(unscaled, trainable_variables)
            self._after_finite_step()
        else:
            self._after_overflow()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Update by the gradients of the scaled loss in the parameters' `.grad`."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        if not self.built and self.inner_optimizer.built:
            self._start_scaling()
        found = collected_gradients(self.inner_optimizer)
        if not found.variables:
            return loss
        if self._all_finite(found.gradients):
            unscaled = list(torch._foreach_div(found.gradients, self._scale))
            self.inner_optimizer._apply(GradientList(found.variables, unscaled))
            self._after_finite_step()
        else:
            self._after_overflow()
        return loss

    @property
    def _scale(self) -> float:
        return self.param_groups[0]["dynamic_scale"]

    def _all_finite(self, grads: list[torch.Tensor]) -> bool:
        if not grads:
            return True
        device = grads[0].device
        return bool(torch.stack([torch.isfinite(g).all().to(device) for g in grads]).all())

    def _after_finite_step(self) -> None:
        group = self.param_groups[0]
        if group["step_counter"] == self.dynamic_growth_steps - 1:
            group["step_counter"] = 0
            group["dynamic_scale"] *= 2.0
        else:
            group["step_counter"] += 1

    def _after_overflow(self) -> None:
        group = self.param_groups[0]
        group["step_counter"] = 0
        group["dynamic_scale"] *= 0.5

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times the scale, for `backward()`."""
        return loss * (self._scale if self.built else self.initial_scale)

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Leave variables out of the inner optimizer's weight decay."""
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def finalize_variable_values(self, var_list: Iterable[Any]) -> None:
        """Write the inner optimizer's averages into the variables if it keeps them."""
        self.inner_optimizer.finalize_variable_values(var_list)

    # Configs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "name": self.name,
            "inner_optimizer": serialize_keras_object(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """Make an optimizer from what `get_config` gave."""
        arguments = dict(config)
        inner = deserialize_keras_object(
            arguments.pop("inner_optimizer"), custom_objects, default_module="keras.optimizers"
        )
        return cls(inner, **arguments)
