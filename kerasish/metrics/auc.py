"""Areas under curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish import config
from kerasish.dtypes import torch_dtype
from kerasish.losses.conversion import to_tensor
from kerasish.losses.weighting import divide_no_nan
from kerasish.metrics.confusion_counts import Counts, confusion_counts
from kerasish.metrics.constants import constant
from kerasish.metrics.metric import Metric
from kerasish.metrics.thresholds import even_thresholds, evenly_distributed
from kerasish.saving.registry import builtin, deserialize_keras_object

_CURVES = {name: name.upper() for name in ("ROC", "PR", "PRGAIN", "roc", "pr", "prgain")}
_SUMS = ("interpolation", "majoring", "minoring")
_SUMMATIONS = {name: name.lower() for known in _SUMS for name in (known, known.title())}


@builtin("keras.metrics")
class AUC(Metric):
    """Area under a curve, as a sum over thresholds.

    Args:
        num_thresholds: How many even thresholds divide the range from 0 to 1.
        curve: `"ROC"` (recall over the false positive rate), `"PR"` (precision over recall) or
            `"PRGAIN"` (the same as gains over chance).
        summation_method: `"interpolation"` (middle heights; for PR as by Davis and Goadrich),
            `"minoring"` (lower heights) or `"majoring"` (higher ones).
        name: Name of the metric.
        dtype: Type of the computation.
        thresholds: Thresholds between 0 and 1 in place of even ones.
        multi_label: Whether an area is computed for each label, then averaged.
        num_labels: How many labels there are; found in the first batch if None.
        label_weights: Weights of the labels in the average, or without `multi_label` in the
            counts.
        from_logits: Whether predictions are logits.

    Raises:
        ValueError: If an argument is not valid.

    Sources: https://keras.io/api/metrics/classification_metrics/#auc-class,
    https://doi.org/10.1145/1143844.1143874, https://doi.org/10.5555/2969239.2969346.
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.curve = _one_of(_CURVES, "curve", curve)
        self.summation_method = _one_of(_SUMMATIONS, "summation_method", summation_method)
        self._init_from_thresholds = thresholds is not None
        if thresholds is None:
            if num_thresholds <= 1:
                raise ValueError(
                    "AUC's `num_thresholds` has to be greater than 1. "
                    f"Received: num_thresholds={num_thresholds}"
                )
            inner, self._even = even_thresholds(num_thresholds), True
        else:
            inner = sorted(float(threshold) for threshold in thresholds)
            self._even = evenly_distributed([0.0, *inner, 1.0])
        self.num_thresholds = len(inner) + 2
        self._thresholds = [0.0 - config.epsilon(), *inner, 1.0 + config.epsilon()]
        self.multi_label = multi_label
        self.num_labels = num_labels
        weights = None if label_weights is None else to_tensor(label_weights, dtype=None)
        self._label_weights = None if weights is None else weights.tolist()
        self._from_logits = from_logits
        self._built = False
        if num_labels and not multi_label:
            raise ValueError(
                "AUC's `num_labels` is for `multi_label=True` alone. "
                f"Received: num_labels={num_labels}, multi_label={multi_label}"
            )
        if not multi_label:
            self._build((self.num_thresholds,))
        elif num_labels:
            self._build((self.num_thresholds, num_labels))

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, with the two that lie just outside the range from 0 to 1."""
        return list(self._thresholds)

    def _build(self, shape: tuple[int, ...]) -> None:
        for field in Counts._fields:
            setattr(self, field, self.add_variable(shape, "zeros", name=field))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch.

        Args:
            y_true: Targets of any shape, `(batch, labels)` for `multi_label`; not 0 means true.
            y_pred: Predictions of the same shape, from 0 to 1 unless they are logits.
            sample_weight: Weights that broadcast to the predictions, from the first axis on.

        Raises:
            ValueError: If a shape does not fit.
        """
        y_pred = to_tensor(y_pred)
        if self.multi_label and y_pred.dim() != 2:
            raise ValueError(
                "AUC with `multi_label=True` takes predictions `(batch, labels)`. "
                f"Received: y_pred of shape {tuple(y_pred.shape)}"
            )
        if not self._built:
            self._build((self.num_thresholds, y_pred.shape[1]))
        dtype = torch_dtype(self.true_positives.dtype)
        in_counts = None if self.multi_label else self._weights(y_pred.to(dtype))
        counts = confusion_counts(
            y_true,
            torch.sigmoid(y_pred) if self._from_logits else y_pred,
            self._thresholds,
            dtype,
            even=self._even,
            sample_weight=sample_weight,
            label_weights=in_counts,
            multi_label=self.multi_label,
        )
        for field, added in counts._asdict().items():
            getattr(self, field).assign_add(added)

    def result(self) -> torch.Tensor:
        """Return the area, of shape `()`; 0 if nothing was added."""
        if not self._built:
            return torch.zeros((), dtype=torch_dtype(None))
        counts = Counts(*(getattr(self, field).value for field in Counts._fields))
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._over_labels(_interpolated_pr(counts))
        x, y = _CURVE_POINTS[self.curve](counts)
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2.0
        elif self.summation_method == "minoring":
            heights = torch.minimum(y[:-1], y[1:])
        else:
            heights = torch.maximum(y[:-1], y[1:])
        return self._over_labels((x[:-1] - x[1:]) * heights)

    def _weights(self, like: torch.Tensor) -> torch.Tensor | None:
        if self._label_weights is None:
            return None
        return constant(self._label_weights, like.dtype, like.device)

    def _over_labels(self, terms: torch.Tensor) -> torch.Tensor:
        if not self.multi_label:
            return terms.sum()
        areas, weights = terms.sum(0), self._weights(terms)
        if weights is None:
            return areas.mean()
        return divide_no_nan((areas * weights).sum(), weights.sum())

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; `label_weights` as numbers, which Keras reads."""
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": self._label_weights,
            "from_logits": self._from_logits,
        }
        if self._init_from_thresholds:
            config["thresholds"] = self._thresholds[1:-1]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a metric from what `get_config` gave."""
        return cls(**deserialize_keras_object(config))


