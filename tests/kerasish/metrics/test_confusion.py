"""Metrics that count at thresholds, and overlaps of regions, against Keras's."""

import keras
import numpy as np
import pytest

from kerasish import metrics
from tests.kerasish.metrics.metric_checker import compare

RNG = np.random.default_rng(8)
THRESHOLDS = [None, 0.3, [0.0, 1.0], [0.7, 0.2, 0.5], [0.0, 0.5, 1.0], list(np.linspace(0, 1, 11))]
# More thresholds than are compared one by one, not even and not in order.
THRESHOLDS.append([0.9, 0.1, 0.25, 0.3, 0.35, 0.4, 0.05, 0.6, 0.8, 0.2])


def _batches(shape, weights=True):
    batches = []
    for weight in (None, "sample", "entry", "zero", 0.5) if weights else (None,):
        y_true = RNG.integers(0, 2, shape)
        # Tenths fall on thresholds; 0 and 1 are edges.
        y_pred = np.round(RNG.uniform(-0.04, 1.04, shape), 1).astype("float32")
        weight = {
            # Quarters add up without rounding, so that both sides meet the same conditions.
            "sample": RNG.integers(0, 9, shape[0]) / 4,
            "entry": RNG.integers(0, 9, shape) / 4,
            "zero": np.zeros(shape[0]),
        }.get(weight, weight)
        batches.append((y_true, y_pred, weight))
    batches.append((np.zeros(shape), batches[0][1], None))
    return batches


@pytest.mark.parametrize("thresholds", THRESHOLDS, ids=str)
@pytest.mark.parametrize(
    "name",
    ["TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "Precision", "Recall"],
)
def test_counts(name, thresholds):
    for shape in ((7,), (7, 3), (4, 3, 2)):
        theirs = getattr(keras.metrics, name)(thresholds=thresholds)
        ours = getattr(metrics, name)(thresholds=thresholds)
        batches = _batches(shape)
        if len(shape) == 3:
            batches = [batch for batch in batches if np.shape(batch[2]) != shape[:1]]
        compare(theirs, ours, batches, 1e-5, 1e-6)


@pytest.mark.parametrize("name", ["Precision", "Recall"])
@pytest.mark.parametrize(
    "arguments",
    [
        {"top_k": 2},
        {"top_k": 2, "class_id": 1},
        {"class_id": 2},
        {"top_k": 3, "thresholds": 0.4},
        {"class_id": 0, "thresholds": [0.0, 0.5, 1.0]},
    ],
    ids=str,
)
def test_top_k_and_class(name, arguments):
    theirs = getattr(keras.metrics, name)(**arguments)
    ours = getattr(metrics, name)(**arguments)
    batches = [batch for batch in _batches((6, 5)) if np.shape(batch[2]) != (6, 5)]
    compare(theirs, ours, batches, 1e-5, 1e-6)


@pytest.mark.parametrize("count", [1, 2, 3, 21, 200])
@pytest.mark.parametrize(
    "name",
    [
        "SensitivityAtSpecificity",
        "SpecificityAtSensitivity",
        "PrecisionAtRecall",
        "RecallAtPrecision",
    ],
)
def test_operating_points(name, count):
    for value in (0.0, 0.4, 0.8, 1.0):
        theirs = getattr(keras.metrics, name)(value, num_thresholds=count)
        ours = getattr(metrics, name)(value, num_thresholds=count)
        compare(theirs, ours, _batches((9,)), 1e-5, 1e-6)
    theirs = getattr(keras.metrics, name)(0.5, num_thresholds=count, class_id=1)
    ours = getattr(metrics, name)(0.5, num_thresholds=count, class_id=1)
    compare(theirs, ours, _batches((9, 3))[:2], 1e-5, 1e-6)


@pytest.mark.parametrize("summation", ["interpolation", "majoring", "minoring"])
@pytest.mark.parametrize("curve", ["ROC", "PR", "PRGAIN"])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"num_thresholds": 11},
        {"thresholds": [0.3, 0.1, 0.85]},
        {"thresholds": [0.5]},
        {"thresholds": list(RNG.uniform(size=30))},
        {"from_logits": True},
        {"label_weights": [0.5, 1.0, 2.0]},
        {"multi_label": True},
        {"multi_label": True, "num_labels": 3, "thresholds": [0.2, 0.3, 0.7]},
        {"multi_label": True, "num_labels": 3, "label_weights": [0.5, 1.0, 2.0]},
    ],
    ids=str,
)
def test_auc(curve, summation, arguments):
    arguments = {**arguments, "curve": curve, "summation_method": summation}
    theirs, ours = keras.metrics.AUC(**arguments), metrics.AUC(**arguments)
    compare(theirs, ours, _batches((20, 3)), 1e-5, 2e-6)


def test_auc_without_positives_or_data():
    for curve in ("ROC", "PR", "PRGAIN"):
        theirs, ours = keras.metrics.AUC(curve=curve), metrics.AUC(curve=curve)
        assert float(ours.result()) == float(theirs.result())
        compare(theirs, ours, [([0, 0], [0.2, 0.4]), ([1, 0], [1.0, 0.0])], 1e-6)


IOU_CASES = [
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, "numbers"),
    ("IoU", {"num_classes": 3, "target_class_ids": (1,), "ignore_class": 2}, "numbers"),
    ("IoU", {"num_classes": 9, "target_class_ids": (1, 8)}, "numbers"),
    ("MeanIoU", {"num_classes": 3}, "numbers"),
    ("MeanIoU", {"num_classes": 4, "sparse_y_pred": False}, "scores"),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [1, 3]}, "one_hot"),
    ("OneHotMeanIoU", {"num_classes": 4}, "one_hot"),
    ("OneHotMeanIoU", {"num_classes": 4, "ignore_class": 0}, "one_hot"),
    ("BinaryIoU", {}, "binary"),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, "binary"),
]


@pytest.mark.parametrize("dtype", [None, "float32", "float64"])
@pytest.mark.parametrize(("name", "arguments", "kind"), IOU_CASES, ids=str)
def test_iou(name, arguments, kind, dtype):
    theirs = getattr(keras.metrics, name)(**arguments, dtype=dtype)
    ours = getattr(metrics, name)(**arguments, dtype=dtype)
    batches = []
    for _ in range(3):
        numbers = RNG.integers(-1, 5, (2, 6))  # some that are no class
        scores = RNG.uniform(size=(2, 6, 4)).astype("float32")
        pairs = {
            "numbers": (numbers, RNG.integers(0, 4, (2, 6))),
            "scores": (RNG.integers(0, 4, (2, 6)), scores),
            "one_hot": (np.eye(4)[RNG.integers(0, 4, (2, 6))], scores),
            "binary": (RNG.integers(0, 2, (2, 6)), np.round(RNG.uniform(size=(2, 6)), 1)),
        }
        weights = (None, 2, RNG.integers(0, 3, (2, 6)), RNG.uniform(0, 2, (2, 6)))
        batches += [(*pairs[kind], weight) for weight in weights]
    compare(theirs, ours, batches, 1e-5)


def test_iou_warns_of_weights_that_are_cut_off():
    metric = metrics.MeanIoU(2, name="overlap")
    with pytest.warns(UserWarning, match=r"overlap counts in int64.*Received: .*float64"):
        metric.update_state([0, 1], [0, 1], np.array([0.5, 1.5]))
    assert metric.variables[0].numpy().tolist() == [[0, 0], [0, 1]]
