"""What metrics have in common: state, configs, names, lookup, own classes and devices."""

import copy
import json
import pickle

import keras
import numpy as np
import pytest
import torch

from kerasish import metrics
from kerasish.metrics.resolve import get_metric
from kerasish.saving import (
    deserialize_keras_object,
    register_keras_serializable,
    serialize_keras_object,
)

ARGUMENTS = {
    "MeanMetricWrapper": None,
    "IoU": {"num_classes": 3, "target_class_ids": [0, 2], "ignore_class": 1},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0], "axis": 1},
    "MeanIoU": {"num_classes": 4, "sparse_y_pred": False},
    "OneHotMeanIoU": {"num_classes": 4},
    "BinaryIoU": {"threshold": 0.25},
    "SensitivityAtSpecificity": {"specificity": 0.3, "class_id": 2},
    "SpecificityAtSensitivity": {"sensitivity": 0.3},
    "PrecisionAtRecall": {"recall": 0.3, "num_thresholds": 7},
    "RecallAtPrecision": {"precision": 0.3},
    "Precision": {"thresholds": [0.1, 0.4], "class_id": 1},
    "Recall": {"top_k": 3},
    "FBetaScore": {"beta": 0.5, "average": "macro"},
    "F1Score": {"threshold": 0.5},
    "R2Score": {"num_regressors": 2},
    "AUC": {"thresholds": [0.2, 0.9], "curve": "PR", "summation_method": "majoring"},
    "BinaryCrossentropy": {"from_logits": True, "label_smoothing": 0.1},
    "CategoricalCrossentropy": {"axis": 1},
    "SparseCategoricalCrossentropy": {"ignore_class": 3},
    "BinaryAccuracy": {"threshold": 0.75},
    "TopKCategoricalAccuracy": {"k": 2},
    "SparseTopKCategoricalAccuracy": {"from_sorted_ids": True},
    "PearsonCorrelation": {"axis": 0},
}
CLASSES = [
    name
    for name in metrics.__all__
    if isinstance(getattr(metrics, name), type) and name not in ("Metric", "MeanMetricWrapper")
]


def test_every_name_of_keras_is_here():
    theirs = {name for name in dir(keras.metrics) if not name.startswith("_")}
    assert set(metrics.__all__) == theirs


@pytest.mark.parametrize("dtype", [None, "float64"])
@pytest.mark.parametrize("name", CLASSES)
def test_configs_are_those_of_keras_and_read_by_both(name, dtype):
    arguments = {**(ARGUMENTS.get(name) or {}), "dtype": dtype, "name": "some_name"}
    theirs = getattr(keras.metrics, name)(**arguments)
    ours = getattr(metrics, name)(**arguments)
    config = json.loads(json.dumps(metrics.serialize(ours)))
    assert config == json.loads(json.dumps(keras.metrics.serialize(theirs)))
    again = metrics.deserialize(config)
    assert type(again) is type(ours)
    assert again.get_config() == ours.get_config()
    assert keras.metrics.deserialize(config).get_config() == theirs.get_config()


def test_what_keras_leaves_out_of_configs_is_kept():
    metric = metrics.CosineSimilarity(axis=1)
    returned = keras.metrics.deserialize(metrics.serialize(metric))
    assert returned._fn_kwargs == metrics.deserialize(metrics.serialize(metric))._fn_kwargs
    assert returned._fn_kwargs == {"axis": 1}
    auc = metrics.AUC(multi_label=True, num_labels=2, label_weights=np.array([1.0, 3.0]))
    assert keras.metrics.deserialize(metrics.serialize(auc)).label_weights.numpy().tolist() == [
        1,
        3,
    ]
    theirs = keras.metrics.AUC(multi_label=True, num_labels=2, label_weights=[1.0, 3.0])
    assert metrics.deserialize(keras.metrics.serialize(theirs)).get_config()["label_weights"] == [
        1,
        3,
    ]


def test_wrapped_functions():
    config = metrics.serialize(metrics.MeanMetricWrapper(metrics.huber, name="h", delta=2.0))
    theirs = keras.metrics.MeanMetricWrapper(keras.metrics.huber, name="h", delta=2.0)
    assert config == keras.metrics.serialize(theirs)
    again = metrics.deserialize(config)
    assert again._fn is metrics.huber
    assert again._direction == "down"
    assert float(again([[1.0]], [[6.0]])) == 8.0


@pytest.mark.parametrize("name", ["mse", "MAE", "bce", "AUC", "auc", "mean_squared_error", "io_u"])
def test_lookup_by_name(name):
    if name == "io_u":
        for module in (keras.metrics, metrics):
            with pytest.raises(TypeError):
                module.get(name)
        return
    theirs, ours = keras.metrics.get(name), metrics.get(name)
    assert type(ours).__name__ == type(theirs).__name__
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")
    assert type(metrics.deserialize(name)) is type(ours)