def _one_of(known: dict[str, str], argument: str, value: Any) -> str:
    value = getattr(value, "value", value)
    if value not in known:
        raise ValueError(
            f"AUC's `{argument}` has to be one of {sorted(set(known.values()))}. "
            f"Received: {argument}={value!r}"
        )
    return known[value]


def _interpolated_pr(counts: Counts) -> torch.Tensor:
    """Return the area between neighbouring points, on a line in the space of counts."""
    found, missed = counts.true_positives, counts.false_negatives
    above = found + counts.false_positives
    step = found[:-1] - found[1:]
    slope = divide_no_nan(step, torch.clamp(above[:-1] - above[1:], min=0.0))
    intercept = found[1:] - slope * above[1:]
    both = (above[:-1] > 0) & (above[1:] > 0)
    ratio = torch.where(both, divide_no_nan(above[:-1], torch.clamp(above[1:], min=0.0)), 1.0)
    area = slope * (step + intercept * torch.log(ratio))
    return divide_no_nan(area, torch.clamp(found[1:] + missed[1:], min=0.0))


def _recall(counts: Counts) -> torch.Tensor:
    return divide_no_nan(counts.true_positives, counts.true_positives + counts.false_negatives)


def _roc(counts: Counts) -> tuple[torch.Tensor, torch.Tensor]:
    negatives = counts.false_positives + counts.true_negatives
    return divide_no_nan(counts.false_positives, negatives), _recall(counts)


def _pr(counts: Counts) -> tuple[torch.Tensor, torch.Tensor]:
    above = counts.true_positives + counts.false_positives
    return _recall(counts), divide_no_nan(counts.true_positives, above)


def _pr_gain(counts: Counts) -> tuple[torch.Tensor, torch.Tensor]:
    found = counts.true_positives
    odds = divide_no_nan(
        found + counts.false_negatives, counts.true_negatives + counts.false_positives
    )
    recall_gain = 1.0 - odds * divide_no_nan(counts.false_negatives, found)
    precision_gain = 1.0 - odds * divide_no_nan(counts.false_positives, found)
    nothing = found == 0.0
    recall_gain = torch.clamp(torch.where(nothing, 0.0, recall_gain), min=0.0)
    return recall_gain, torch.where(nothing, 1.0, precision_gain)


_CURVE_POINTS = {"ROC": _roc, "PR": _pr, "PRGAIN": _pr_gain}
