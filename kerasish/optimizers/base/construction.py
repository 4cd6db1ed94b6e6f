"""The two ways to make an optimizer, Keras's and torch's, and Keras 2's names of arguments."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from kerasish.layers.base.variable import Variable
from kerasish.optimizers.schedules import InverseTimeDecay, LearningRateSchedule

# Arguments of Keras 2.11 to 2.15 that say how TensorFlow runs and not what is computed.
_WITHOUT_MEANING = ("jit_compile", "is_legacy_optimizer")


class ParametersFirst(type):
    """Lets parameters come first in a call of the class, as torch's optimizers take them.

    `Adam(1e-3)` has no variables until it is built; `Adam(model.parameters(), 1e-3)` has them.
    """

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an optimizer, and build it if parameters are given."""
        params = kwargs.pop("params", None)
        if params is None and args and _are_parameters(args[0]):
            params, *args = args  # type: ignore[assignment]
        if "lr" in kwargs or "decay" in kwargs:
            args, kwargs, new_form = modernized(cls, args, kwargs)
            if new_form is not None:
                warnings.warn(
                    f"{cls.__name__} takes `lr` and `decay` under their names of Keras 3: "
                    f"{cls.__name__}({new_form}).",
                    DeprecationWarning,
                    stacklevel=2,
                )
        optimizer = super().__call__(*args, **kwargs)
        if params is not None:
            optimizer._train(params)
        return optimizer

    @property
    def __signature__(cls) -> inspect.Signature:
        parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]
        return inspect.Signature(parameters)


def _are_parameters(value: Any) -> bool:
    if isinstance(value, nn.Module):
        return True
    single = (str, bytes, torch.Tensor, np.ndarray, Variable, Mapping)
    return isinstance(value, Iterable) and not isinstance(value, single)


def modernized(cls: Any, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict, str | None]:
    """Return a call's arguments with `lr` and `decay` of Keras 2 in Keras 3's form.

    Keras 2 divided the learning rate by `1 + decay * iterations`, which is `InverseTimeDecay`.

    Returns:
        The arguments by position and by name, and the new form as text; None for no change.

    Raises:
        ValueError: If the rate is given twice, or `decay` comes with a schedule.
    """
    known = inspect.signature(cls).parameters
    kwargs = dict(kwargs)
    rate: Any = kwargs.pop("lr") if "lr" in kwargs and "lr" not in known else None
    decay: Any = kwargs.pop("decay") if "decay" in kwargs and "decay" not in known else None
    if rate is None and decay is None:
        return args, kwargs, None
    new_rate = args[0] if args else kwargs.get("learning_rate")
    if rate is not None and new_rate is not None:
        raise ValueError(
            f"{cls.__name__} takes `learning_rate` or its old name `lr`, not both. "
            f"Received: learning_rate={new_rate}, lr={rate}"
        )
    if isinstance(rate, int):
        rate = float(rate)
    if rate is None:
        rate = new_rate if new_rate is not None else known["learning_rate"].default
    new_form = f"learning_rate={rate}"
    if decay:
        if isinstance(rate, LearningRateSchedule) or callable(rate):
            raise ValueError(
                f"{cls.__name__}: `decay` is for a fixed learning rate; a schedule decays by "
                f"itself. Received: decay={decay}, learning_rate={rate!r}"
            )
        new_form = f"learning_rate=schedules.InverseTimeDecay({rate}, 1, {decay})"
        rate = InverseTimeDecay(rate, 1, decay)
    if args:
        return (rate, *args[1:]), kwargs, new_form
    kwargs["learning_rate"] = rate
    return args, kwargs, new_form


def arguments_from_config(cls: Any, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the constructor's arguments for a config of Keras 3 or Keras 2."""
    kwargs = {name: value for name, value in config.items() if name not in _WITHOUT_MEANING}
    return modernized(cls, (), kwargs)[1]
