"""Arguments that the recurrent layers and their cells share: reading, checking, giving back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.random import SeedGenerator


class RecurrentConfig(Layer):
    """The part of a recurrent layer or cell that holds its arguments."""

    units: int
    activation: Callable
    use_bias: bool
    dropout: float
    recurrent_dropout: float
    implementation: int
    # Whether Keras makes the seed generator before the initializers. Each takes a number from
    # Python's `random` if it has no seed, so that the order decides on the weights.
    _seed_comes_first = False
    _size_argument = "units"
    _drops_states_by_gate = False

    def _take_arguments(self, given: Mapping[str, Any], implementation: Any = 2) -> None:
        """Check and store the arguments.

        Args:
            given: Values by name, all of `arguments` among them.
            implementation: Keras's choice of how to compute, which changes no result.

        Raises:
            ValueError: If a value is not one that the argument takes.
        """
        if self._seed_comes_first:
            self.seed_generator = SeedGenerator(given["seed"])
        self._read_arguments(given)
        size = self._checked_size(self._size_argument, given[self._size_argument])
        setattr(self, self._size_argument, size)
        for name in ("dropout", "recurrent_dropout"):
            rate = getattr(self, name)
            if not isinstance(rate, (int, float)) or isinstance(rate, bool):
                self._refuse(name, rate, "a number from 0 to 1")
            # Keras takes any number and keeps it between 0 and 1.
            setattr(self, name, min(1.0, max(0.0, float(rate))))
        if implementation not in (0, 1, 2):
            self._refuse("implementation", implementation, "0, 1 or 2")
        # Keras takes implementation 1, with a dropout mask for each gate, where states are dropped.
        by_gate = self._drops_states_by_gate and self.recurrent_dropout > 0
        self.implementation = 1 if by_gate else implementation
        if not self._seed_comes_first:
            self.seed_generator = SeedGenerator(given["seed"])

    def _seed_generators(self) -> Iterator[tuple[str, SeedGenerator]]:
        # Every recurrent layer has one; most never draw from it.
        return super()._seed_generators() if self.dropout or self.recurrent_dropout else iter(())
