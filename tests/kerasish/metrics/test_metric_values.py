"""Metrics that are means of functions against Keras's: batches, weights, masks and dtypes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from kerasish import metrics
from tests.kerasish.metrics.metric_checker import compare

RNG = np.random.default_rng(3)
SHAPE = (6, 3, 4)


def _probabilities(shape):
    values = RNG.uniform(0.02, 1.0, size=shape)
    return values / values.sum(-1, keepdims=True)


def _batch(kind, dtype):
    labels = RNG.integers(0, 4, SHAPE[:-1])
    noise = RNG.normal(size=SHAPE)
    noise = np.round(noise, 1)  # so that there are ties
    pairs = {
        "real": (RNG.normal(size=SHAPE), noise),
        "positive": (RNG.uniform(0, 3, size=SHAPE), np.abs(noise)),
        "probabilities": (_probabilities(SHAPE), _probabilities(SHAPE)),
        "binary": (RNG.integers(0, 2, SHAPE), np.round(RNG.uniform(size=SHAPE), 1)),
        "one_hot": (np.eye(4)[labels], _probabilities(SHAPE)),
        "one_hot_ties": (np.eye(4)[labels], noise),
        "sparse": (labels, _probabilities(SHAPE)),
        "sparse_ties": (labels, noise),
        "sparse_last_axis": (labels[..., None], noise),
        "out_of_range": (np.where(labels == 2, 9, labels), noise),
        "equal": (RNG.integers(0, 3, SHAPE), RNG.integers(0, 3, SHAPE)),
        "sorted_ids": (labels, np.argsort(-noise, -1)),
        "outputs": (RNG.normal(size=(6, 4)), RNG.normal(size=(6, 4))),
    }
    y_true, y_pred = pairs[kind]
    return y_true.astype(dtype), y_pred.astype(dtype)


CASES = [
    ("MeanSquaredError", {}, "real"),
    ("RootMeanSquaredError", {}, "real"),
    ("MeanAbsoluteError", {}, "real"),
    ("MeanAbsolutePercentageError", {}, "positive"),
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("CosineSimilarity", {}, "real"),
    ("CosineSimilarity", {"axis": 1}, "real"),
    ("LogCoshError", {}, "real"),
    ("PearsonCorrelation", {}, "real"),
    ("PearsonCorrelation", {"axis": 1}, "real"),
    ("ConcordanceCorrelation", {}, "real"),
    ("Hinge", {}, "binary"),
    ("SquaredHinge", {}, "real"),
    ("CategoricalHinge", {}, "one_hot"),
    ("KLDivergence", {}, "probabilities"),
    ("Poisson", {}, "positive"),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True}, "binary"),
    ("CategoricalCrossentropy", {}, "one_hot"),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "one_hot"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1, "from_logits": True}, "sparse"),
    ("Accuracy", {}, "equal"),
    ("BinaryAccuracy", {}, "binary"),
    ("BinaryAccuracy", {"threshold": 0.3}, "binary"),
    ("CategoricalAccuracy", {}, "one_hot_ties"),
    ("SparseCategoricalAccuracy", {}, "sparse_ties"),
    ("SparseCategoricalAccuracy", {}, "sparse_last_axis"),
    ("SparseCategoricalAccuracy", {}, "out_of_range"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one_hot_ties"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "sparse_ties"),
    ("SparseTopKCategoricalAccuracy", {"k": 9}, "sparse_ties"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "out_of_range"),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, "sorted_ids"),
]


def _weights(values):
    """Return weights of every rank that goes with values, zeros among them."""
    shape = values.shape
    found = [None, 0.5]
    for rank in range(1, len(shape) + 1):
        found.append(RNG.uniform(0, 2, shape[:rank]) * RNG.integers(0, 2, shape[:rank]))
        found.append(RNG.uniform(0, 2, (shape[0], *[1] * (rank - 1))))
    found += [np.zeros(shape[:1]), RNG.uniform(0, 2, (*shape, 1))]
    return found


def _values_of(name, arguments, batch):
    if name == "RootMeanSquaredError":
        return batch[0]
    return getattr(metrics, name)(**arguments)._fn(*batch, **arguments).numpy()


def _is_of_samples(weight):
    """Whether weights are of one axis, which Keras can't combine with the mask of a loss."""
    return np.ndim(weight) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "arguments", "kind"), CASES, ids=str)
