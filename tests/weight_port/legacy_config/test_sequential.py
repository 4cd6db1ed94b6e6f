"""Sequential models of tf-keras, which know the shape of their input in many ways."""

import numpy as np
import pytest
import tf_keras

from tests.golden.writing import reset
from tests.weight_port.legacy_config.running import (
    assert_close,
    built,
    configs_of,
    expected_outputs,
    outputs_of,
)

k = tf_keras.layers


def deferred():
    model = tf_keras.Sequential([k.LSTM(4), k.Dense(2)], name="deferred")
    model(np.zeros((2, 5, 3), "float32"))
    return model


def inner_model():
    x = tf_keras.Input((5, 3))
    return tf_keras.Model(x, k.GRU(4)(x), name="inner")


def called_in_a_model():
    x = tf_keras.Input((5, 3))
    first = tf_keras.Sequential([k.LSTM(4, input_shape=(5, 3))], name="first")
    second = tf_keras.Sequential([k.Dense(4), k.Dense(3)], name="second")
    third = tf_keras.Sequential([inner_model(), k.Dense(4)], name="third")
    return tf_keras.Model(x, k.Add()([second(first(x)), second(third(x))]))


CASES = {
    "input_shape": lambda: tf_keras.Sequential([k.LSTM(4, input_shape=(5, 3)), k.Dense(2)]),
    "input_layer": lambda: tf_keras.Sequential([k.InputLayer((5, 3)), k.LSTM(4)]),
    "deferred": deferred,
    "model_first": lambda: tf_keras.Sequential([inner_model(), k.Dense(2)]),
    "sequential_first": lambda: tf_keras.Sequential([CASES["input_shape"](), k.Dense(2)]),
    "bidirectional": lambda: tf_keras.Sequential(
        [k.Bidirectional(k.LSTM(4), input_shape=(5, 3), merge_mode="mul")]
    ),
    "time_distributed": lambda: tf_keras.Sequential(
        [k.TimeDistributed(k.Dense(2), input_shape=(5, 3))]
    ),
    "any_length": lambda: tf_keras.Sequential([k.GRU(4, input_shape=(None, 3))]),
    "stateful": lambda: tf_keras.Sequential(
        [k.GRU(4, batch_input_shape=(2, 5, 3), stateful=True), k.Dense(2)]
    ),
    "cells": lambda: tf_keras.Sequential(
        [k.RNN([k.LSTMCell(4), k.GRUCell(2)], input_shape=(5, 3))]
    ),
    "called_in_a_model": called_in_a_model,
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore")
def test_input(name, tmp_path):
    tf_keras.backend.clear_session()
    theirs = CASES[name]()
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, 0.5, w.shape).astype("float32") for w in theirs.get_weights()]
    theirs.set_weights(weights)
    inputs = [rng.normal(size=(2, 5, 3)).astype("float32")]
    expected = expected_outputs(theirs, inputs)
    reset(theirs)
    for config in configs_of(theirs, tmp_path).values():
        ours = built(config)
        ours.set_weights(weights)
        assert_close(outputs_of(ours, inputs), expected)


@pytest.mark.filterwarnings("ignore")
def test_tokens(tmp_path):
    theirs = tf_keras.Sequential([k.Embedding(300, 4, input_length=5, mask_zero=True), k.LSTM(2)])
    theirs(np.zeros((2, 5)))
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, 0.5, w.shape).astype("float32") for w in theirs.get_weights()]
    theirs.set_weights(weights)
    inputs = [rng.integers(0, 300, (8, 5))]
    inputs[0][0, 2:] = 0
    expected = expected_outputs(theirs, inputs)
    for config in configs_of(theirs, tmp_path).values():
        ours = built(config)
        ours.set_weights(weights)
        assert_close(outputs_of(ours, inputs), expected)
