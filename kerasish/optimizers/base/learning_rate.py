"""The learning rate: a number, a schedule, or a function without arguments."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch

from kerasish import config
from kerasish.dtypes import torch_dtype
from kerasish.optimizers.base.slots import OptimizerVariable, OptionStorage
from kerasish.optimizers.schedules import LearningRateSchedule
from kerasish.rounding import round_to_float32

Rate = float | LearningRateSchedule | Callable[[], Any]


class LearningRates:
    """The part of an optimizer that knows its learning rate.

    A number lies in `param_groups` under `"lr"`, where torch's schedulers change it. A schedule of
    Keras, or a function, wins over it; the groups then show the rate of the last step.
    """

    name: str
    param_groups: list[dict[str, Any]]
    defaults: dict[str, Any]
    _steps_taken: int

    def _init_learning_rate(self, learning_rate: Any) -> float:
        """Note a schedule or function, and return the number for the groups.

        Raises:
            ValueError: If it is no learning rate.
        """
        self._schedule: Callable | None = None
        if callable(learning_rate):
            self._schedule = learning_rate
            return 0.0
        if not isinstance(learning_rate, float):
            raise ValueError(
                f"{type(self).__name__}: `learning_rate` has to be a float, a "
                "LearningRateSchedule, or a function without arguments. "
                f"Received: learning_rate={learning_rate!r}"
            )
        return learning_rate

    def _scheduled_rate(self) -> Any:
        assert self._schedule is not None
        if isinstance(self._schedule, LearningRateSchedule):
            return self._schedule(self._steps_taken)
        return self._schedule()

    def _rates(self) -> list[float]:
        """Return the learning rate of each group of parameters for the next step."""
        if self._schedule is not None:
            rate = rounded(self._scheduled_rate())
            for group in self.param_groups:
                group["lr"] = rate
            return [rate] * len(self.param_groups)
        return [rounded(group["lr"]) for group in self.param_groups]

    def _learning_rate_variable(self) -> OptimizerVariable:
        storage = OptionStorage(self, "lr", config.floatx())  # type: ignore[arg-type]
        return OptimizerVariable(storage, "learning_rate", f"{self.name}/learning_rate")

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the next step: a variable, or what the schedule gives.

        Set it to a number, for all groups of parameters, a schedule, or a function without
        arguments.
        """
        if self._schedule is None:
            return self._learning_rate_variable()
        return self._scheduled_rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value):
            self._schedule = value
            return
        if isinstance(self._schedule, LearningRateSchedule):
            raise TypeError(
                f"The learning rate of optimizer '{self.name}' ({type(self).__name__}) follows the "
                f"schedule {type(self._schedule).__name__}; it can be set to another schedule, "
                "and to a number only if the optimizer is made with a number. "
                f"Received: learning_rate={value!r}"
            )
        self._schedule = None
        self.defaults["lr"] = float(value)
        for group in self.param_groups:
            group["lr"] = float(value)

    @property
    def lr(self) -> Any:
        """Keras 2's name of `learning_rate`."""
        warnings.warn("`lr` is called learning_rate.", DeprecationWarning, stacklevel=2)
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        warnings.warn("`lr` is called learning_rate.", DeprecationWarning, stacklevel=2)
        self.learning_rate = value


def rounded(rate: Any) -> float:
    """Return a learning rate as the default float type has it, in which Keras keeps it."""
    if config.floatx() == "float64":
        return float(rate)
    if config.floatx() == "float32":
        return round_to_float32(float(rate))
    return torch.tensor(float(rate), dtype=torch_dtype(config.floatx())).item()