def test_means_of_functions(name, arguments, kind, dtype):
    if "TopK" in name and dtype == "float64" and kind != "sorted_ids":
        pytest.skip("TensorFlow's in_top_k takes float32 alone")
    rtol = 1e-5 if dtype == "float32" else 1e-10
    atol = 1e-6 if dtype == "float32" else 1e-12
    batches = [_batch(kind, dtype) for _ in range(3)]
    for index in range(len(_weights(_values_of(name, arguments, batches[0])))):
        theirs = getattr(keras.metrics, name)(**arguments, dtype=dtype)
        ours = getattr(metrics, name)(**arguments, dtype=dtype)
        if "ignore_class" in arguments and _is_of_samples(_weights(np.zeros(SHAPE[:2]))[index]):
            continue
        weighted = [
            (*batch, _weights(_values_of(name, arguments, batch))[index]) for batch in batches
        ]
        compare(theirs, ours, weighted, rtol, atol)


@pytest.mark.parametrize("name", ["MeanSquaredError", "SparseCategoricalCrossentropy"])
def test_masks(name):
    arguments = {} if name == "MeanSquaredError" else {"ignore_class": 1}
    theirs, ours = getattr(keras.metrics, name)(**arguments), getattr(metrics, name)(**arguments)
    for weight in (
        None,
        RNG.uniform(size=SHAPE[:2]),
        RNG.uniform(size=(6, 1)),
        RNG.uniform(size=6),
    ):
        y_true, y_pred = _batch("real" if name == "MeanSquaredError" else "sparse", "float32")
        mask = RNG.integers(0, 2, SHAPE[:2]).astype(bool)
        # Keras takes weights of the mask's rank alone.
        weight = weight if weight is None or weight.ndim == 2 else weight[:, None]
        their_pred, our_pred = tf.constant(y_pred), torch.tensor(y_pred)
        their_pred._keras_mask, our_pred._keras_mask = tf.constant(mask), torch.tensor(mask)
        theirs.update_state(y_true, their_pred, weight)
        ours.update_state(y_true, our_pred, weight)
        np.testing.assert_allclose(ours.result().numpy(), theirs.result().numpy(), rtol=1e-5)


@pytest.mark.parametrize("name", ["Mean", "Sum"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_reductions(name, dtype):
    values = RNG.normal(size=(5, 3, 2))
    batches = [
        (values, None),
        (3, None),
        (2.5, 4),
        ([1.0, 2.0, 3.0], [0.0, 1.0, 2.0]),
        (values, values[:, 0, 0]),
        (values, values[:, :, 0]),
        (values, values[:, :, :1]),
        (values[..., :1], values[..., 0]),
        (values[:, 0, 0], values[:, 0, :1]),
        ([1.0, 2.0], 0.0),
    ]
    theirs, ours = getattr(keras.metrics, name)(dtype=dtype), getattr(metrics, name)(dtype=dtype)
    compare(theirs, ours, batches, 1e-5 if dtype == "float32" else 1e-10, 1e-6)


@pytest.mark.parametrize("weight", [None, "sample", "entry", 2.0])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"class_aggregation": None},
        {"class_aggregation": "variance_weighted_average"},
        {"num_regressors": 3},
        {"num_regressors": 500},
    ],
    ids=str,
)
def test_r2_score(arguments, weight):
    weights = {None: None, "sample": RNG.uniform(size=6), "entry": RNG.uniform(size=(6, 4))}
    batches = [(*_batch("outputs", "float32"), weights.get(weight, weight)) for _ in range(3)]
    theirs, ours = keras.metrics.R2Score(**arguments), metrics.R2Score(**arguments)
    compare(theirs, ours, batches, 2e-5, 1e-5)


def test_r2_score_of_constant_targets():
    ones = np.ones((4, 2), "float32")
    for y_pred in (ones, ones + 1):
        theirs = keras.metrics.R2Score(class_aggregation=None)
        ours = metrics.R2Score(class_aggregation=None)
        compare(theirs, ours, [(ones, y_pred)], 1e-6)


@pytest.mark.parametrize("threshold", [None, 0.4])
@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
@pytest.mark.parametrize("name", ["F1Score", "FBetaScore"])
def test_f_scores(name, average, threshold):
    arguments = {"average": average, "threshold": threshold}
    if name == "FBetaScore":
        arguments["beta"] = 2.0
    for dtype in ("float32", "float64"):
        theirs = getattr(keras.metrics, name)(**arguments, dtype=dtype)
        ours = getattr(metrics, name)(**arguments, dtype=dtype)
        batches = []
        for weight in (None, RNG.uniform(size=8), np.zeros(8)):
            y_true = RNG.integers(0, 2, (8, 5)).astype(dtype)
            y_true[:, 4] = 0  # a class that is never there
            y_pred = np.round(RNG.uniform(size=(8, 5)), 1).astype(dtype)
            y_pred[0] = 0
            batches.append((y_true, y_pred, weight))
        compare(theirs, ours, batches, 1e-5 if dtype == "float32" else 1e-10)
