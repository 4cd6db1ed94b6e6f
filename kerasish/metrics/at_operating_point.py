"""The best value of one rate where another one is high enough."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.losses.weighting import divide_no_nan
from kerasish.metrics.confusion_counts import Counts, confusion_counts
from kerasish.metrics.metric import Metric
from kerasish.metrics.thresholds import even_thresholds
from kerasish.saving.registry import builtin


class _AtOperatingPoint(Metric):
    """The highest value of one rate among thresholds at which another one is high enough."""

    _direction = "up"
    argument = ""

    def __init__(
        self, value: float, num_thresholds: int, class_id: int | None, name: Any, dtype: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if not 0 <= value <= 1:
            raise ValueError(
                f"{type(self).__name__}'s `{self.argument}` has to be from 0 to 1. "
                f"Received: {self.argument}={value}"
            )
        if num_thresholds <= 0:
            raise ValueError(
                f"{type(self).__name__}'s `num_thresholds` has to be positive. "
                f"Received: num_thresholds={num_thresholds}"
            )
        setattr(self, self.argument, value)
        self.value = value
        self.class_id = class_id
        self.num_thresholds = num_thresholds
        self._even = num_thresholds > 1
        inner = even_thresholds(num_thresholds)
        self.thresholds = [0.0, *inner, 1.0] if self._even else [0.5]
        shape = (len(self.thresholds),)
        for field in Counts._fields:
            setattr(self, field, self.add_variable(shape, "zeros", name=field))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch.

        Args:
            y_true: Targets of any shape; not 0 means true.
            y_pred: Predictions of the same shape, from 0 to 1.
            sample_weight: Weights that broadcast to the predictions, from the first axis on.
        """
        counts = confusion_counts(
            y_true,
            y_pred,
            self.thresholds,
            torch_dtype(self.true_positives.dtype),
            even=self._even,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )
        for field, added in counts._asdict().items():
            getattr(self, field).assign_add(added)

    def rates(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the rate that has to be high enough, and the one that is wanted."""
        raise NotImplementedError

    def result(self) -> torch.Tensor:
        """Return the highest value, of shape `()`; 0 if there is none."""
        required, wanted = self.rates()
        return torch.where(required >= self.value, wanted, 0.0).max()

    def _share(self, first: str, second: str) -> torch.Tensor:
        part = getattr(self, first).value
        return divide_no_nan(part, part + getattr(self, second).value)

    def _recall(self) -> torch.Tensor:
        return self._share("true_positives", "false_negatives")

    def _precision(self) -> torch.Tensor:
        return self._share("true_positives", "false_positives")

    def _specificity(self) -> torch.Tensor:
        return self._share("true_negatives", "false_positives")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "class_id": self.class_id,
            "num_thresholds": self.num_thresholds,
            self.argument: self.value,
        }


@builtin("keras.metrics")
class SensitivityAtSpecificity(_AtOperatingPoint):
    """The highest sensitivity where the specificity is high enough.

    Args:
        specificity: The least specificity, from 0 to 1.
        num_thresholds: How many even thresholds are tried.
        class_id: The only class that counts.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If an argument is out of its range.

    See https://keras.io/api/metrics/classification_metrics/.
    """

    argument = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return specificities and sensitivities at the thresholds."""
        return self._specificity(), self._recall()


@builtin("keras.metrics")
class SpecificityAtSensitivity(_AtOperatingPoint):
    """The highest specificity where the sensitivity is high enough.

    Args:
        sensitivity: The least sensitivity, from 0 to 1.
        num_thresholds: How many even thresholds are tried.
        class_id: The only class that counts.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If an argument is out of its range.
    """

    argument = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return sensitivities and specificities at the thresholds."""
        return self._recall(), self._specificity()


@builtin("keras.metrics")
class PrecisionAtRecall(_AtOperatingPoint):
    """The highest precision where the recall is high enough.

    Args:
        recall: The least recall, from 0 to 1.
        num_thresholds: How many even thresholds are tried.
        class_id: The only class that counts.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If an argument is out of its range.
    """

    argument = "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return recalls and precisions at the thresholds."""
        return self._recall(), self._precision()


@builtin("keras.metrics")
class RecallAtPrecision(_AtOperatingPoint):
    """The highest recall where the precision is high enough.

    Args:
        precision: The least precision, from 0 to 1.
        num_thresholds: How many even thresholds are tried.
        class_id: The only class that counts.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If an argument is out of its range.
    """

    argument = "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return precisions and recalls at the thresholds."""
        return self._precision(), self._recall()
