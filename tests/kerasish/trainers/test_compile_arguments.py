"""The losses and metrics of several outputs, against Keras's own handling of `compile`."""

from collections import OrderedDict

import keras
import numpy as np
import pytest
import torch
from keras.src.trainers import compile_utils

from kerasish import losses, metrics
from kerasish.trainers import CompileLoss, CompileMetrics

RNG = np.random.default_rng(4)
NAMES = ["b_out", "a_out"]


def _real(width=3):
    return RNG.normal(size=(5, width)).astype("float32")


def _classes():
    scores = RNG.uniform(0.1, 1, (5, 4)).astype("float32")
    return scores / scores.sum(-1, keepdims=True)


def _labels():
    return RNG.integers(0, 4, 5)


def _pair():
    """Return targets and predictions of two outputs, as lists."""
    return [_real(), _labels()], [_real(), _classes()]


def _dicts(values):
    return dict(zip(NAMES, values, strict=True))


def _compare_results(expected, results):
    assert list(results) == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(np.asarray(results[name]), np.asarray(value), rtol=1e-5)


LOSSES = [
    ("mse", None),
    (["mse", "ce"], None),
    (("mse", "ce"), [0.5, 2.0]),
    (["mse", None], None),
    ([None, "sparse_categorical_crossentropy"], None),
    ({"a_out": "crossentropy", "b_out": "mae"}, None),
    ({"a_out": "ce", "b_out": "mae"}, {"b_out": 0.25, "a_out": 4.0}),
    ({"a_out": "ce", "b_out": "mae"}, [0.25, 4.0]),
]


@pytest.mark.parametrize("weights", [None, "shared", "each"])
@pytest.mark.parametrize("form", ["lists", "tuples", "dicts", "dict_targets"])
@pytest.mark.parametrize(("loss", "loss_weights"), LOSSES, ids=str)
def test_losses_of_two_outputs(loss, loss_weights, form, weights):
    outcomes = []
    batches = [_pair() for _ in range(3)]
    if loss == "mse":
        batches = [([_real(), _real(2)], [_real(), _real(2)]) for _ in range(3)]
    sample_weights = [[RNG.uniform(size=5).astype("float32") for _ in range(2)] for _ in batches]
    for cls in (compile_utils.CompileLoss, CompileLoss):
        compiled = cls(loss, loss_weights, output_names=NAMES)
        values = []
        try:
            for (true, pred), given in zip(batches, sample_weights, strict=True):
                side = [list, tuple, _dicts, list][
                    ["lists", "tuples", "dicts", "dict_targets"].index(form)
                ]
                targets = _dicts(true) if form == "dict_targets" else side(true)
                weight = {None: None, "shared": given[0], "each": side(given)}[weights]
                tensors = [torch.tensor(p) if cls is CompileLoss else p for p in pred]
                values.append(float(compiled(targets, side(tensors), weight)))
        except Exception as error:
            values = type(error)
        if isinstance(values, list):
            values = [*values, *(float(metric.result()) for metric in compiled.metrics)]
            values.append([metric.name for metric in compiled.metrics])
        outcomes.append(values)
    expected, found = outcomes
    if isinstance(expected, list):
        assert found[-1] == expected[-1]
        np.testing.assert_allclose(found[:-1], expected[:-1], rtol=1e-5)
    else:
        assert isinstance(found, type), f"Keras raises {expected}"
        # A list of losses goes by the sorted names of a dict, which fit the other output.
        assert form == "dicts"
        assert isinstance(loss, (list, tuple))


