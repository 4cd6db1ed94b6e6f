"""How often predictions name the right class: classes."""

from __future__ import annotations

from typing import Any

from kerasish.metrics import accuracy as functions
from kerasish.metrics.reduction import FunctionMetric
from kerasish.saving.registry import builtin


@builtin("keras.metrics")
class Accuracy(FunctionMetric):
    """How often predictions equal the targets.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.

    See https://keras.io/api/metrics/accuracy_metrics/.
    """

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(functions.accuracy, name, dtype, "up")


@builtin("keras.metrics")
class BinaryAccuracy(FunctionMetric):
    """How often `y_pred > threshold` says what the target says.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
        threshold: What predictions of class 1 have to exceed.
    """

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(functions.binary_accuracy, name, dtype, "up", threshold=threshold)


@builtin("keras.metrics")
class CategoricalAccuracy(FunctionMetric):
    """How often the highest prediction stands at the class.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.categorical_accuracy, name, dtype, "up")


@builtin("keras.metrics")
class SparseCategoricalAccuracy(FunctionMetric):
    """How often the highest prediction stands at the class, for class numbers as targets.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.sparse_categorical_accuracy, name, dtype, "up")


@builtin("keras.metrics")
class TopKCategoricalAccuracy(FunctionMetric):
    """How often the class is among the `k` highest predictions.

    Args:
        k: How many predictions count. A tie at the last place counts as a hit.
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(functions.top_k_categorical_accuracy, name, dtype, "up", k=k)


@builtin("keras.metrics")
class SparseTopKCategoricalAccuracy(FunctionMetric):
    """How often the class is among the `k` highest predictions, for class numbers as targets.

    Args:
        k: How many predictions count. A tie at the last place counts as a hit.
        name: Name of the metric.
        dtype: Type of the computation.
        from_sorted_ids: Whether predictions are class numbers, best first.
    """

    left_out = {"from_sorted_ids": False}

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        function = functions.sparse_top_k_categorical_accuracy
        super().__init__(function, name, dtype, "up", k=k, from_sorted_ids=from_sorted_ids)
