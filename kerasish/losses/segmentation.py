"""Losses of overlap between regions: functions and classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish import config
from kerasish.losses.conversion import convert_pair
from kerasish.losses.loss import BuiltinLoss
from kerasish.saving.registry import builtin


def _sum(x: torch.Tensor, axis: int | Sequence[int] | None) -> torch.Tensor:
    return x.sum(axis if axis is None or isinstance(axis, int) else tuple(axis))


@builtin("keras.losses")
def dice(y_true: Any, y_pred: Any, axis: int | Sequence[int] | None = None) -> torch.Tensor:
    """`1 - 2 sum(y_true * y_pred) / (sum(y_true) + sum(y_pred))`.

    Args:
        y_true: Targets of any shape.
        y_pred: Predictions of the same shape.
        axis: Axis or axes of the sums; None for all.

    Returns:
        Losses with the shape that is left.
    """
    y_true, y_pred = convert_pair(y_true, y_pred)
    size = _sum(y_true, axis) + _sum(y_pred, axis) + config.epsilon()
    return 1 - 2.0 * _sum(y_true * y_pred, axis) / size


@builtin("keras.losses")
def tversky(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: int | Sequence[int] | None = None,
) -> torch.Tensor:
    """`1 - both / (both + alpha * missed + beta * wrong)`; `dice` with factors of its own.

    `both` is `sum(y_true * y_pred)`, `missed` is `sum(y_true * (1 - y_pred))` and `wrong` is
    `sum((1 - y_true) * y_pred)`, which is how Keras computes it.

    Args:
        y_true: Targets of any shape.
        y_pred: Predictions of the same shape.
        alpha: Factor of what is missed.
        beta: Factor of what is wrong.
        axis: Axis or axes of the sums; None for all.

    Returns:
        Losses with the shape that is left.

    Source: https://arxiv.org/abs/1706.05721.
    """
    y_true, y_pred = convert_pair(y_true, y_pred)
    both = _sum(y_true * y_pred, axis)
    missed = _sum((1 - y_pred) * y_true, axis)
    wrong = _sum(y_pred * (1 - y_true), axis)
    return 1 - both / (both + missed * alpha + wrong * beta + config.epsilon())


@builtin("keras.losses")
class Dice(BuiltinLoss):
    """`1 - 2 sum(y_true * y_pred) / (sum(y_true) + sum(y_pred))`.

    Args:
        reduction: How the losses are reduced; see `Loss`.
        name: Name of the loss.
        axis: Axis or axes of the sums; None for all.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "dice",
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


@builtin("keras.losses")
class Tversky(BuiltinLoss):
    """Overlap with factors for what is missed and what is wrong; see the function `tversky`.

    Args:
        alpha: Factor of what is missed.
        beta: Factor of what is wrong.
        reduction: How the losses are reduced; see `Loss`.
        name: Name of the loss.
        axis: Axis or axes of the sums; None for all.
        dtype: Type of the computation.
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "tversky",
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)