def test_lookup():
    def loss(y_true, y_pred):
        return y_true

    assert metrics.get(None) is None
    assert metrics.get(loss) is loss
    assert type(metrics.get(metrics.AUC)) is metrics.AUC
    assert metrics.get({"class_name": "Mean", "config": {"name": "m"}}).name == "m"
    with pytest.raises(ValueError, match=r"Unknown metric 'acuracy'\. Did you mean .*accuracy"):
        metrics.get("acuracy")
    with pytest.raises(ValueError, match="Received: 3"):
        metrics.get(3)


@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy", "mse", "AUC"])
@pytest.mark.parametrize(
    "shapes", [((5, 1), (5, 1)), ((5,), (5, 3)), ((5, 1), (5, 3)), ((5, 3), (5, 3)), ((5,), (5, 1))]
)
def test_accuracy_by_shape(name, shapes):
    from keras.src.trainers.compile_utils import get_metric as theirs

    arrays = [np.zeros(shape, "float32") for shape in shapes]
    expected, found = theirs(name, *arrays), get_metric(name, *arrays)
    assert type(found).__name__ == type(expected).__name__
    assert found.name == expected.name == name


@register_keras_serializable("test_metrics")
class Hits(metrics.Metric):
    def __init__(self, name="hits", **kwargs):
        super().__init__(name=name, **kwargs)
        self.hits = self.add_variable(shape=(), initializer="zeros", name="hits")
        self.calls = self.add_weight(name="calls")
        self.inner = metrics.Mean(name="inner")
        self.more = [metrics.Sum()]

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.hits.assign(self.hits + torch.sum(y_true == y_pred))
        self.calls.assign_add(1)
        self.inner.update_state(y_pred)

    def result(self):
        return {"hits": self.hits, "share": self.hits / self.calls}


def test_metrics_of_the_user():
    metric = Hits()
    first = metric(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]))
    second = metric(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0]))
    assert {key: float(value) for key, value in first.items()} == {"hits": 1.0, "share": 1.0}
    assert {key: float(value) for key, value in second.items()} == {"hits": 3.0, "share": 1.5}
    assert [v.path for v in metric.variables] == [
        "hits/hits",
        "hits/calls",
        "inner/total",
        "inner/count",
        "sum/total",
    ]
    assert list(metric.state_dict()) == [
        "hits",
        "calls",
        "inner.total",
        "inner.count",
        "more_0.total",
    ]
    assert type(deserialize_keras_object(serialize_keras_object(metric))) is Hits
    metric.reset_state()
    assert float(metric.inner.result()) == 0.0


def test_messages():
    class Forgot(metrics.Metric):
        def __init__(self):
            self.add_variable((), "zeros")

    with pytest.raises(RuntimeError, match=r"Forgot.__init__ has to call super\(\).*Received"):
        Forgot()
    with pytest.raises(NotImplementedError, match="Metric has to define update_state"):
        metrics.Metric().update_state()
    with pytest.raises(NotImplementedError, match="Metric has to define result"):
        metrics.Metric().result()
    with pytest.raises(ValueError, match=r"shape \(\)\. Received: a value of shape \(2,\)"):
        metrics.Mean().total.assign([1.0, 2.0])


def test_copies_files_and_dtype():
    metric = metrics.AUC(num_thresholds=5)
    expected = float(metric([0, 1, 1], [0.2, 0.1, 0.9]))
    for twin in (copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):
        assert float(twin.result()) == expected
        twin.reset_state()
        assert float(metric.result()) == expected
    other = metrics.AUC(num_thresholds=5)
    other.load_state_dict(metric.state_dict())
    assert float(other.result()) == expected


def test_stateless_calls_are_those_of_keras():
    theirs, ours = keras.metrics.Mean(), metrics.Mean()
    ours.update_state([5.0])
    state = ours.stateless_update_state([1.0, 2.0], [3.0, 4.0])
    expected = theirs.stateless_update_state([1.0, 2.0], [3.0, 4.0])
    assert [float(v) for v in state] == [float(v) for v in expected] == [8.0, 4.0]
    assert float(ours.stateless_result(state)) == 2.0
    assert [float(v) for v in ours.stateless_reset_state()] == [0.0, 0.0]
    assert float(ours.result()) == 5.0
    with pytest.raises(ValueError, match=r"has 2 variables\. Received: .* length 1"):
        ours.stateless_result([1.0])


def test_results_are_not_changed_by_later_batches_and_hold_no_graph():
    metric = metrics.Sum()
    x = torch.ones(3, requires_grad=True)
    first = metric(x)
    metric.update_state(x)
    assert float(first) == 3.0
    assert not metric.total.value.requires_grad
    with torch.inference_mode():
        scores = metrics.R2Score()
        scores.update_state(torch.rand(3, 2), torch.rand(3, 2))
        metric.update_state(torch.ones(2))
    scores.update_state(torch.rand(3, 2, requires_grad=True), torch.rand(3, 2))
    metric.update_state(x)
    assert float(metric.result()) == 11.0


def _batch(name):
    """Return arguments of `update_state` that a metric with its `ARGUMENTS` takes."""
    x, y = torch.rand(6, 4), torch.rand(6, 4).round()
    if name.startswith("Sparse") or name == "MeanIoU":
        y = y[:, 0]
    if name in ("IoU", "BinaryIoU"):
        x = x.round()
    if name == "OneHotIoU":
        x, y = x[:, :3], y[:, :3]
    return (x,) if name in ("Mean", "Sum") else (y, x)


