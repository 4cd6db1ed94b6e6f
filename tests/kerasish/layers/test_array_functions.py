"""Keras's operations in configurations: models of real Keras with them, made again here."""

import json
import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from keras import ops

import kerasish
from tests.kerasish.model_checker import assert_same

CASES = {
    "sum": lambda x, y: ops.sum(x, axis=1),
    "sum_all": lambda x, y: ops.sum(x, axis=[1, 2], keepdims=True),
    "mean": lambda x, y: ops.mean(x, axis=-1),
    "max": lambda x, y: ops.max(x, axis=(1, 2)),
    "max_initial": lambda x, y: ops.max(x, axis=1, initial=0.5),
    "min": lambda x, y: ops.min(x, axis=1, keepdims=True),
    "min_initial": lambda x, y: ops.min(x, axis=1, initial=-0.5),
    "maximum": lambda x, y: ops.maximum(x, y),
    "maximum_number": lambda x, y: ops.maximum(x, 0.25),
    "minimum": lambda x, y: ops.minimum(0.5, y),
    "squeeze": lambda x, y: ops.squeeze(x[:, :1], 1),
    "transpose": lambda x, y: ops.transpose(x, (0, 2, 1)),
    "reshape": lambda x, y: ops.reshape(x, (-1, 2, 10)),
    "stack": lambda x, y: ops.stack([x, y], 1),
    "exp": lambda x, y: ops.exp(x),
    "log": lambda x, y: ops.log(ops.exp(x) + 1.0),
    "sqrt": lambda x, y: ops.sqrt(ops.square(x)),
    "tanh": lambda x, y: ops.tanh(x),
    "cast": lambda x, y: ops.cast(x * 3, "int32"),
    "relu": lambda x, y: ops.relu(x),
    "relu6": lambda x, y: ops.relu6(x * 9),
    "sigmoid": lambda x, y: ops.sigmoid(x),
    "silu": lambda x, y: ops.silu(x),
    "elu": lambda x, y: ops.elu(x, alpha=0.3),
    "selu": lambda x, y: ops.selu(x),
    "softplus": lambda x, y: ops.softplus(x),
    "softsign": lambda x, y: ops.softsign(x),
    "gelu": lambda x, y: ops.gelu(x, approximate=False),
    "gelu_default": lambda x, y: ops.gelu(x),
    "leaky_relu": lambda x, y: ops.leaky_relu(x, 0.3),
    "softmax": lambda x, y: ops.softmax(x, axis=1),
    "log_softmax": lambda x, y: ops.log_softmax(x),
    "attention": lambda x, y: ops.matmul(
        ops.softmax(ops.matmul(x, ops.transpose(y, (0, 2, 1)))), y
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_same_as_in_keras(name):
    x, y = keras.Input((5, 4), name="x"), keras.Input((5, 4), name="y")
    theirs = keras.Model([x, y], [CASES[name](x, y), x + y])
    ours = kerasish.models.model_from_json(theirs.to_json())
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(3, 5, 4)).astype("float32") for _ in range(2)]
    expected = theirs(inputs)
    assert ours.output_shape == theirs.output_shape
    tensors = [torch.as_tensor(one) for one in inputs]
    for model in (
        ours,
        pickle.loads(pickle.dumps(ours)),
        kerasish.models.model_from_json(ours.to_json()),
    ):
        assert_same(model(tensors), expected, name)
    again = keras.models.model_from_json(ours.to_json())
    for one, other in zip(again(inputs), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "exp", "sqrt"])
def test_whole_numbers(name):
    x = keras.Input((4,), dtype="int32", name="x")
    operation = getattr(ops, name)
    theirs = keras.Model(
        x, operation(x, axis=1) if name in ("sum", "mean", "max") else operation(x)
    )
    ours = kerasish.models.model_from_json(theirs.to_json())
    values = np.arange(12, dtype="int32").reshape(3, 4)
    assert_same(ours(torch.as_tensor(values)), tf.convert_to_tensor(theirs(values)), name)


def test_options_that_a_class_does_not_have():
    x = keras.Input((4,), name="x")
    config = json.loads(keras.Model(x, ops.relu(x)).to_json())
    config["config"]["layers"][-1]["config"]["axes"] = 1
    with pytest.raises(ValueError, match=r"Relu.*Received: \['axes'\]"):
        kerasish.models.model_from_json(json.dumps(config))
