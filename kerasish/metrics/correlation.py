"""Correlations between targets and predictions."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import config
from kerasish.losses.conversion import convert_pair
from kerasish.losses.weighting import match_ranks
from kerasish.metrics.reduction import FunctionMetric
from kerasish.saving.registry import builtin


@builtin("keras.metrics")
def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> torch.Tensor:
    """Pearson's correlation along an axis; NaN where one side is constant.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.
        axis: The axis.

    Returns:
        Values `(...)`.
    """
    y_true, y_pred = match_ranks(*convert_pair(y_true, y_pred))
    return (_standardized(y_true, axis) * _standardized(y_pred, axis)).mean(axis)


def _standardized(x: torch.Tensor, axis: int) -> torch.Tensor:
    x = x - x.mean(axis, keepdim=True)
    return x / torch.std(x, dim=axis, correction=0, keepdim=True)


@builtin("keras.metrics")
def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> torch.Tensor:
    """Lin's concordance correlation along an axis.

    Keras takes the deviation of the targets from the mean of the predictions, and so does this;
    the average is the same, for the deviations of the predictions add up to 0.

    Args:
        y_true: Targets `(..., d)`.
        y_pred: Predictions `(..., d)`.
        axis: The axis.

    Returns:
        Values `(...)`.
    """
    y_true, y_pred = match_ranks(*convert_pair(y_true, y_pred))
    true_mean = y_true.mean(axis, keepdim=True)
    mean = y_pred.mean(axis, keepdim=True)
    variances = [
        torch.var(x - x.mean(axis, keepdim=True), dim=axis, correction=0, keepdim=True)
        for x in (y_true, y_pred)
    ]
    norm = variances[0] + variances[1] + torch.square(true_mean - mean)
    return (2 * (y_true - mean) * (y_pred - mean) / (norm + config.epsilon())).mean(axis)


@builtin("keras.metrics")
class PearsonCorrelation(FunctionMetric):
    """Mean of Pearson's correlation of each sample.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
        axis: The axis of the correlation.
    """

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(pearson_correlation, name, dtype, "up", axis=axis)


@builtin("keras.metrics")
class ConcordanceCorrelation(FunctionMetric):
    """Mean of Lin's concordance correlation of each sample.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
        axis: The axis of the correlation.
    """

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(concordance_correlation, name, dtype, "up", axis=axis)
