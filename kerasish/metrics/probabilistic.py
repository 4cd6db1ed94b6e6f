"""Metrics between probability distributions."""

from __future__ import annotations

from typing import Any

from kerasish.losses import probabilistic as losses
from kerasish.metrics.reduction import FunctionMetric
from kerasish.saving.registry import builtin


@builtin("keras.metrics")
class KLDivergence(FunctionMetric):
    """Mean Kullback-Leibler divergence.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.

    See https://keras.io/api/metrics/probabilistic_metrics/.
    """

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(losses.kl_divergence, name, dtype, "down")


@builtin("keras.metrics")
class Poisson(FunctionMetric):
    """Mean of `y_pred - y_true * log(y_pred)`.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
    """

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(losses.poisson, name, dtype, "down")


@builtin("keras.metrics")
class BinaryCrossentropy(FunctionMetric):
    """Mean binary cross entropy.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
        from_logits: Whether predictions are logits.
        label_smoothing: How far targets are drawn towards 0.5, from 0 to 1.
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            losses.binary_crossentropy,
            name,
            dtype,
            "down",
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


@builtin("keras.metrics")
class CategoricalCrossentropy(FunctionMetric):
    """Mean cross entropy.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
        from_logits: Whether predictions are logits.
        label_smoothing: How far targets are drawn towards equal ones, from 0 to 1.
        axis: The axis of classes.
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            losses.categorical_crossentropy,
            name,
            dtype,
            "down",
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


@builtin("keras.metrics")
class SparseCategoricalCrossentropy(FunctionMetric):
    """Mean cross entropy for class numbers as targets.

    As in Keras, entries of `ignore_class` count as zeros in the mean unless weights are given.

    Args:
        name: Name of the metric.
        dtype: Type of the computation.
        from_logits: Whether predictions are logits.
        ignore_class: A class number whose entries give 0, or None.
        axis: The axis of classes.
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(
            losses.sparse_categorical_crossentropy,
            name,
            dtype,
            "down",
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
