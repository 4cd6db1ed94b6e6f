"""The lists of tensors on which a rule runs at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from kerasish.optimizers.base.lookups import RowGradients
from kerasish.optimizers.base.trained_variable import Piece, TrainedVariable


@dataclass
class GradientList:
    """Variables and their gradients in torch's layout.

    Attributes:
        variables: The variables.
        gradients: A tensor for each piece of each variable, in order.
        rows: Gradients of tables as rows, by the identity of their variables.
    """

    variables: list[TrainedVariable]
    gradients: list[torch.Tensor]
    rows: dict[int, RowGradients] = field(default_factory=dict)

    @property
    def pieces(self) -> list[Piece]:
        """The pieces that the gradients belong to."""
        return [piece for variable in self.variables for piece in variable.pieces]

    @property
    def variables_by_piece(self) -> list[TrainedVariable]:
        """The variable of each gradient."""
        return [variable for variable in self.variables for _ in variable.pieces]

    def rows_by_place(self) -> list[tuple[int, RowGradients]]:
        """The gradients as rows, each with its place in `gradients`."""
        if not self.rows:
            return []
        return [
            (place, self.rows[id(variable)])
            for place, variable in enumerate(self.variables_by_piece)
            if id(variable) in self.rows
        ]

    def divide(self, divisor: float) -> None:
        """Divide all gradients."""
        self.gradients = list(torch._foreach_div(self.gradients, divisor))
        for key, rows in self.rows.items():
            self.rows[key] = rows._replace(values=rows.values / divisor)

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
        rows: The gradients as rows, where all of them are of tables; else None.
    """

    variables: list[TrainedVariable]
    gradients: list[torch.Tensor]
    states: list[dict[str, torch.Tensor]]
    options: dict[str, Any]
    rate: float
    step: int
    rows: list[RowGradients] | None = None
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

    def squares(self) -> list[torch.Tensor]:
        """Return the squares of the gradients; those of rows are added up as squares."""
        if self.rows is not None:
            return [row.squares() for row in self.rows]
        return list(torch._foreach_mul(self.gradients, self.gradients))

    def add_squares(self, sums: list[torch.Tensor], factor: float = 1.0) -> None:
        """Add the squares of the gradients, times a factor, in place."""
        if self.rows is not None:
            torch._foreach_add_(sums, self.squares(), alpha=factor)
        else:
            torch._foreach_addcmul_(sums, self.gradients, self.gradients, value=factor)

    def magnitudes(self) -> list[torch.Tensor]:
        """Return the absolute values of the gradients; those of rows are added up as such."""
        if self.rows is not None:
            return [row.magnitudes() for row in self.rows]
        return list(torch._foreach_abs(self.gradients))

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
