"""A single weight: what Keras knows of it, and the parameter that `add_weight` makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
    """A parameter made by `Layer.add_weight`, with the methods that Keras code calls on it."""

    def assign(self, value: Any) -> Weight:
        """Write the values in place."""
        with torch.no_grad():
            self.copy_(torch.as_tensor(value, dtype=self.dtype, device=self.device))
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
