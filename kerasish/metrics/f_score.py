"""F-scores: means of precision and recall."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import config
from kerasish.dtypes import torch_dtype
from kerasish.losses.conversion import to_tensor
from kerasish.metrics.metric import Metric
from kerasish.saving.registry import builtin

_AVERAGES = (None, "micro", "macro", "weighted")
_STATE = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


@builtin("keras.metrics")
class FBetaScore(Metric):
    """`(1 + beta^2) * precision * recall / (beta^2 * precision + recall)`.

    Args:
        average: `None` (a score for each class), `"micro"` (over all entries), `"macro"` (the
            mean of the classes' scores) or `"weighted"` (by how often each class occurs).
        beta: How much more recall weighs than precision, a float.
        threshold: What predictions have to exceed, a float; the highest one counts if None.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If an argument is not valid.

    See https://keras.io/api/metrics/classification_metrics/#fbetascore-class.
    """

    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        owner = type(self).__name__
        if average not in _AVERAGES:
            raise ValueError(
                f"{owner}'s `average` has to be one of {_AVERAGES}. Received: average={average!r}"
            )
        if not isinstance(beta, float) or beta <= 0.0:
            raise ValueError(
                f"{owner}'s `beta` has to be a positive float. Received: beta={beta!r}"
            )
        if threshold is not None and not (isinstance(threshold, float) and 0 < threshold <= 1):
            raise ValueError(
                f"{owner}'s `threshold` has to be a float above 0, up to 1, or None. "
                f"Received: threshold={threshold!r}"
            )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.axis = None if average == "micro" else 0
        self._built = False

    def _build(self, y_true: torch.Tensor, y_pred: torch.Tensor) -> None:
        if y_true.dim() != 2 or y_pred.dim() != 2:
            raise ValueError(
                f"{type(self).__name__} takes targets and predictions `(batch, classes)`. "
                f"Received: y_true of shape {tuple(y_true.shape)}, y_pred of shape "
                f"{tuple(y_pred.shape)}"
            )
        shape = () if self.average == "micro" else (y_pred.shape[-1],)
        for name in _STATE:
            setattr(self, name, self.add_variable(shape, "zeros", dtype=self.dtype, name=name))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch.

        Args:
            y_true: Targets `(batch, classes)` of 0 and 1.
            y_pred: Predictions `(batch, classes)`.
            sample_weight: Weights `(batch,)`.

        Raises:
            ValueError: If the shapes are others.
        """
        dtype = torch_dtype(self.dtype)
        y_pred = to_tensor(y_pred, dtype)
        y_true = to_tensor(y_true, dtype, y_pred.device)
        if not self._built:
            self._build(y_true, y_pred)
        if self.threshold is None:
            highest = y_pred >= torch.amax(y_pred, dim=-1, keepdim=True)
            y_pred = (highest & (torch.abs(y_pred) > 1e-9)).to(dtype)
        else:
            y_pred = (y_pred > self.threshold).to(dtype)
        weights: Any = 1.0
        if sample_weight is not None:
            weights = to_tensor(sample_weight, dtype, y_pred.device)
            if weights.shape not in (torch.Size([1]), y_pred.shape[:1]):
                raise ValueError(
                    f"{type(self).__name__} takes weights `(batch,)`. "
                    f"Received: sample_weight of shape {tuple(weights.shape)}"
                )
            weights = weights.unsqueeze(1)
        added = (y_pred * y_true, y_pred * (1 - y_true), (1 - y_pred) * y_true, y_true)
        for name, values in zip(_STATE, added, strict=True):
            values = values * weights
            getattr(self, name).assign_add(values.sum() if self.axis is None else values.sum(0))

    def result(self) -> torch.Tensor:
        """Return the score: `()`, or `(classes,)` without an average.

        Raises:
            ValueError: If nothing was added.
        """
        if not self._built:
            raise ValueError(f"{self.name} has no result before update_state. Received: no data")
        hits, wrong, missed, weights = (getattr(self, name).value for name in _STATE)
        epsilon, factor = config.epsilon(), self.beta**2
        precision = hits / (hits + wrong + epsilon)
        recall = hits / (hits + missed + epsilon)
        score = precision * recall / (factor * precision + recall + epsilon) * (1 + factor)
        if self.average == "weighted":
            return (score * (weights / (weights.sum() + epsilon))).sum()
        return score if self.average is None else score.mean()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


@builtin("keras.metrics")
class F1Score(FBetaScore):
    """`2 * precision * recall / (precision + recall)`.

    Args:
        average: `None`, `"micro"`, `"macro"` or `"weighted"`; see `FBetaScore`.
        threshold: What predictions have to exceed, a float; the highest one counts if None.
        name: Name of the metric.
        dtype: Type of the computation.

    Raises:
        ValueError: If an argument is not valid.
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["beta"]
        return config