@pytest.mark.parametrize(
    ("loss", "loss_weights"),
    [
        ("mse", None),
        ("mse", 0.5),
        (["mse"], None),
        ({"out": "mse"}, {"out": 3.0}),
        (["mse"], [2.0]),
    ],
    ids=str,
)
def test_loss_of_one_output(loss, loss_weights):
    true, pred, weight = _real(), _real(), RNG.uniform(size=5).astype("float32")
    theirs = compile_utils.CompileLoss(loss, loss_weights, output_names=["out"])
    ours = CompileLoss(loss, loss_weights, output_names=["out"])
    for given in (None, weight):
        np.testing.assert_allclose(
            float(ours(true, torch.tensor(pred), given)),
            float(theirs(true, pred, given)),
            rtol=1e-6,
        )
    assert ours.metrics == []
    theirs = compile_utils.CompileLoss([keras.losses.Huber()], output_names=["out"])
    ours = CompileLoss([losses.Huber()], output_names=["out"])
    np.testing.assert_allclose(float(ours(true, [pred])), float(theirs(true, [pred])), rtol=1e-6)


def test_nested_outputs():
    def form(values):
        return {"x": [values[0], values[1]], "y": {"z": values[2]}}

    true, pred = ([_real() for _ in range(3)] for _ in range(2))
    names = ["one", "two", "three"]
    for loss in ("mse", form(["mse", "mae", "huber"]), form(["mse", None, "huber"])):
        theirs = compile_utils.CompileLoss(loss, output_names=names)
        ours = CompileLoss(loss, output_names=names)
        expected, value = theirs(form(true), form(pred)), ours(form(true), form(pred))
        np.testing.assert_allclose(float(value), float(expected), rtol=1e-6)
        assert [m.name for m in ours.metrics] == [m.name for m in theirs.metrics]
    metric_lists = form([["mse"], ["mae", "mse"], "mae"])
    theirs = compile_utils.CompileMetrics(metric_lists, None, output_names=names)
    ours = CompileMetrics(metric_lists, None, output_names=names)
    for side in (theirs, ours):
        side.update_state(form(true), form(pred))
    _compare_results(theirs.result(), ours.result())


def test_gradients_flow_through_the_sum():
    true, pred = _pair()
    tensors = [torch.tensor(p, requires_grad=True) for p in pred]
    compiled = CompileLoss(["mse", "ce"], [0.5, 2.0], output_names=NAMES)
    compiled(true, tensors).backward()
    expected = torch.autograd.grad(losses.MeanSquaredError()(true[0], tensors[0]) * 0.5, tensors[0])
    torch.testing.assert_close(tensors[0].grad, expected[0])
    assert torch.isfinite(tensors[1].grad).all()
    assert not any(variable.value.requires_grad for variable in compiled.variables)


METRICS = [
    (None, None),
    ([["mse"], ["accuracy"]], None),
    (["mse", "acc"], [["mae", "mse"], ["accuracy"]]),
    ([None, "accuracy"], [["mae"], None]),
    ({"a_out": ["accuracy", "acc"]}, None),
    ({"a_out": "accuracy", "b_out": ["mse", "mae"]}, {"b_out": ["mse", "mse"]}),
    ({"b_out": ["mse", "mse", "mse"]}, {"b_out": "mae", "a_out": ["accuracy"]}),
]


@pytest.mark.parametrize("weights", [None, "shared", "each"])
@pytest.mark.parametrize("form", [list, tuple, _dicts, lambda v: OrderedDict(_dicts(v))])
@pytest.mark.parametrize("names", [NAMES, None], ids=str)
@pytest.mark.parametrize(("unweighted", "weighted"), METRICS, ids=str)
def test_metrics_of_two_outputs(unweighted, weighted, names, form, weights):
    is_dict = isinstance(form([1, 2]), dict)
    named = any(isinstance(given, dict) for given in (unweighted, weighted))
    if names is None and named and not is_dict:
        for cls in (compile_utils.CompileMetrics, CompileMetrics):
            true, pred = map(form, _pair())
            with pytest.raises(ValueError, match=r"(?s)Received: (weighted_)?metrics="):
                cls(unweighted, weighted, output_names=names).build(true, pred)
        return
    if is_dict and names is None and not named and unweighted is not None:
        return  # lists go by the sorted names there, which are those of the other output
    theirs = compile_utils.CompileMetrics(unweighted, weighted, output_names=names)
    ours = CompileMetrics(unweighted, weighted, output_names=names)
    for _ in range(3):
        true, pred = map(form, _pair())
        given = [RNG.uniform(size=5).astype("float32") for _ in range(2)]
        weight = {None: None, "shared": given[0], "each": form(given)}[weights]
        for side in (theirs, ours):
            side.update_state(true, pred, weight)
    _compare_results(theirs.result(), ours.result())
    assert [m.name for m in ours.metrics] == [m.name for m in theirs.metrics]
    assert len(ours.variables) == len(theirs.variables)
    assert len(ours.state_dict()) == len(ours.variables)
    ours.reset_state()
    assert not any(variable.numpy().any() for variable in ours.variables)


