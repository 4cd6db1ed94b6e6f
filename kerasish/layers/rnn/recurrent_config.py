"""Arguments that the recurrent layers and their cells share: reading, checking, giving back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from kerasish.random import SeedGenerator

from kerasish import activations, constraints, initializers, regularizers
from kerasish.layers.base.layer import Layer

_READERS: dict[str, Callable] = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}
_WRITERS: dict[str, Callable] = {
    "activation": activations.serialize,
    "initializer": initializers.serialize,
    "regularizer": regularizers.serialize,
    "constraint": constraints.serialize,
}


class RecurrentConfig(Layer):
    """The part of a recurrent layer or cell that holds its arguments.

    A subclass lists the arguments in `arguments`, in the order of its configuration; an argument
    whose name ends in `activation`, `initializer`, `regularizer` or `constraint` is read and
    written as one.
    """

    arguments: ClassVar[tuple[str, ...]]
    units: int
    activation: Callable
    use_bias: bool
    dropout: float
    recurrent_dropout: float
    implementation: int

    def _take_arguments(self, given: Mapping[str, Any], implementation: Any = 2) -> None:
        """Check and store the arguments.

        Args:
            given: Values by name, all of `arguments` among them.
            implementation: Keras's choice of how to compute, which changes no result.

        Raises:
            ValueError: If a value is not one that the argument takes.
        """
        for name in self.arguments:
            reader = _READERS.get(name.rpartition("_")[2])
            setattr(self, name, reader(given[name]) if reader else given[name])
        self.units = checked_size(self, "units", given["units"])
        for name in ("dropout", "recurrent_dropout"):
            rate = getattr(self, name)
            if not isinstance(rate, (int, float)) or isinstance(rate, bool):
                self._refuse(name, rate, "a number from 0 to 1")
            # Keras takes any number and keeps it between 0 and 1.
            setattr(self, name, min(1.0, max(0.0, float(rate))))
        if implementation not in (0, 1, 2):
            self._refuse("implementation", implementation, "0, 1 or 2")
        self.implementation = implementation
        self.seed_generator = SeedGenerator(given["seed"])

    def _refuse(self, argument: str, value: Any, expected: str) -> None:
        raise ValueError(
            f"Layer '{self.name}' ({type(self).__name__}) takes {expected} as `{argument}`. "
            f"Received: {argument}={value!r}"
        )

    def _arguments_config(self) -> dict[str, Any]:
        config = {}
        for name in self.arguments:
            writer = _WRITERS.get(name.rpartition("_")[2])
            value = getattr(self, name)
            config[name] = writer(value) if writer else value
        return config


def checked_size(layer: Layer, argument: str, value: Any) -> int:
    """Return a positive whole number given as an argument.

    Raises:
        ValueError: If it is none.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() <= 0:
        raise ValueError(
            f"Layer '{layer.name}' ({type(layer).__name__}) takes a positive integer as "
            f"`{argument}`. Received: {argument}={value!r}"
        )
    return value.__index__()
