"""The coefficient of determination."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.losses.conversion import to_tensor
from kerasish.losses.weighting import match_ranks
from kerasish.metrics.metric import Metric
from kerasish.saving.registry import builtin

_AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


@builtin("keras.metrics")
class R2Score(Metric):
    """`1 - (squared errors) / (squared deviations from the mean)` of each output.

    Args:
        class_aggregation: How the scores of the outputs become one: `"uniform_average"`,
            `"variance_weighted_average"`, or None to leave them.
        num_regressors: Number of regressors of the adjusted score; 0 for the plain one.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If an argument is not valid.

    See https://keras.io/api/metrics/regression_metrics/#r2score-class.
    """

    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in _AGGREGATIONS:
            raise ValueError(
                f"R2Score's `class_aggregation` has to be one of {_AGGREGATIONS}. "
                f"Received: class_aggregation={class_aggregation!r}"
            )
        if num_regressors < 0:
            raise ValueError(
                "R2Score's `num_regressors` can't be negative. "
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, y_true: torch.Tensor, y_pred: torch.Tensor) -> None:
        if y_true.dim() != 2 or y_pred.dim() != 2:
            raise ValueError(
                "R2Score takes targets and predictions `(batch, outputs)`. Received: y_true of "
                f"shape {tuple(y_true.shape)}, y_pred of shape {tuple(y_pred.shape)}"
            )
        shape = (y_pred.shape[-1],)
        self.squared_sum = self.add_variable(shape, "zeros", name="squared_sum")
        self.sum = self.add_variable(shape, "zeros", name="sum")
        self.total_mse = self.add_variable(shape, "zeros", name="residual")
        self.count = self.add_variable(shape, "zeros", name="count")
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch.

        Args:
            y_true: Targets `(batch, outputs)`.
            y_pred: Predictions `(batch, outputs)`.
            sample_weight: Weights `(batch,)` or `(batch, outputs)`.

        Raises:
            ValueError: If the shapes are others.
        """
        dtype = torch_dtype(self.dtype)
        y_pred = to_tensor(y_pred, dtype)
        y_true, y_pred = match_ranks(to_tensor(y_true, dtype, y_pred.device), y_pred)
        if not self._built:
            self._build(y_true, y_pred)
        weights = to_tensor(1 if sample_weight is None else sample_weight, dtype, y_pred.device)
        if weights.dim() == 1:
            weights = weights.unsqueeze(1)
        weights = weights.expand(y_true.shape)
        weighted = y_true * weights
        self.sum.assign_add(weighted.sum(0))
        self.squared_sum.assign_add((y_true * weighted).sum(0))
        self.total_mse.assign_add((torch.square(y_true - y_pred) * weights).sum(0))
        self.count.assign_add(weights.sum(0))
        self.num_samples.beside(y_pred)
        self.num_samples.assign_add(y_true.numel())

    def result(self) -> torch.Tensor:
        """Return the score: `()`, or `(outputs,)` without an aggregation.

        Raises:
            ValueError: If nothing was added.
        """
        if not self._built:
            raise ValueError(f"{self.name} has no result before update_state. Received: no data")
        mean = self.sum.value / self.count.value
        deviations = self.squared_sum.value - self.sum.value * mean
        scores = 1 - self.total_mse.value / deviations
        scores = torch.where(torch.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = scores.mean()
        elif self.class_aggregation == "variance_weighted_average":
            scores = (deviations * scores).sum() / deviations.sum()
        return self._adjusted(scores) if self.num_regressors else scores

    def _adjusted(self, scores: torch.Tensor) -> torch.Tensor:
        count, regressors = int(self.num_samples.value), self.num_regressors
        if regressors >= count - 1:
            warnings.warn(
                f"The adjusted R2 score needs more than {regressors + 1} numbers for "
                f"num_regressors={regressors}, and {count} were added: this is the plain one.",
                stacklevel=3,
            )
            return scores
        return 1.0 - (1.0 - scores) * (count - 1.0) / (count - regressors - 1.0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
