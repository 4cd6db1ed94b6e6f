"""Metrics whose meaning depends on the shapes of targets and predictions."""

from __future__ import annotations

from typing import Any

from kerasish.losses.resolve import kind_of_targets, object_name
from kerasish.metrics.accuracy_classes import (
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
)
from kerasish.metrics.lookup import get
from kerasish.metrics.metric import Metric
from kerasish.metrics.reduction import MeanMetricWrapper

_ACCURACIES: dict[str, type[Metric]] = {
    "binary": BinaryAccuracy,
    "sparse": SparseCategoricalAccuracy,
    "categorical": CategoricalAccuracy,
}


def get_metric(identifier: Any, y_true: Any, y_pred: Any) -> Metric:
    """Return the metric that an argument of `compile` means.

    Args:
        identifier: What `get` takes, or `"accuracy"`, `"acc"`: the accuracy that fits.
        y_true: Targets; only the shape counts.
        y_pred: Predictions; only the shape counts.

    Returns:
        An instance of `Metric`, made from functions too. Its name is the identifier if that is
        a string.

    Raises:
        ValueError: If there is no such metric, or for None.
    """
    if identifier is None:
        raise ValueError("A metric can't be None; leave it out of the list. Received: None")
    if str(identifier).lower() in ("accuracy", "acc"):
        found: Any = _ACCURACIES[kind_of_targets(y_true, y_pred)](name=str(identifier))
    else:
        found = get(identifier)
    name = identifier if isinstance(identifier, str) else object_name(found)
    metric = found if isinstance(found, Metric) else MeanMetricWrapper(found)
    metric.name = name
    return metric
