"""Several optimizers, each for its own variables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from kerasish.layers.base.naming import unique_name
from kerasish.optimizers.base.gradients import collected_gradients
from kerasish.optimizers.base.optimizer import Optimizer
from kerasish.optimizers.base.slots import OptimizerVariable, OptionStorage, PlaceholderStorage
from kerasish.optimizers.base.trained_variable import trained_variable, trained_variables
from kerasish.optimizers.optimizer_map import check_single
from kerasish.saving.registry import (
    builtin,
    deserialize_keras_object,
    serialize_keras_object,
)


@builtin("keras.optimizers", "multioptimizer")
class MultiOptimizer(Optimizer):
    """Hands each variable to one of several optimizers.

    Rates, decay and limits are those of the inner optimizers; a norm of all gradients is that of
    an inner optimizer's variables.

    Example:
        >>> optimizer = MultiOptimizer(OptimizerMap(SGD(0.1), {"encoder/.*": Adam(1e-3)}))

    Args:
        optimizer_map: An `OptimizerMap`, or a function from a variable to its optimizer.
        loss_scale_factor: Factor of the loss, which the inner optimizers take off the gradients.
        name: Name; `multi_optimizer` by default.

    See https://keras.io/api/optimizers/multi_optimizer/.
    """

    def __init__(
        self,
        optimizer_map: Callable[[Any], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        self.name = name if name is not None else unique_name(type(self).__name__)
        self._optimizer_map = optimizer_map
        self._inner: list[Optimizer] = []
        self._scale_factor = loss_scale_factor
        self._of: dict[tuple, int] = {}
        self._order: list[Any] = []
        self._count = {"iterations": 0}
        self.built = False
        inner: list[Any] = (
            list(optimizer_map.values()) if isinstance(optimizer_map, Mapping) else []
        )
        default = getattr(optimizer_map, "default_optimizer", None)
        for optimizer in [*inner, *([] if default is None else [default])]:
            self._number_of(optimizer)
        torch.optim.Optimizer.__setstate__(self, {"defaults": {}})

    def _number_of(self, optimizer: Any) -> int:
        check_single(optimizer)
        for number, known in enumerate(self._inner):
            if known is optimizer:
                return number
        optimizer.loss_scale_factor = self._scale_factor
        self._inner.append(optimizer)
        return len(self._inner) - 1

    @property
    def optimizers(self) -> list[Optimizer]:
        """The inner optimizers."""
        return self._inner

    # What torch asks for

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The groups of all inner optimizers."""
        return [group for optimizer in self._inner for group in optimizer.param_groups]

    @property
    def state(self) -> Any:  # type: ignore[override]
        """The state of all inner optimizers."""
        merged: defaultdict = defaultdict(dict)
        for optimizer in self._inner:
            merged.update(optimizer.state)
        return merged

    def state_dict(self) -> dict[str, Any]:
        """Return the inner optimizers' states, and the number of steps."""
        inner = [optimizer.state_dict() if optimizer.built else None for optimizer in self._inner]
        return {"iterations": self._count["iterations"], "optimizers": inner}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Read what `state_dict()` gave.

        Raises:
            ValueError: If the optimizers inside are not as many.
        """
        saved = state_dict["optimizers"]
        if len(saved) != len(self._inner):
            raise ValueError(
                f"Optimizer '{self.name}' (MultiOptimizer) has {len(self._inner)} optimizers "
                f"inside. Received: the state of {len(saved)}"
            )
        for optimizer, state in zip(self._inner, saved, strict=True):
            if state is not None:
                optimizer.load_state_dict(state)
        self._count["iterations"] = state_dict["iterations"]

    def __setstate__(self, state: dict[str, Any]) -> None:
        torch.optim.Optimizer.__setstate__(self, state)
        self._of = {v.key: number for v, number in self._order}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Refused: a variable is added to the optimizer that is to train it."""
        raise ValueError(
            "MultiOptimizer has no groups of its own; add one to an optimizer inside, before "
            "build(). Received: add_param_group(...)"
        )

    # Variables

    def build(self, variables: Iterable[Any]) -> None:
        """Hand each variable to its optimizer; see `Optimizer.build`."""
        if self.built:
            return
        shares: list[list[Any]] = [[] for _ in self._inner]
        for variable in trained_variables(variables):
            number = self._number_of(self._optimizer_map(variable.handle))
            if number == len(shares):
                shares.append([])
            shares[number].append(variable.handle)
            self._of[variable.key] = number
            self._order.append((variable, number))
        for optimizer, share in zip(self._inner, shares, strict=True):
            if share:
                optimizer.build(share)
        self.built = True

    def _train(self, params: Any) -> None:
        self.build([params] if isinstance(params, torch.nn.Module) else list(params))

    @property
    def variables(self) -> list[OptimizerVariable]:
        """All that is remembered, in Keras's order: as it is numbered in Keras's files."""
        rate = OptimizerVariable(
            PlaceholderStorage("float32"), "learning_rate", f"{self.name}/learning_rate"
        )
        inner = [variable for optimizer in self._inner for variable in optimizer.variables]
        return [self.iterations, rate, *inner]

    @property
    def iterations(self) -> Any:
        """Number of steps."""
        storage = OptionStorage(_Counter([self._count]), "iterations", "int64")  # type: ignore[arg-type]
        return OptimizerVariable(storage, "iteration", f"{self.name}/iteration")

    @property
    def learning_rate(self) -> Any:
        """Refused: each optimizer inside has its own.

        Raises:
            AttributeError: Always.
        """
        raise AttributeError(
            "MultiOptimizer has no learning rate of its own; those inside have, see `.optimizers`. "
            "Received: .learning_rate"
        )

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(
            "MultiOptimizer has no learning rate of its own; set those of `.optimizers`. "
            f"Received: learning_rate={value!r}"
        )

    @property
    def loss_scale_factor(self) -> float | None:  # type: ignore[override]
        """Factor of the loss, also of the optimizers inside."""
        return self._scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, value: float | None) -> None:
        self._scale_factor = value
        for optimizer in self._inner:
            optimizer.loss_scale_factor = value

    # Applying gradients

    def apply(self, grads: Iterable[Any], trainable_variables: Iterable[Any] | None = None) -> None:
        """Update variables by their gradients; see `Optimizer.apply`."""
        grads = list(grads)
        if not grads:
            return
        if trainable_variables is not None:
            trainable_variables = list(trainable_variables)
            self.build(trainable_variables)
        elif not self.built:
            raise ValueError(
                f"Optimizer '{self.name}' (MultiOptimizer) has no variables yet; call "
                "build(trainable_variables) first, or give the variables with the gradients. "
                f"Received: {len(grads)} gradients without variables"
            )
        else:
            trainable_variables = [variable.handle for variable, _ in self._order]
        if len(grads) != len(self._order) or len(trainable_variables) != len(self._order):
            raise ValueError(
                f"Optimizer '{self.name}' (MultiOptimizer) needs a gradient, or None, for each of "
                f"{len(self._order)} variables. Received: {len(grads)} gradients and "
                f"{len(trainable_variables)} variables"
            )
        pairs = zip(self._numbers(trainable_variables), grads, trainable_variables, strict=True)
        shares: list[tuple[list, list]] = [([], []) for _ in self._inner]
        for number, grad, variable in pairs:
            shares[number][0].append(grad)
            shares[number][1].append(variable)
        for optimizer, share in zip(self._inner, shares, strict=True):
            if share[0]:
                optimizer.apply(*share)
        self._count["iterations"] += 1

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> Any:
        """Update variables by pairs of gradient and variable, and return `iterations`."""
        super_pairs = list(grads_and_vars)
        self.apply([grad for grad, _ in super_pairs], [variable for _, variable in super_pairs])
        return self.iterations

    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Update by the gradients in the parameters' `.grad`."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        if not self.built:
            raise RuntimeError(
                f"Optimizer '{self.name}' (MultiOptimizer) has no variables yet; call "
                "build(model). Received: step()"
            )
        found = [collected_gradients(one) if one.built else None for one in self._inner]
        for optimizer, grads in zip(self._inner, found, strict=True):
            if grads is not None and grads.variables:
                optimizer._apply(grads)
        if any(grads is not None and grads.variables for grads in found):
            self._count["iterations"] += 1
        return loss

    def _numbers(self, items: Iterable[Any]) -> list[int]:
        """Return which optimizer trains each of some variables.

        Raises:
            ValueError: If none trains one.
        """
        found = []
        for item in items:
            variable = trained_variable(item)
            if variable.key not in self._of:
                raise ValueError(
                    f"Optimizer '{self.name}' (MultiOptimizer) was built on other variables. "
                    f"Received: '{variable.path}' of shape {variable.handle.shape}"
                )
            found.append(self._of[variable.key])
        return found

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Leave variables out of the weight decay of the optimizers inside."""
        for optimizer in self._inner:
            optimizer.exclude_from_weight_decay(var_list, var_names)

    def finalize_variable_values(self, var_list: Iterable[Any]) -> None:
        """Write averages into the variables whose optimizer keeps one."""
        items = list(var_list)
        numbers = self._numbers(items)
        for number, optimizer in enumerate(self._inner):
            own = [item for item, of in zip(items, numbers, strict=True) if of == number]
            if own:
                optimizer.finalize_variable_values(own)

    # Configs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "optimizer_map": serialize_keras_object(self._optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """Make an optimizer from what `get_config` gave."""
        arguments = dict(config)
        arguments["optimizer_map"] = deserialize_keras_object(
            arguments["optimizer_map"], custom_objects
        )
        return cls(**arguments)


class _Counter:
    """Stands for an optimizer whose only option is the number of steps."""

    def __init__(self, param_groups: list[dict[str, Any]]) -> None:
        self.param_groups = param_groups
