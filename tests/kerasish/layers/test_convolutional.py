"""Convolutions against Keras: every padding, stride, dilation and layout."""

import re

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import check_layer

rng = np.random.default_rng(5)
SEQUENCES = rng.normal(size=(2, 9, 4))
IMAGES = rng.normal(size=(2, 9, 8, 4))
VOLUMES = rng.normal(size=(2, 5, 6, 7, 2))


def case(name, *args, inputs=None, **options):
    data = {"1": SEQUENCES, "2": IMAGES, "3": VOLUMES}[re.search(r"(\d)D", name)[1]]
    if options.get("data_format") == "channels_first":
        data = np.moveaxis(data, -1, 1)

    def make(n, **k):
        return getattr(n.layers, name)(*args, **options, **k)

    return make, data if inputs is None else inputs


FIRST = {"data_format": "channels_first"}
SAME = {"padding": "same"}
LAYERS = {
    "1d": case("Conv1D", 3, 2),
    "1d same": case("Conv1D", 3, 4, activation="relu", **SAME),
    "1d same strides": case("Conv1D", 3, 3, strides=2, **SAME),
    "1d same wide strides": case("Conv1D", 3, 2, strides=4, **SAME),
    "1d causal": case("Conv1D", 3, 3, padding="causal", dilation_rate=2),
    "1d causal strides": case("Conv1D", 3, 3, padding="causal", strides=2),
    "1d groups": case("Conv1D", 6, 3, groups=2),
    "2d": case("Conv2D", 3, (3, 2), activation="softmax"),
    "2d same": case("Conv2D", 3, (4, 3), **SAME),
    "2d same strides": case("Conv2D", 3, 3, strides=(2, 1), **SAME),
    "2d same dilation": case("Conv2D", 3, 3, dilation_rate=(2, 3), **SAME),
    "2d groups": case("Conv2D", 4, 3, groups=4, use_bias=False),
    "2d penalties": case(
        "Conv2D",
        3,
        2,
        kernel_initializer="he_normal",
        kernel_regularizer="l2",
        bias_regularizer="l1",
        activity_regularizer="l2",
        kernel_constraint="max_norm",
        bias_constraint="non_neg",
    ),
    "3d": case("Conv3D", 3, 2),
    "3d same": case("Conv3D", 3, (2, 3, 3), strides=(2, 1, 2), **SAME),
    "1d transpose": case("Conv1DTranspose", 3, 3),
    "1d transpose strides": case("Conv1DTranspose", 3, 2, strides=3),
    "1d transpose same": case("Conv1DTranspose", 3, 4, strides=2, **SAME),
    "1d transpose same odd": case("Conv1DTranspose", 3, 3, strides=2, **SAME),
    "1d transpose same even": case("Conv1DTranspose", 3, 4, strides=3, **SAME),
    "1d transpose same small": case("Conv1DTranspose", 3, 2, strides=4, **SAME),
    "1d transpose output": case("Conv1DTranspose", 3, 3, strides=2, output_padding=1),
    "2d transpose": case("Conv2DTranspose", 3, (3, 2), strides=(2, 3), activation="tanh"),
    "2d transpose same": case("Conv2DTranspose", 3, (3, 4), strides=(2, 3), **SAME),
    "2d transpose output": case(
        "Conv2DTranspose", 3, (5, 5), strides=3, output_padding=(1, 2), **SAME
    ),
    "2d transpose output odd": case("Conv2DTranspose", 3, 4, strides=3, output_padding=2, **SAME),
    "2d transpose no bias": case("Conv2DTranspose", 3, 3, use_bias=False, **SAME),
    "3d transpose": case("Conv3DTranspose", 2, 3, strides=2, **SAME),
    "1d depthwise": case("DepthwiseConv1D", 3, depth_multiplier=2),
    "1d depthwise same": case("DepthwiseConv1D", 4, strides=2, **SAME),
    "2d depthwise": case("DepthwiseConv2D", (3, 2), depth_multiplier=3, activation="relu"),
    "2d depthwise same": case("DepthwiseConv2D", 3, strides=2, use_bias=False, **SAME),
    "2d depthwise dilation": case("DepthwiseConv2D", 3, dilation_rate=2, **SAME),
    "1d separable": case("SeparableConv1D", 3, 3, depth_multiplier=2),
    "1d separable same": case("SeparableConv1D", 3, 4, strides=2, **SAME),
    "2d separable": case("SeparableConv2D", 3, (2, 3), depth_multiplier=2, activation="tanh"),
    "2d separable same": case("SeparableConv2D", 3, 3, strides=2, use_bias=False, **SAME),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, dtype):
    make, inputs = LAYERS[name]
    check_layer(make, inputs, dtype=dtype)


