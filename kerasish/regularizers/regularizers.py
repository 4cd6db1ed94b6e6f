"""Penalties on weights and outputs, added to the loss."""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch
import torch.nn.functional as F

from kerasish import config
from kerasish.rounding import round_to_float32
from kerasish.saving.registry import builtin


@builtin("keras", "keras.regularizers.Regularizer", "keras.regularizers.regularizer")
class Regularizer:
    """Base class: a callable that turns a weight or an output into a penalty.

    Weights are passed in Keras's layout. The penalty of an `activity_regularizer` is divided by
    the batch size by the layer.

    Example:
        >>> class Mean(Regularizer):
        ...     def __call__(self, x):
        ...         return torch.mean(x) ** 2
        ...
        ...     def get_config(self):
        ...         return {}

    See https://keras.io/api/layers/regularizers/.
    """

    def __call__(self, x: torch.Tensor) -> Any:
        """Return the penalty, a scalar."""
        return 0.0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a regularizer from what `get_config` gave."""
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments.

        Raises:
            NotImplementedError: Unless a subclass overrides it.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has to override get_config() to be saved. Received: {self!r}"
        )


@builtin("keras.regularizers", "l1_l2", "l1l2")
class L1L2(Regularizer):
    """Penalty `l1 * sum(|x|) + l2 * sum(x^2)`.

    Args:
        l1: Factor of the absolute values.
        l2: Factor of the squares.

    Raises:
        ValueError: If a factor is negative or not a finite number.
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = _factor(0.0 if l1 is None else l1, "l1", "L1L2")
        self.l2 = _factor(0.0 if l2 is None else l2, "l2", "L1L2")

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the penalty as a tensor of shape `()`."""
        penalty = x.new_zeros(())
        if self.l1 != 0.0:
            penalty = penalty + round_to_float32(self.l1) * torch.sum(torch.abs(x))
        if self.l2 != 0.0:
            penalty = penalty + round_to_float32(self.l2) * torch.sum(torch.square(x))
        return penalty

    def get_config(self) -> dict[str, Any]:
        """Return both factors."""
        return {"l1": self.l1, "l2": self.l2}


@builtin("keras.regularizers", "l1")
class L1(Regularizer):
    """Penalty `l1 * sum(|x|)`.

    Args:
        l1: The factor. It is rounded to float32, as in Keras.
        **kwargs: `l`, which was the name of the factor in Keras 2.

    Raises:
        ValueError: If the factor is negative or not a finite number.
    """

    def __init__(self, l1: float | None = 0.01, **kwargs: Any) -> None:
        l1 = _keras_2_factor("L1", "l1", l1, kwargs)
        self.l1 = round_to_float32(_factor(0.01 if l1 is None else l1, "l1", "L1"))

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the penalty as a tensor of shape `()`."""
        return self.l1 * torch.sum(torch.abs(x))

    def get_config(self) -> dict[str, Any]:
        """Return the factor."""
        return {"l1": self.l1}


@builtin("keras.regularizers", "l2")
class L2(Regularizer):
    """Penalty `l2 * sum(x^2)`.

    Args:
        l2: The factor.
        **kwargs: `l`, which was the name of the factor in Keras 2.

    Raises:
        ValueError: If the factor is negative or not a finite number.
    """

    def __init__(self, l2: float | None = 0.01, **kwargs: Any) -> None:
        l2 = _keras_2_factor("L2", "l2", l2, kwargs)
        self.l2 = _factor(0.01 if l2 is None else l2, "l2", "L2")

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the penalty as a tensor of shape `()`."""
        return round_to_float32(self.l2) * torch.sum(torch.square(x))

    def get_config(self) -> dict[str, Any]:
        """Return the factor."""
        return {"l2": self.l2}


@builtin("keras.regularizers", "orthogonal_regularizer")
class OrthogonalRegularizer(Regularizer):
    """Penalty `factor * mean(|a . b|)` over all pairs of unit vectors along rows or columns.

    A matrix of one vector has no pairs, and the penalty is 0. Keras gives NaN there.

    Args:
        factor: The factor. It is rounded to float32, as in Keras.
        mode: `"rows"` or `"columns"` of the matrix, in Keras's layout.

    Raises:
        ValueError: If the factor is negative or not a finite number, or the mode is another one.
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = round_to_float32(_factor(factor, "factor", "OrthogonalRegularizer"))
        if mode not in ("rows", "columns"):
            raise ValueError(
                "OrthogonalRegularizer's `mode` has to be 'rows' or 'columns'. "
                f"Received: mode={mode!r}"
            )
        self.mode = mode

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the penalty for a matrix as a tensor of shape `()`.

        Raises:
            ValueError: If the input is not a matrix.
        """
        if x.dim() != 2:
            raise ValueError(
                f"OrthogonalRegularizer takes a matrix. Received: shape={tuple(x.shape)}"
            )
        vectors = F.normalize(x if self.mode == "rows" else x.T, dim=1, eps=config.epsilon())
        count = vectors.shape[0]
        products = torch.abs(vectors @ vectors.T)
        off_diagonal = products * (1 - torch.eye(count, dtype=x.dtype, device=x.device))
        # Each pair stands twice in the sum, above and below the diagonal.
        return self.factor * torch.sum(off_diagonal) / max(count * (count - 1), 1)

    def get_config(self) -> dict[str, Any]:
        """Return factor and mode."""
        return {"factor": self.factor, "mode": self.mode}


def _factor(value: Any, name: str, owner: str) -> float:
    if not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ValueError(
            f"{owner}'s `{name}` has to be a finite number, not negative. "
            f"Received: {name}={value!r}"
        )
    return float(value)


def _keras_2_factor(
    owner: str, name: str, value: float | None, kwargs: dict[str, Any]
) -> float | None:
    unknown = sorted(set(kwargs) - {"l"})
    if unknown:
        raise TypeError(f"{owner} takes `{name}` alone. Received: {', '.join(unknown)}")
    if not kwargs:
        return value
    warnings.warn(
        f"{owner}(l=...) is called {name} since Keras 3.", DeprecationWarning, stacklevel=3
    )
    return kwargs["l"]
