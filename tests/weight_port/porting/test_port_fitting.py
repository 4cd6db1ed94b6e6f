"""Which layers fit, and the weights that Keras 2's cuDNN layers become."""

import numpy as np
import pytest

from weight_port import layouts, port, transform
from weight_port.formats import ArrayTensors
from weight_port.porting.fitting import Fit, Misfit, fit
from weight_port.porting.names import compared, direction, is_generic
from weight_port.records import LayerRecord

UNITS, INPUTS = 3, 4


def record(layer_class, path="layer", **shapes):
    """A layer with random weights."""
    generator = np.random.default_rng(len(layer_class))
    variant = {}
    if layer_class.startswith("GRU"):
        variant["reset_after"] = len(shapes.get("bias", (2, 0))) == 2
    arrays = {name: generator.normal(size=shape) for name, shape in shapes.items()}
    layout = layouts.get(layer_class, **variant) if layer_class else None
    return LayerRecord(path, layer_class, layout, ArrayTensors(arrays))


def recurrent(layer_class, gates, bias):
    kernels = {"kernel": (INPUTS, gates * UNITS), "recurrent_kernel": (UNITS, gates * UNITS)}
    return record(layer_class, **kernels, bias=bias)


LSTM = recurrent("LSTM", 4, (12,))
GRU = recurrent("GRU", 3, (2, 9))
OLD_GRU = recurrent("GRU", 3, (9,))
CUDNN_LSTM = recurrent("CuDNNLSTM", 4, (24,))
CUDNN_GRU = recurrent("CuDNNGRU", 3, (18,))


@pytest.mark.parametrize(("source", "target"), [(CUDNN_LSTM, LSTM), (CUDNN_GRU, GRU)])
def test_layers_of_cudnn_are_those_of_today(source, target):
    found = fit(source, target)
    assert isinstance(found, Fit)
    expected = transform.convert(source.layout, target.layout, source.weights.read_all())
    got = found.arrays()
    assert list(got) == list(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(got[name], array)
        assert array.shape == target.shapes[name]


@pytest.mark.parametrize(("source", "target"), [(LSTM, CUDNN_LSTM), (GRU, CUDNN_GRU)])
def test_layers_of_today_are_those_of_cudnn(source, target):
    found = fit(source, target)
    assert isinstance(found, Fit)
    got = found.arrays()
    assert {name: array.shape for name, array in got.items()} == target.shapes
    back = transform.convert(target.layout, source.layout, got)
    for name, array in source.weights.read_all().items():
        np.testing.assert_allclose(back[name], array, rtol=1e-12)


def test_a_cudnn_layer_goes_into_a_torch_module():
    import torch

    module = torch.nn.LSTM(INPUTS, UNITS, dtype=torch.float64)
    keys = {f"old/{name}": array for name, array in CUDNN_LSTM.weights.read_all().items()}
    report = port(keys, module)
    assert report.entries[0].source == "old"
    arrays = transform.to_torch(CUDNN_LSTM.layout, CUDNN_LSTM.weights.read_all())
    total = arrays["bias_ih_l0"] + arrays["bias_hh_l0"]
    got = {name: tensor.detach().numpy() for name, tensor in module.state_dict().items()}
    np.testing.assert_array_equal(got["weight_ih_l0"], arrays["weight_ih_l0"])
    np.testing.assert_array_equal(got["weight_hh_l0"], arrays["weight_hh_l0"])
    np.testing.assert_allclose(got["bias_ih_l0"] + got["bias_hh_l0"], total, rtol=1e-12)


@pytest.mark.parametrize(
    ("source", "target", "reason", "near"),
    [
        (OLD_GRU, GRU, "reset_after=False", True),
        (GRU, OLD_GRU, "reset_after=True", True),
        (OLD_GRU, CUDNN_GRU, "reset_after", True),
        (LSTM, GRU, "LSTM is not GRU", False),
        (
            record("Dense", kernel=(3, 4), bias=(4,)),
            record("Dense", kernel=(3, 4)),
            r"bias \(4,\) is the source's alone",
            True,
        ),
        (
            record("Dense", kernel=(3, 4)),
            record("Dense", kernel=(4, 3)),
            r"kernel \(3, 4\) against \(4, 3\)",
            True,
        ),
        (
            record("Conv2D", kernel=(3, 3, 1, 4)),
            record("DepthwiseConv2D", kernel=(3, 3, 4, 1)),
            "Conv2D is not DepthwiseConv2D",
            False,
        ),
        (record("Dense", kernel=(3, 4)), record("EinsumDense", kernel=(3, 4)), "is not", False),
    ],
)
def test_what_does_not_fit_says_why(source, target, reason, near):
    import re

    found = fit(source, target)
    assert isinstance(found, Misfit)
    assert re.search(reason, found.reason)
    assert found.near is near


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_a_cell_is_its_layer(kind):
    shapes = {"kernel": (2, 12), "recurrent_kernel": (4, 12)}
    if kind == "LSTM":
        shapes = {"kernel": (2, 16), "recurrent_kernel": (4, 16)}
    if kind == "SimpleRNN":
        shapes = {"kernel": (2, 4), "recurrent_kernel": (4, 4)}
    layer, cell = record(kind, **shapes), record(f"{kind}Cell", **shapes)
    for found in (fit(layer, cell), fit(cell, layer)):
        assert isinstance(found, Fit)
        got = found.arrays()
        for name, array in found.source.weights.read_all().items():
            np.testing.assert_array_equal(got[name], array)


def test_layers_of_ones_own_fit_their_own_kind():
    plain = {"w": (2, 3)}
    mine = LayerRecord("a", "Mine", None, ArrayTensors({"w": np.ones((2, 3))}))
    other = LayerRecord("b", "Other", None, ArrayTensors({"w": np.ones((2, 3))}))
    renamed = LayerRecord("c", "Mine", None, ArrayTensors({"v": np.ones((2, 3))}))
    assert mine.shapes == plain
    assert isinstance(fit(mine, mine), Fit)
    assert isinstance(fit(mine, other), Misfit)
    assert isinstance(fit(mine, renamed), Misfit)


def test_a_layer_of_ones_own_is_not_taken_for_another():
    dense = record("Dense", kernel=(3, 3), bias=(3,))
    for layer_class, kind in (("Gate", Misfit), ("", Fit), ("Dense", Fit)):
        own = LayerRecord("a", layer_class, None, dense.weights)
        assert isinstance(fit(own, dense), kind)
        assert isinstance(fit(dense, own), kind)


@pytest.mark.parametrize(
    ("path", "normal", "generic"),
    [
        ("Encoder.rnnLayer", "encoder/rnn_layer", False),
        ("seq.0", "seq/0", True),
        ("model/dense_12", "model/dense_12", True),
        ("bidirectional_1/forward_layer", "bidirectional_1/forward_layer", True),
        ("mine/forward_layer", "mine/forward_layer", False),
        ("td/layer", "td", False),
        ("rnn_1/cell", "rnn_1", True),
        ("layer", "layer", False),
        ("head", "head", False),
    ],
)
def test_names_as_they_are_compared(path, normal, generic):
    assert compared(path) == normal
    assert is_generic(path) is generic
    assert direction(path) == ("forward_layer" if "forward" in path else "")
