"""Keras 2's `hard_sigmoid`: against tf-keras, and through configurations of real Keras 3."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
import torch

import kerasish
from kerasish import activations, layers
from kerasish.activations.keras2 import keras2_hard_sigmoid
from weight_port.legacy_config.hard_sigmoid_model import is_model_config, model_config

NAME = "keras2_hard_sigmoid"
X = np.linspace(-6, 6, 121)


def test_values_and_gradients():
    for dtype in ("float32", "float64"):
        x = torch.tensor(X, dtype=getattr(torch, dtype), requires_grad=True)
        expected = tf_keras.activations.hard_sigmoid(tf.constant(X.astype(dtype))).numpy()
        result = activations.get(NAME)(x)
        np.testing.assert_allclose(result.detach().numpy(), expected, rtol=1e-6, atol=1e-7)
        result.sum().backward()
        inside = np.abs(X) < 2.49
        np.testing.assert_allclose(x.grad.numpy()[inside], 0.2, rtol=1e-6)
        assert not x.grad.numpy()[np.abs(X) > 2.51].any()


def test_it_is_not_keras3s():
    assert activations.get("hard_sigmoid") is not activations.get(NAME) is keras2_hard_sigmoid
    theirs = keras.activations.hard_sigmoid(X.astype("float32"))
    assert (
        np.abs(np.asarray(theirs) - keras2_hard_sigmoid(X.astype("float32")).numpy()).max() > 0.05
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_config_computes_the_same_in_keras3(dtype):
    config = activations.serialize(keras2_hard_sigmoid, dtype)
    theirs = keras.activations.get(json.loads(json.dumps(config)))
    theirs(keras.Input((11,), dtype=dtype))  # as a layer calls it when a model is described
    result = theirs(X.astype(dtype).reshape(11, 11))
    expected = keras2_hard_sigmoid(torch.tensor(X.astype(dtype).reshape(11, 11)))
    tolerance = 1e-7 if dtype == "float32" else 1e-15
    np.testing.assert_allclose(np.asarray(result), expected.numpy(), rtol=0, atol=tolerance)
    assert activations.get(config) is activations.deserialize(config) is keras2_hard_sigmoid


def test_models_go_to_keras3_and_come_back(tmp_path):
    x = kerasish.Input((5, 3))
    y = layers.LSTM(4, recurrent_activation=NAME, return_sequences=True)(x)
    y = layers.Bidirectional(layers.GRU(3, recurrent_activation=NAME, return_sequences=True))(y)
    y = layers.RNN(layers.LSTMCell(2, recurrent_activation=NAME), return_sequences=True)(y)
    ours = kerasish.Model(x, layers.Dense(2, activation=NAME)(layers.Activation(NAME)(y)))
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=w.shape).astype("float32") for w in ours.weights]
    inputs = rng.normal(size=(4, 5, 3)).astype("float32")
    ours.set_weights(weights)
    expected = ours(torch.as_tensor(inputs)).detach().numpy()
    theirs = keras.models.model_from_json(ours.to_json())
    theirs.set_weights(weights)
    np.testing.assert_allclose(theirs(inputs), expected, rtol=1e-5, atol=1e-6)
    theirs.save(tmp_path / "model.keras")
    saved = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(saved(inputs), expected, rtol=1e-5, atol=1e-6)
    again = kerasish.models.model_from_json(saved.to_json())
    again.set_weights(weights)
    np.testing.assert_array_equal(again(torch.as_tensor(inputs)).detach().numpy(), expected)
    assert again.layers[1].recurrent_activation is keras2_hard_sigmoid


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config["config"]["layers"][0]["config"].update(scale=0.25),
        lambda config: config["config"]["layers"][0]["config"].update(offset=0.0),
        lambda config: config["config"]["layers"][1]["config"].update(max_value=None),
        lambda config: config["config"]["layers"].reverse(),
        lambda config: config["config"]["layers"].pop(),
        lambda config: config["config"]["layers"].append(config["config"]["layers"][1]),
        lambda config: config["config"].update(layers=3),
        lambda config: config.update(class_name="Functional"),
        lambda config: config.update(config=[]),
    ],
)
def test_other_models_are_not_taken_for_it(change):
    config = model_config("float32")
    assert is_model_config(config)
    change(config)
    assert not is_model_config(config)
