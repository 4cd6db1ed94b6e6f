"""The base of learning rates that change from step to step."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import config
from kerasish.dtypes import torch_dtype
from kerasish.saving.registry import builtin


@builtin("keras.optimizers.schedules")
class LearningRateSchedule:
    """A callable from the number of steps taken to the learning rate.

    Subclass it with `__call__(self, step)`, which returns a number or tensor, and `get_config`.
    Those of Keras compute in the default float type, and take an array of steps too.

    See https://keras.io/api/optimizers/learning_rate_schedules/.
    """

    name: str | None = None

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` steps.

        Raises:
            NotImplementedError: If the subclass does not override it.
        """
        raise NotImplementedError(
            f"The schedule {type(self).__name__} has to override __call__(self, step). "
            f"Received: a call with step={step!r}"
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments.

        Raises:
            NotImplementedError: If the subclass does not override it.
        """
        raise NotImplementedError(
            f"The schedule {type(self).__name__} has to override get_config() to be saved. "
            "Received: get_config()"
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a schedule from what `get_config` gave."""
        return cls(**config)


def as_rate(value: Any) -> torch.Tensor:
    """Return a number, array or tensor as a tensor of the default float type.

    The arithmetic of a schedule is done in that type, as on TensorFlow.
    """
    if not isinstance(value, torch.Tensor) and hasattr(value, "value"):
        value = value.value
    return torch.as_tensor(value, dtype=torch_dtype(config.floatx()))


def check_steps(schedule: str, argument: str, steps: float) -> None:
    """Refuse a length of decay that is not positive.

    Raises:
        ValueError: If it is zero or less.
    """
    if steps <= 0:
        raise ValueError(f"{schedule}: `{argument}` must be > 0. Received: {argument}={steps}")
