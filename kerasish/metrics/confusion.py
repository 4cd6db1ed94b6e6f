"""Numbers of right and wrong predictions; precision and recall."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.losses.weighting import divide_no_nan
from kerasish.metrics.confusion_counts import confusion_counts
from kerasish.metrics.metric import Metric
from kerasish.metrics.thresholds import LOWEST, evenly_distributed, parse_thresholds
from kerasish.metrics.variable import MetricVariable
from kerasish.saving.registry import builtin


class ThresholdCounts(Metric):
    """What metrics share that count at thresholds which the user gives.

    Args:
        counted: Fields of `Counts` that are kept.
        thresholds: A number, or several, from 0 to 1; or None.
        default: The threshold if none is given.
        name: Name of the metric.
        dtype: Type of the computation.
        top_k: How many predictions of a sample count; or None.
        class_id: The only class that counts; or None.
    """

    def __init__(
        self,
        counted: dict[str, str],
        thresholds: Any,
        default: float,
        name: str | None,
        dtype: Any,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = parse_thresholds(thresholds, default)
        self.top_k = top_k
        self.class_id = class_id
        self._even = evenly_distributed(self.thresholds)
        self._counted = counted
        for attribute in counted:
            shape = (len(self.thresholds),)
            setattr(self, attribute, self.add_variable(shape, "zeros", name=attribute))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch.

        Args:
            y_true: Targets of any shape; not 0 means true.
            y_pred: Predictions of the same shape.
            sample_weight: Weights that broadcast to the predictions, from the first axis on.
        """
        counts = confusion_counts(
            y_true,
            y_pred,
            self.thresholds,
            torch_dtype(getattr(self, next(iter(self._counted))).dtype),
            even=self._even,
            top_k=self.top_k,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )
        for attribute, field in self._counted.items():
            getattr(self, attribute).assign_add(getattr(counts, field))

    def _for_user(self, values: torch.Tensor) -> torch.Tensor:
        return values[0] if len(self.thresholds) == 1 else values


class _OneCount(ThresholdCounts):
    """One number of predictions at each threshold."""

    field = ""
    accumulator: MetricVariable

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__({"accumulator": self.field}, thresholds, 0.5, name, dtype)

    def result(self) -> torch.Tensor:
        """Return the number: `()`, or `(thresholds,)` for several."""
        return self._for_user(self.accumulator.value)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


@builtin("keras.metrics")
class TruePositives(_OneCount):
    """Weighted number of predictions above the threshold that are true.

    Args:
        thresholds: A number, or several, from 0 to 1; 0.5 if None.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If a threshold is not from 0 to 1.

    See https://keras.io/api/metrics/classification_metrics/.
    """

    field = "true_positives"


@builtin("keras.metrics")
class FalsePositives(_OneCount):
    """Weighted number of predictions above the threshold that are false.

    Args:
        thresholds: A number, or several, from 0 to 1; 0.5 if None.
        name: Name of the metric.
        dtype: Type of the computation.
    """

    field = "false_positives"


@builtin("keras.metrics")
class TrueNegatives(_OneCount):
    """Weighted number of predictions not above the threshold where nothing is.

    Args:
        thresholds: A number, or several, from 0 to 1; 0.5 if None.
        name: Name of the metric.
        dtype: Type of the computation.
    """

    field = "true_negatives"


@builtin("keras.metrics")
class FalseNegatives(_OneCount):
    """Weighted number of predictions not above the threshold where something is.

    Args:
        thresholds: A number, or several, from 0 to 1; 0.5 if None.
        name: Name of the metric.
        dtype: Type of the computation.
    """

    field = "false_negatives"


class _Share(ThresholdCounts):
    """The share of true positives in a sum of two numbers."""

    _direction = "up"
    other = ""
    true_positives: MetricVariable

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        counted = {"true_positives": "true_positives", self.other: self.other}
        default = 0.5 if top_k is None else LOWEST
        super().__init__(counted, thresholds, default, name, dtype, top_k, class_id)

    def result(self) -> torch.Tensor:
        """Return the share: `()`, or `(thresholds,)` for several; 0 if nothing was counted."""
        positives = self.true_positives.value
        return self._for_user(divide_no_nan(positives, positives + getattr(self, self.other).value))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


@builtin("keras.metrics")
class Precision(_Share):
    """How many of the predictions above the threshold are true.

    Args:
        thresholds: A number, or several, from 0 to 1; 0.5 if None, and all count with `top_k`.
        top_k: How many predictions of a sample count.
        class_id: The only class that counts.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If a threshold is not from 0 to 1.
    """

    other = "false_positives"


@builtin("keras.metrics")
class Recall(_Share):
    """How many of the true entries are predicted above the threshold.

    Args:
        thresholds: A number, or several, from 0 to 1; 0.5 if None, and all count with `top_k`.
        top_k: How many predictions of a sample count.
        class_id: The only class that counts.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If a threshold is not from 0 to 1.
    """

    other = "false_negatives"
