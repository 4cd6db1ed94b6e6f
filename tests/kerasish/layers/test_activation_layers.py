"""Activations as layers, and AlphaDropout, against Keras."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import assert_close, check_layer

rng = np.random.default_rng(5)
IMAGES = rng.normal(size=(2, 3, 4, 5)) * 4
LAYERS = {
    "relu": lambda n, **k: n.layers.ReLU(**k),
    "relu all": lambda n, **k: n.layers.ReLU(3.0, 0.2, 0.5, **k),
    "leaky": lambda n, **k: n.layers.LeakyReLU(**k),
    "leaky slope": lambda n, **k: n.layers.LeakyReLU(negative_slope=0.1, **k),
    "elu": lambda n, **k: n.layers.ELU(0.7, **k),
    "prelu": lambda n, **k: n.layers.PReLU(alpha_regularizer="l2", **k),
    "prelu shared": lambda n, **k: n.layers.PReLU(shared_axes=[1, 2], **k),
    "softmax": lambda n, **k: n.layers.Softmax(**k),
    "softmax axis": lambda n, **k: n.layers.Softmax(1, **k),
    "softmax axes": lambda n, **k: n.layers.Softmax((1, 2), **k),
    "alpha dropout": lambda n, **k: n.layers.AlphaDropout(0.3, seed=1, **k),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, dtype):
    check_layer(LAYERS[name], IMAGES, dtype=dtype, config=name != "elu")


@pytest.mark.parametrize("axis", [-1, (1, 2)])
def test_masked_softmax(axis):
    mask = rng.integers(0, 2, (3, 4, 5)).astype(bool)
    theirs, ours = (n.layers.Softmax(axis) for n in (keras, kerasish))
    x = IMAGES.astype("float32")
    assert_close(ours(x, mask=torch.tensor(mask)), theirs(x, mask=mask), "float32", "output")


@pytest.mark.parametrize("noise_shape", [None, (None, 1, 1, None)])
def test_alpha_dropout_with_a_seed(noise_shape):
    theirs, ours = (n.layers.AlphaDropout(0.4, noise_shape, seed=3) for n in (keras, kerasish))
    x = IMAGES.astype("float32")
    for _ in range(2):
        assert_close(ours(x, training=True), theirs(x, training=True), "float32", "output")


def test_refusals():
    with pytest.raises(ValueError, match="Received: negative_slope=-1"):
        kerasish.layers.LeakyReLU(-1)
    with pytest.raises(ValueError, match="Received: rate=2"):
        kerasish.layers.AlphaDropout(2)
