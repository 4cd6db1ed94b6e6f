"""The lists of tensors on which a rule runs at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from kerasish.optimizers.base.trained_variable import Piece, TrainedVariable


@dataclass
class GradientList:
    """Variables and their gradients in torch's layout.

    Attributes:
        variables: The variables.
        gradients: A tensor for each piece of each variable, in order.
    """

    variables: list[TrainedVariable]
    gradients: list[torch.Tensor]

    @property
    def pieces(self) -> list[Piece]:
        """The pieces that the gradients belong to."""
        return [piece for variable in self.variables for piece in variable.pieces]

    def by_variable(self, tensors: Sequence[Any]) -> list[list[Any]]:
        """Return a list with an element for each piece, cut into one list for each variable."""
        taken = iter(tensors)
        return [[next(taken) for _ in variable.pieces] for variable in self.variables]


@dataclass
class Batch:
    """Pieces of one group of parameters, of one type and on one device, with all they need.

    Attributes:
        variables: The variables.
        gradients: A tensor for each piece of each variable, in order.
        options: The group's hyperparameters.
        rate: The learning rate of the step.
        step: Number of the step, from 1.
    """

    variables: list[TrainedVariable]
    gradients: list[torch.Tensor]
    states: list[dict[str, torch.Tensor]]
    options: dict[str, Any]
    rate: float
    step: int
    pieces: list[Piece] = field(init=False)
    parameters: list[torch.Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self.pieces = [piece for variable in self.variables for piece in variable.pieces]
        self.parameters = [piece.of(piece.parameter) for piece in self.pieces]

    @property
    def number(self) -> Callable[[Any], Any]:
        """The type of the numbers that go with the tensors, so that they are rounded alike."""
        return np.float32 if self.gradients[0].dtype == torch.float32 else np.float64

    def cast(self, value: float) -> Any:
        """Return a constant as Keras casts it to the type of the tensors: by way of float32."""
        return self.number(np.float32(value))

    def slot(self, name: str) -> list[torch.Tensor]:
        """Return what is remembered under a name, a tensor for each piece.

        Raises:
            RuntimeError: If the optimizer was built without it.
        """
        try:
            return [
                piece.of(state[name]) for piece, state in zip(self.pieces, self.states, strict=True)
            ]
        except KeyError:
            raise RuntimeError(
                f"The optimizer has no {name!r} for its variables: an option that needs it was "
                "changed after it was built, or the loaded state comes from another optimizer. "
                f"Received: state with {sorted({key for state in self.states for key in state})}"
            ) from None
