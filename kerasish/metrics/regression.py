"""Metrics of regression."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.losses import regression as losses
from kerasish.losses.conversion import to_tensor
from kerasish.losses.weighting import match_ranks
from kerasish.metrics.reduction import FunctionMetric, Mean
from kerasish.saving.registry import builtin


@builtin("keras.metrics")
class MeanSquaredError(FunctionMetric):
    """Mean of `(y_true - y_pred)^2`.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.

    See https://keras.io/api/metrics/regression_metrics/.
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype, "down")


@builtin("keras.metrics")
class MeanAbsoluteError(FunctionMetric):
    """Mean of `|y_true - y_pred|`.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype, "down")


@builtin("keras.metrics")
class MeanAbsolutePercentageError(FunctionMetric):
    """Mean of `100 |y_true - y_pred| / |y_true|`.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(
        self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None
    ) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name, dtype, "down")


@builtin("keras.metrics")
class MeanSquaredLogarithmicError(FunctionMetric):
    """Mean of `(log(1 + y_true) - log(1 + y_pred))^2`.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(
        self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None
    ) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype, "down")


@builtin("keras.metrics")
class LogCoshError(FunctionMetric):
    """Mean of `log(cosh(y_pred - y_true))`.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(losses.log_cosh, name, dtype, "down")


def _cosine(y_true: Any, y_pred: Any, axis: int = -1) -> torch.Tensor:
    return -losses.cosine_similarity(y_true, y_pred, axis=axis)


@builtin("keras.metrics")
class CosineSimilarity(FunctionMetric):
    """Cosine of the angle between targets and predictions: 1 if they point alike.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
        axis: The vectors' axis.
    """

    left_out = {"axis": -1}

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(_cosine, name, dtype, "up", axis=axis)


@builtin("keras.metrics")
class RootMeanSquaredError(Mean):
    """Root of the mean of `(y_true - y_pred)^2`.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add a batch.

        Args:
            y_true: Targets of any shape.
            y_pred: Predictions of the same shape.
            sample_weight: Weights that broadcast to the squared errors.
        """
        dtype = torch_dtype(self.dtype)
        y_pred = to_tensor(y_pred, dtype)
        y_true, y_pred = match_ranks(to_tensor(y_true, dtype, y_pred.device), y_pred)
        super().update_state(torch.square(y_pred - y_true), sample_weight=sample_weight)

    def result(self) -> torch.Tensor:
        """Return the root of the mean."""
        return torch.sqrt(super().result())
