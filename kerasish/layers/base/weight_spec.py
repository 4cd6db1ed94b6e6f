"""A single weight: what Keras knows of it, and the parameter that `add_weight` makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn


@dataclass(eq=False)
class WeightSpec:
    """What Keras knows of a weight besides its values.

    Attributes:
        name: Keras's name, such as `"kernel"`.
        regularizer: A penalty added to the loss, or None.
        constraint: A projection applied after each training step, or None.
        trainable: Whether the weight was made to be trained.
        attribute: Dotted name of the tensor that holds the values as they are, or None where the
            values lie in a torch module's own layout and are found through the layer's `layout`.
    """

    name: str
    regularizer: Callable | None = None
    constraint: Callable | None = None
    trainable: bool = True
    attribute: str | None = None


class Weight(nn.Parameter):
    """A parameter made by `add_weight` or `Variable`, with the methods that Keras code calls."""

    def describe(self, path: str, trainable: bool) -> None:
        """Note what Keras knows of a variable besides its values."""
        self.__dict__.update(_path=path, _wants_training=trainable)

    @property
    def name(self) -> str:  # type: ignore[override]
        """Keras's name, `"variable"` where none was given."""
        return self.path.rpartition("/")[2]

    @property
    def path(self) -> str:
        """The name, with those of the scopes in which the variable was made before it."""
        return self.__dict__.get("_path", "variable")

    @property
    def trainable(self) -> bool:
        """Whether training changes the variable; may be set."""
        return self.__dict__.get("_wants_training", self.requires_grad)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.__dict__["_wants_training"] = bool(value)
        self.requires_grad_(bool(value) and self.dtype.is_floating_point)

    def numpy(self, *, force: bool = True) -> np.ndarray:  # type: ignore[override]
        """Return a copy of the values as a NumPy array.

        Args:
            force: Whether to take them from their graph and device, as torch asks; it always is.
        """
        return self.detach().cpu().numpy().copy()

    def assign(self, value: Any) -> Weight:
        """Write the values in place."""
        with torch.no_grad():
            given = getattr(value, "value", value)
            self.copy_(torch.as_tensor(given, dtype=self.dtype, device=self.device))
        return self

    def assign_add(self, value: Any) -> Weight:
        """Add to the values in place."""
        with torch.no_grad():
            return self.assign(self + value)

    def assign_sub(self, value: Any) -> Weight:
        """Subtract from the values in place."""
        with torch.no_grad():
            return self.assign(self - value)

    @property
    def value(self) -> Weight:
        """The parameter itself, as Keras's variables name their tensor."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Weight:
        if id(self) not in memo:
            values = self.detach().clone(memory_format=torch.preserve_format)
            memo[id(self)] = _restore(values, self.requires_grad, dict(self.__dict__))
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return _restore, (self.detach(), self.requires_grad, dict(self.__dict__))


def _restore(values: torch.Tensor, requires_grad: bool, state: dict[str, Any]) -> Weight:
    weight = Weight(values, requires_grad=requires_grad)
    weight.__dict__.update(state)
    return weight