@pytest.mark.parametrize(
    "name",
    [
        "Conv1D",
        "Conv2D",
        "Conv1DTranspose",
        "Conv2DTranspose",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
        "SeparableConv1D",
        "SeparableConv2D",
        "Conv3D",
    ],
)
@pytest.mark.parametrize("strides", [1, 2])
def test_channels_first_is_channels_last_moved(name, strides):
    """TensorFlow has no such kernels on processors for all of these."""
    args = (3,) if name.startswith("Depthwise") else (3, 3)
    make_last, inputs = case(name, *args, strides=strides, **SAME)
    last = make_last(kerasish)
    first = case(name, *args, strides=strides, **SAME, **FIRST)[0](kerasish)
    x = torch.tensor(inputs, dtype=torch.float32)
    expected = last(x)
    first.build(x.movedim(-1, 1).shape)
    first.set_weights(last.get_weights())
    torch.testing.assert_close(first(x.movedim(-1, 1)).movedim(1, -1), expected)


@pytest.mark.parametrize("name", ["2d same", "1d transpose", "2d depthwise", "2d separable"])
def test_initial_weights_are_those_of_keras(name):
    make, inputs = LAYERS[name]
    weights = []
    for n in (keras, kerasish):
        n.utils.set_random_seed(4)
        layer = make(n, bias_initializer="normal")
        layer.build(inputs.shape)
        weights.append(layer.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["1d causal", "2d same strides", "2d transpose same"])
def test_compiled(name):
    make, inputs = LAYERS[name]
    layer = make(kerasish)
    x = torch.tensor(inputs, dtype=torch.float32)
    expected = layer(x)
    torch.compiler.reset()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), expected)


def test_channels_last_is_not_copied():
    layer = kerasish.layers.Conv2D(8, 3, padding="same")
    x = torch.randn(2, 6, 6, 8)
    layer(x)
    seen = []
    layer.conv.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    result = layer(x)
    assert seen[0].data_ptr() == x.data_ptr()
    assert seen[0].is_contiguous(memory_format=torch.channels_last)
    assert result.is_contiguous()


@pytest.mark.parametrize(
    ("name", "args", "options", "received"),
    [
        ("Conv1D", (3, 0), {}, "kernel_size=0"),
        ("Conv2D", (3, 2), {"padding": "causal"}, "padding='causal'"),
        ("Conv2D", (3, 2), {"strides": 2, "dilation_rate": 2}, "dilation_rate="),
        ("Conv2D", (3, 2), {"groups": 2}, "groups=2"),
        ("Conv2D", (3, 2), {"lora_rank": 2}, "lora_rank=2"),
        ("Conv1DTranspose", (3, 2), {"output_padding": 1}, "output_padding=1"),
        ("DepthwiseConv2D", (3,), {"depth_multiplier": 0}, "depth_multiplier=0"),
    ],
)
def test_refusals(name, args, options, received):
    with pytest.raises(ValueError, match=f"Received: {received}"):
        getattr(kerasish.layers, name)(*args, **options)


def test_output_without_entries():
    with pytest.raises(ValueError, match=r"empty output.*Received: inputs of shape \(2, 3, 1\)"):
        kerasish.layers.Conv1D(2, 4)(np.zeros((2, 3, 1), "float32"))
