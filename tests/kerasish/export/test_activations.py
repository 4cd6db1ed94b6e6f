"""Every activation, in float32 and float64, alone and in recurrent layers."""

import functools

import numpy as np
import pytest
from torch import nn

import kerasish
from kerasish import activations, layers
from kerasish.export import ExportError, export_onnx
from tests.kerasish.export.export_checker import check_export

_OTHER = ("get", "serialize", "deserialize", "threshold")
NAMES = [name for name in activations.__all__ if name not in _OTHER]
# Far out, near 0 and at the kinks; an even number for glu.
VALUES = np.array(
    [[-90, -8, -3.5, -3, -1, -0.5, -0.3, -1e-4], [0, 1e-4, 0.3, 0.5, 1, 3, 6.5, 80]], "float32"
)


@pytest.mark.parametrize("name", NAMES)
def test_activation(name, tmp_path):
    model = kerasish.Sequential([kerasish.Input((8,)), layers.Activation(name)])
    check_export(model, tmp_path, inputs=VALUES)


@pytest.mark.parametrize("opset", [17, 21])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "gelu"])
def test_activation_in_float64(name, opset, tmp_path):
    model = kerasish.Sequential(
        [kerasish.Input((8,), dtype="float64"), layers.Activation(name, dtype="float64")]
    )
    inputs = VALUES.astype("float64")
    check_export(model, tmp_path, inputs=inputs, precision="float64", opset=opset)


@pytest.mark.parametrize(
    "function",
    [
        functools.partial(activations.relu, negative_slope=0.1, max_value=1.0),
        functools.partial(activations.relu, threshold=0.5),
        functools.partial(activations.relu, threshold=0.5, negative_slope=0.3, max_value=3.0),
        functools.partial(activations.relu, max_value=6),
        functools.partial(activations.leaky_relu, negative_slope=0.3),
        functools.partial(activations.elu, alpha=0.7),
        functools.partial(activations.celu, alpha=0.5),
        functools.partial(activations.gelu, approximate=True),
        functools.partial(activations.hard_shrink, threshold=0.3),
        functools.partial(activations.soft_shrink, threshold=0.3),
        functools.partial(activations.threshold, threshold=0.3, default_value=-1.0),
        functools.partial(activations.squareplus, b=1),
        functools.partial(activations.softmax, axis=1),
        functools.partial(activations.softmax, axis=(1, 2)),
        functools.partial(activations.softmax, axis=None),
        functools.partial(activations.log_softmax, axis=(1, 2)),
        functools.partial(activations.sparsemax, axis=1),
        functools.partial(activations.glu, axis=1),
        nn.Tanh(),
        nn.GELU(),
        layers.Activation("mish"),
    ],
    ids=lambda function: repr(function).partition(" at 0x")[0],
)
def test_settings_modules_and_layers(function, tmp_path):
    start = kerasish.Input((4, 8))
    model = kerasish.Model(start, layers.Activation(function)(start))
    inputs = np.random.default_rng(0).normal(0, 2, (3, 4, 8)).astype("float32")
    check_export(model, tmp_path, inputs=inputs)


def test_an_odd_number_of_features_has_no_halves(tmp_path):
    start = kerasish.Input((None, 2))
    model = kerasish.Model(
        start, layers.Activation(functools.partial(activations.glu, axis=1))(start)
    )
    with pytest.raises(ExportError, match=r"even size\. Received: shape="):
        export_onnx(model, tmp_path / "model.onnx")


# What ONNX's operators know runs in them, all else in a loop.
IN_OPERATORS = {
    "tanh",
    "sigmoid",
    "relu",
    "softplus",
    "softsign",
    "elu",
    "leaky_relu",
    "hard_sigmoid",
    "linear",
}


@pytest.mark.parametrize(
    "name",
    [n for n in NAMES if n not in ("glu", "sparsemax", "hard_swish", "swish")],
)
@pytest.mark.parametrize("layer", ["LSTM", "GRU", "SimpleRNN"])
def test_in_recurrent_layers(name, layer, tmp_path):
    start = kerasish.Input((None, 4))
    options = {} if layer == "SimpleRNN" else {"recurrent_activation": "hard_sigmoid"}
    made = getattr(layers, layer)(3, activation=name, return_sequences=True, **options)
    # Small weights: with an activation without bounds large ones make the states explode.
    model = kerasish.Model(start, made(start))
    rng = np.random.default_rng(5)
    model.set_weights([rng.normal(0, 0.2, w.shape) for w in model.weights])
    kinds = check_export(model, tmp_path, random=False)
    native = {"SimpleRNN": "RNN"}.get(layer, layer)
    assert (native in kinds) == (name in IN_OPERATORS)
    assert ("Scan" in kinds) == (name not in IN_OPERATORS)


@pytest.mark.parametrize("name", ["tanh", "relu", "elu", "leaky_relu", "softsign", "linear"])
def test_settings_stay_with_their_activation_in_both_directions(name, tmp_path):
    """The operators take the settings of all activations in one list."""
    start = kerasish.Input((None, 4))
    forward = layers.LSTM(3, activation="elu", recurrent_activation="hard_sigmoid")
    backward = layers.LSTM(3, activation=name, recurrent_activation="softsign", go_backwards=True)
    model = kerasish.Model(start, layers.Bidirectional(forward, backward_layer=backward)(start))
    kinds = check_export(model, tmp_path)
    assert "LSTM" in kinds
    assert "Scan" not in kinds
