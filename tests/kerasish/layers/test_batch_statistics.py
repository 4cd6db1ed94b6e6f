"""`BatchNormalization` with statistics of its own: renormalized, and shared by processes."""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from torch import multiprocessing

import kerasish
from tests.kerasish.layer_checker import assert_close
from tests.kerasish.layers.shared_statistics import batch, process

RENORM = [
    {},
    {"renorm_clipping": {"rmin": 0.8, "rmax": 1.5, "dmax": 0.3}},
    {"scale": False, "axis": 1, "renorm_clipping": {"rmax": 2.0}},
    {"center": False, "renorm_momentum": 0.5, "momentum": 0.7},
]


@pytest.mark.parametrize("options", RENORM)
def test_renorm(options):
    rng = np.random.default_rng(3)
    layers = [
        n.layers.BatchNormalization(renorm=True, name="a", dtype="float64", **options)
        for n in (keras, kerasish)
    ]
    for layer in layers:
        layer.build((None, 3, 5))
    theirs, ours = layers
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    weights = [rng.uniform(0, 1, w.shape) for w in theirs.weights]
    weights[-1][0] = 0  # Below the least deviation that is divided by.
    theirs.set_weights(weights)
    ours.set_weights(weights)
    for step in range(3):
        x = rng.normal(step, 2, (4, 3, 5))
        keras_x, torch_x = tf.constant(x), torch.tensor(x, requires_grad=True)
        with tf.GradientTape() as tape:
            tape.watch(keras_x)
            expected = theirs(keras_x, training=True)
            loss = tf.reduce_sum(tf.sin(expected))
        found = ours(torch_x, training=True)
        found.sin().sum().backward()
        assert_close(found, expected, "float64", "output")
        assert_close(torch_x.grad, tape.gradient(loss, keras_x), "float64", "gradient")
        for one, other in zip(ours.weights, theirs.weights, strict=True):
            assert_close(one.numpy(), other.numpy(), "float64", one.path)
    assert_close(ours(x), theirs(x), "float64", "inference")
    again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
    assert again.renorm_clipping == theirs.renorm_clipping


def test_renorm_in_files(tmp_path):
    rng = np.random.default_rng(3)

    def model(n):
        inputs = n.Input((3, 5))
        return n.Model(inputs, n.layers.BatchNormalization(renorm=True)(inputs))

    for one, other in ((keras, kerasish), (kerasish, keras)):
        made = model(one)
        made.set_weights([rng.normal(size=w.shape) for w in made.weights])
        made.save(tmp_path / "model.keras")
        made.save_weights(tmp_path / "model.weights.h5")
        read = other.models.load_model(tmp_path / "model.keras")
        filled = model(other)
        filled.load_weights(tmp_path / "model.weights.h5")
        for again in (read, filled):
            for got, given in zip(again.get_weights(), made.get_weights(), strict=True):
                np.testing.assert_array_equal(got, given)


def test_renorm_refusals():
    for clipping in ({"r": 1}, {"rmin": 2, "rmax": 1}, {"dmax": -1}):
        with pytest.raises(ValueError, match="Received: renorm_clipping="):
            kerasish.layers.BatchNormalization(renorm=True, renorm_clipping=clipping)


def test_processes_share_statistics(tmp_path):
    """Two processes compute what one does with both batches."""
    whole = torch.cat([batch(0), batch(1)]).requires_grad_()
    layer = kerasish.layers.BatchNormalization(dtype="float64")
    expected = layer(whole, training=True)
    expected.sin().sum().backward()
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    multiprocessing.spawn(process, (str(tmp_path),), 2)
    parts = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    for index, value in enumerate((expected.detach(), whole.grad)):
        torch.testing.assert_close(torch.cat([part[index] for part in parts]), value)
    for part in parts:
        torch.testing.assert_close(part[2], layer.norm.running_var)
    alone = kerasish.layers.BatchNormalization(synchronized=True, dtype="float64")
    torch.testing.assert_close(alone(whole.detach(), training=True), expected)
