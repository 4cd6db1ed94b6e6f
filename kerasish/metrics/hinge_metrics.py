"""Hinge metrics."""

from __future__ import annotations

from typing import Any

from kerasish.losses import categorical_hinge, hinge, squared_hinge
from kerasish.metrics.reduction import FunctionMetric
from kerasish.saving.registry import builtin


@builtin("keras.metrics")
class Hinge(FunctionMetric):
    """Mean of `max(1 - y_true * y_pred, 0)`.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.

    See https://keras.io/api/metrics/hinge_metrics/.
    """

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(hinge, name, dtype, "down")


@builtin("keras.metrics")
class SquaredHinge(FunctionMetric):
    """Mean of `max(1 - y_true * y_pred, 0)^2`.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(squared_hinge, name, dtype, "down")


@builtin("keras.metrics")
class CategoricalHinge(FunctionMetric):
    """Mean of `max(neg - pos + 1, 0)` of the true class's score and the highest other one.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(categorical_hinge, name, dtype, "down")