def _made(name):
    return getattr(metrics, name)(**(ARGUMENTS.get(name) or {}))


@pytest.mark.parametrize("name", CLASSES)
def test_state_follows_the_data_and_nothing_waits_for_values(name):
    """A tensor without values raises where the host would read one."""
    metric = _made(name)
    *_, last = _batch(name)
    arguments = [side.to("meta") for side in _batch(name)]
    weight = torch.ones(6 if last.dim() > 1 else last.shape, device="meta")
    if "IoU" in name or name == "PearsonCorrelation":
        weight = None  # not for each of the first axis
    for _ in range(2):
        metric.update_state(*arguments, sample_weight=weight)
    assert all(variable.value.is_meta for variable in metric.variables)
    if name != "R2Score":  # the adjusted score asks for the number of samples
        assert metric.result().is_meta


def test_arrays_go_where_the_predictions_are():
    metric = metrics.Precision(thresholds=[i / 19 for i in (9, 1, 2, 3, 4, 5, 6, 7, 8)])
    metric.update_state(np.zeros(4), torch.zeros(4, device="meta"), [1.0, 2.0, 3.0, 4.0])
    assert metric.result().is_meta


@pytest.mark.parametrize("name", CLASSES)
def test_compiled_without_a_graph_break(name):
    metric, other, args = _made(name), _made(name), _batch(name)
    other.update_state(*args)
    metric.update_state(*args)
    compiled = torch.compile(metric.update_state, fullgraph=True, backend="aot_eager")
    compiled(*args)
    other.update_state(*args)
    torch.testing.assert_close(metric.result(), other.result(), equal_nan=True)
    for state, expected in zip(metric.variables, other.variables, strict=True):
        torch.testing.assert_close(state.value, expected.value, equal_nan=True)
    torch._dynamo.reset()


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("Precision", {"thresholds": [0.5, 1.5]}, "Received: thresholds="),
        ("AUC", {"num_thresholds": 1}, "Received: num_thresholds=1"),
        ("AUC", {"curve": "DET"}, "Received: curve='DET'"),
        ("AUC", {"summation_method": "middle"}, "Received: summation_method='middle'"),
        ("AUC", {"num_labels": 2}, "Received: num_labels=2"),
        ("PrecisionAtRecall", {"recall": 1.5}, "Received: recall=1.5"),
        ("PrecisionAtRecall", {"recall": 0.5, "num_thresholds": 0}, "num_thresholds=0"),
        ("F1Score", {"average": "mean"}, "Received: average='mean'"),
        ("F1Score", {"threshold": 1.5}, "Received: threshold=1.5"),
        ("FBetaScore", {"beta": 2}, "Received: beta=2"),
        ("FBetaScore", {"beta": -2.0}, r"Received: beta=-2\.0"),
        ("R2Score", {"class_aggregation": "sum"}, "Received: class_aggregation='sum'"),
        ("R2Score", {"num_regressors": -1}, "Received: num_regressors=-1"),
        ("IoU", {"num_classes": 2, "target_class_ids": [2]}, r"Received: target_class_ids=\[2\]"),
    ],
)
def test_bad_arguments_are_refused_as_in_keras(name, arguments, message):
    with pytest.raises(ValueError):
        getattr(keras.metrics, name)(**arguments)
    with pytest.raises(ValueError, match=f"{name}.*{message}|{message}"):
        getattr(metrics, name)(**arguments)


@pytest.mark.parametrize(
    ("name", "batch", "message"),
    [
        ("Mean", ([1.0, 2.0], [1.0, 2.0, 3.0]), r"sample_weight of shape \(3,\)"),
        ("AUC", ([0, 1], [0.1, 0.2], [1.0, 2.0, 3.0]), r"sample_weight of shape \(3,\)"),
        ("AUC", ([0, 1, 1], [0.1, 0.2]), r"y_true of shape \(3,\), y_pred of shape \(2,\)"),
        ("F1Score", ([0, 1], [0.1, 0.2]), r"y_true of shape \(2,\)"),
        ("R2Score", ([0, 1], [0.1, 0.2]), r"y_true of shape \(2,\)"),
    ],
)
def test_bad_batches(name, batch, message):
    with pytest.raises(Exception):  # noqa: B017 - TensorFlow's own errors, too
        getattr(keras.metrics, name)().update_state(*batch)
    with pytest.raises(ValueError, match=message):
        getattr(metrics, name)().update_state(*batch)


def test_weights_of_f_scores_are_those_of_samples():
    # Keras would give every sample both weights.
    with pytest.raises(ValueError, match=r"Received: sample_weight of shape \(2,\)"):
        metrics.F1Score().update_state([[0, 1]], [[0.1, 0.2]], [1.0, 2.0])


@pytest.mark.parametrize("name", ["F1Score", "R2Score"])
def test_no_result_without_data(name):
    with pytest.raises(ValueError, match="before update_state"):
        getattr(metrics, name)().result()
