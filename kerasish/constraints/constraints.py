"""Projections of weights, applied after each step of an optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish import config
from kerasish.saving.registry import builtin

Axis = int | Sequence[int] | None


@builtin("keras.constraints", "constraint")
class Constraint:
    """Base class: a callable that turns a weight into one that is allowed.

    Weights are passed in Keras's layout, such as `(input_dim, units)` for the kernel of a
    `Dense` layer, and the axes of a constraint are those of that layout.

    See https://keras.io/api/layers/constraints/.
    """

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        """Return the allowed weight, of the shape of `w`."""
        return w

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a constraint from what `get_config` gave."""
        return cls(**config)


@builtin("keras.constraints", "max_norm")
class MaxNorm(Constraint):
    """Shrinks vectors along an axis whose L2 norm is too large.

    Args:
        max_value: The largest norm.
        axis: Axis or axes of a vector: 0 for the inputs of each unit of a `Dense` kernel
            `(input_dim, units)`, `[0, 1, 2]` for a `Conv2D` kernel
            `(height, width, channels, filters)`.
    """

    def __init__(self, max_value: float = 2, axis: Axis = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        """Return `w * clip(norm, 0, max_value) / (epsilon + norm)`."""
        w = torch.as_tensor(w)
        norms = _norms(w, self.axis)
        return w * (torch.clamp(norms, 0, self.max_value) / (config.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """Return largest norm and axis."""
        return {"max_value": self.max_value, "axis": self.axis}


@builtin("keras.constraints", "non_neg")
class NonNeg(Constraint):
    """Sets negative weights to 0."""

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        """Return `max(w, 0)`."""
        return torch.clamp(torch.as_tensor(w), min=0)


@builtin("keras.constraints", "unit_norm")
class UnitNorm(Constraint):
    """Scales vectors along an axis to an L2 norm of 1.

    Args:
        axis: Axis or axes of a vector, as in `MaxNorm`.
    """

    def __init__(self, axis: Axis = 0) -> None:
        self.axis = axis

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        """Return `w / (epsilon + norm)`."""
        w = torch.as_tensor(w)
        return w / (config.epsilon() + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """Return the axis."""
        return {"axis": self.axis}


@builtin("keras.constraints", "min_max_norm")
class MinMaxNorm(Constraint):
    """Moves the L2 norm of vectors along an axis into a range.

    Args:
        min_value: The smallest norm.
        max_value: The largest norm.
        rate: 1 to enforce the range at once, less to approach it by this part at each step.
        axis: Axis or axes of a vector, as in `MaxNorm`.
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Axis = 0,
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        """Return `w * desired / (epsilon + norm)`, `desired` as described for `rate`."""
        w = torch.as_tensor(w)
        norms = _norms(w, self.axis)
        clipped = torch.clamp(norms, self.min_value, self.max_value)
        desired = self.rate * clipped + (1 - self.rate) * norms
        return w * (desired / (config.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """Return range, rate and axis."""
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


def _norms(w: torch.Tensor, axis: Axis) -> torch.Tensor:
    dim = axis if axis is None or isinstance(axis, int) else tuple(axis)
    return torch.linalg.vector_norm(w, dim=dim, keepdim=True)