def test_metrics_of_one_output():
    true, pred = _labels(), _classes()
    given = ["accuracy", "sparse_categorical_crossentropy"]
    theirs = compile_utils.CompileMetrics(given, ["acc"], output_names=["out"])
    ours = CompileMetrics(
        [*given[:1], metrics.SparseCategoricalCrossentropy()], ["acc"], output_names=["out"]
    )
    for side in (theirs, ours):
        side.update_state(true, pred, np.arange(5.0))
    _compare_results(theirs.result(), ours.result())


def test_bad_arguments():
    for cls in (compile_utils.CompileMetrics, CompileMetrics):
        with pytest.raises(ValueError, match=r"`metrics`.*Received"):
            cls("mse", None)
        with pytest.raises(ValueError, match=r"`weighted_metrics`.*Received"):
            cls(None, "mse")
    for cls in (compile_utils.CompileLoss, CompileLoss):
        with pytest.raises(ValueError, match=r"`loss_weights`.*Received"):
            cls("mse", "1")
    with pytest.raises(ValueError, match="before the first batch"):
        CompileMetrics(["mse"]).result()
    true, pred = _pair()
    with pytest.raises(ValueError, match=r"keys \['b_out', 'a_out'\]\. Received: \['c'\]"):
        CompileLoss({"c": "mse"}, output_names=NAMES)(true, pred)
    with pytest.raises(ValueError, match=r"each of the 2 losses\. Received: 3 factors"):
        CompileLoss(["mse", "ce"], [1.0, 2.0, 3.0], output_names=NAMES)(true, pred)
    with pytest.raises(ValueError, match=r"Targets have to be nested.*Received"):
        CompileLoss(["mse", "ce"], output_names=NAMES)([*true, true[0]], pred)
    with pytest.raises(ValueError, match=r"Unknown metric.*Received: metrics="):
        CompileMetrics([["mse"], ["nothing"]], output_names=NAMES).update_state(true, pred)
    for side in (CompileLoss("mse"), CompileMetrics(["mse"])):
        with pytest.raises(NotImplementedError, match="no config"):
            side.get_config()


def test_compiled_without_a_graph_break():
    def make():
        loss = CompileLoss(["mse", "ce"], [1.0, 2.0], output_names=NAMES)
        return loss, CompileMetrics([["mse"], ["acc"]], [None, ["acc"]], output_names=NAMES)

    outcomes = []
    true, pred = ([torch.tensor(value) for value in side] for side in _pair())
    weight = torch.rand(5)
    for compiled in (False, True):
        loss, metric = make()
        loss(true, pred, weight)
        metric.update_state(true, pred, weight)

        def step(y_true, y_pred, sample_weight, loss=loss, metric=metric):
            metric.update_state(y_true, y_pred, sample_weight)
            return loss(y_true, y_pred, sample_weight)

        if compiled:
            step = torch.compile(step, fullgraph=True, backend="aot_eager")
        value = step(true, pred, weight)
        results = [*metric.result().values(), *(mean.result() for mean in loss.metrics)]
        outcomes.append([value, *results])
    torch.testing.assert_close(*outcomes)
    torch._dynamo.reset()
