"""Pooling layers against Keras: windows, all of space, windows for a size."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import assert_close, check_layer

rng = np.random.default_rng(5)
DATA = {1: (2, 9, 3), 2: (2, 7, 8, 3), 3: (2, 5, 6, 4, 2)}
FIRST = {"data_format": "channels_first"}
SAME = {"padding": "same"}


def case(name, *args, **options):
    data = rng.normal(size=DATA[int(name[-2])])
    if options.get("data_format") == "channels_first":
        data = np.moveaxis(data, -1, 1)
    return (lambda n, **k: getattr(n.layers, name)(*args, **options, **k)), data


LAYERS = {}
for kind in ("Max", "Average"):
    for rank in (1, 2, 3):
        name = f"{kind}Pooling{rank}D"
        LAYERS[name] = case(name, 2)
        LAYERS[f"{name} strides"] = case(name, 3, strides=1)
        for size in (2, 3):
            for step in (1, 2, 3):
                LAYERS[f"{name} same {size} {step}"] = case(name, size, strides=step, **SAME)
        LAYERS[f"{name} first"] = case(name, 2, strides=1, **SAME, **FIRST)
        name = f"Global{kind}Pooling{rank}D"
        LAYERS[name] = case(name)
        LAYERS[f"{name} keepdims first"] = case(name, keepdims=True, **FIRST)
        name = f"Adaptive{kind}Pooling{rank}D"
        LAYERS[name] = case(name, 3)
        LAYERS[f"{name} first"] = case(name, 2, **FIRST)
LAYERS["MaxPooling2D sizes"] = case("MaxPooling2D", (2, 3), strides=(1, 2), **SAME)
LAYERS["AveragePooling2D sizes"] = case("AveragePooling2D", (2, 3), strides=(1, 2), **SAME)


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    make, inputs = LAYERS[name]
    check_layer(make, inputs, copies=False)
    if inputs.ndim == 5 and "Global" not in name:
        return  # TensorFlow pools volumes in float32 alone.
    check_layer(make, inputs, dtype="float64", copies=False, config=False, symbolic=False)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_masked_mean(data_format):
    inputs = rng.normal(size=(2, 4, 3)).astype("float32")
    mask = np.array([[1, 0, 1, 0], [0, 0, 1, 1]], bool)
    if data_format == "channels_first":
        mask = mask[:, :3]
        inputs = inputs.swapaxes(1, 2)[:, :, :3]
    theirs, ours = (
        n.layers.GlobalAveragePooling1D(data_format=data_format) for n in (keras, kerasish)
    )
    expected = theirs(inputs, mask=mask)
    assert_close(ours(inputs, mask=torch.tensor(mask)), expected, "float32", "output")


def test_compiled():
    x = torch.randn(2, 7, 8, 3)
    for name in ("MaxPooling2D same 2 1", "AveragePooling2D same 2 1", "GlobalMaxPooling2D"):
        layer = LAYERS[name][0](kerasish)
        torch.compiler.reset()
        compiled = torch.compile(layer, backend="eager", fullgraph=True)
        torch.testing.assert_close(compiled(x), layer(x))


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"pool_size": 0}, "pool_size=0"),
        ({"padding": "causal"}, "padding='causal'"),
        ({"data_format": "last"}, "data_format='last'"),
    ],
)
def test_refusals(options, received):
    with pytest.raises(ValueError, match=f"Received: {received}"):
        kerasish.layers.MaxPooling1D(**options)
