"""Hinge losses: functions and classes."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.losses.conversion import convert_pair
from kerasish.losses.loss import BuiltinLoss
from kerasish.saving.registry import builtin


def _margins(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Return `max(1 - y_true * y_pred, 0)`, with targets of 0 and 1 as -1 and 1."""
    y_true, y_pred = convert_pair(y_true, y_pred)
    binary = ((y_true == 0) | (y_true == 1)).all()
    y_true = torch.where(binary, 2.0 * y_true - 1.0, y_true)
    return torch.clamp(1.0 - y_true * y_pred, min=0.0)


@builtin("keras.losses", "keras.metrics.hinge")
def hinge(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Mean of `max(1 - y_true * y_pred, 0)` over the last axis.

    Args:
        y_true: Targets `(..., d)` of -1 and 1; if all are 0 or 1, 0 means -1.
        y_pred: Predictions `(..., d)`.

    Returns:
        Losses `(...)`.
    """
    return _margins(y_true, y_pred).mean(-1)


@builtin("keras.losses", "keras.metrics.squared_hinge")
def squared_hinge(y_true: Any, y_pred: Any) -> torch.Tensor:
    """Mean of `max(1 - y_true * y_pred, 0)^2` over the last axis.

    Args:
        y_true: Targets `(..., d)` of -1 and 1; if all are 0 or 1, 0 means -1.
        y_pred: Predictions `(..., d)`.

    Returns:
        Losses `(...)`.
    """
    return torch.square(_margins(y_true, y_pred)).mean(-1)


@builtin("keras.losses", "keras.metrics.categorical_hinge")
def categorical_hinge(y_true: Any, y_pred: Any) -> torch.Tensor:
    """`max(neg - pos + 1, 0)` of the true class's score and the highest other one.

    Args:
        y_true: Targets `(..., classes)`, one at the class and zero elsewhere.
        y_pred: Predictions `(..., classes)`.

    Returns:
        Losses `(...)`.
    """
    y_true, y_pred = convert_pair(y_true, y_pred)
    right = (y_true * y_pred).sum(-1)
    wrong = torch.amax((1.0 - y_true) * y_pred, dim=-1)
    return torch.clamp(wrong - right + 1.0, min=0.0)


@builtin("keras.losses")
class Hinge(BuiltinLoss):
    """Mean of `max(1 - y_true * y_pred, 0)`.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.

    See https://keras.io/api/losses/hinge_losses/.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


@builtin("keras.losses")
class SquaredHinge(BuiltinLoss):
    """Mean of `max(1 - y_true * y_pred, 0)^2`.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


@builtin("keras.losses")
class CategoricalHinge(BuiltinLoss):
    """`max(neg - pos + 1, 0)` of the true class's score and the highest other one.

    Args:
        reduction: How the losses of the samples are reduced; see `Loss`.
        name: Name of the loss.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)
