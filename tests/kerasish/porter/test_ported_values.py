"""Ported code gives the values that the same code gives with TensorFlow and Keras."""

import re

import numpy as np
import pytest

from kerasish.porter import port_code
from tests.examples.notebooks import code_of

SETUP = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K
x = tf.constant([[1.5, -2.0, 0.5], [0.25, 4.0, -1.0]])
y = tf.constant([[0.5, 1.0, 2.0], [3.0, -0.5, 1.0]])
"""
EXPRESSIONS = [
    "tf.constant([1.0, 2.0])",
    "tf.constant(np.array([1.0, 2.0]))",
    "tf.constant([1, 2], dtype=tf.int64)",
    "tf.convert_to_tensor([1, 2], dtype='float32')",
    "tf.cast(x, tf.int32)",
    "tf.cast(x > 0, 'float32')",
    "tf.zeros((2, 3))",
    "tf.ones([2], dtype=tf.float64)",
    "tf.zeros_like(x)",
    "tf.ones_like(x, dtype=tf.int32)",
    "tf.identity(x)",
    *(
        f"tf.{name}(x)"
        for name in ("abs", "exp", "square", "sin", "cos", "tanh", "sigmoid", "sign", "floor")
    ),
    "tf.sqrt(tf.abs(x))",
    "tf.math.log(tf.abs(x))",
    "tf.reduce_mean(x)",
    "tf.reduce_mean(x, 1)",
    "tf.reduce_sum(x, axis=0, keepdims=True)",
    "tf.math.reduce_max(x, axis=-1)",
    "tf.reduce_min(x, axis=[0, 1])",
    "tf.maximum(x, y)",
    "tf.math.minimum(x=x, y=y)",
    "tf.concat([x, y], axis=1)",
    "tf.stack([x, y], axis=1)",
    "tf.expand_dims(x, axis=1)",
    "tf.squeeze(tf.expand_dims(x, 0), axis=0)",
    "tf.squeeze(tf.expand_dims(x, 0))",
    "tf.reshape(x, (3, -1))",
    "tf.reshape(x, [tf.shape(x)[1], 2])",
    "tf.transpose(x, perm=[1, 0])",
    "tf.matmul(x, tf.transpose(y, [1, 0]))",
    "tf.argmax(x, axis=1)",
    "tf.einsum('ij,ij->i', x, y)",
    "tf.where(x > 0, x, y)",
    *(f"tf.nn.{name}(x)" for name in ("relu", "selu", "elu", "softplus", "softmax", "relu6")),
    *(f"K.{name}(x)" for name in ("abs", "exp", "square", "sign", "sin", "cos", "tanh")),
    "tf.nn.relu(features=x)",
    "tf.nn.softmax(logits=x, axis=0)",
    "tf.random.normal((2,), 3.0, 0.0, dtype=tf.float64)",
    "K.sum(x)",
    "K.mean(x, axis=-1, keepdims=True)",
    "K.max(x, axis=0)",
    "K.min(x)",
    "K.maximum(x, y)",
    "K.equal(x, x)",
    "K.dot(x, K.permute_dimensions(y, (1, 0)))",
    "K.concatenate([x, y], axis=0)",
    "K.stack([x, y], axis=0)",
    "K.expand_dims(x, -1)",
    "K.squeeze(K.expand_dims(x, 0), 0)",
    "K.reshape(x, (6,))",
    "K.argmax(x, axis=0)",
    "K.cast(x, 'int32')",
    "K.zeros_like(x)",
    "K.relu(x)",
    "K.softmax(x)",
    "K.sigmoid(x)",
    "keras.losses.mse(x, y)",
    "keras.activations.softplus(x)",
    "keras.utils.to_categorical([0, 2], num_classes=3)",
]
STATEMENTS = [
    "result = keras.layers.LeakyReLU(alpha=0.1)(x)",
    "keras.utils.set_random_seed(2)\nresult = keras.layers.Dense(2, kernel_initializer='ones')(x)",
    "tf.random.set_seed(4)\n"
    "result = keras.layers.LSTM(2, kernel_initializer='ones', recurrent_initializer='zeros')("
    "tf.reshape(x, (1, 2, 3)))",
    "a = keras.Input((3,))\nb = keras.layers.Dense(2, kernel_initializer='ones')(a)\n"
    "result = keras.Model(inputs=a, outputs=b).predict(np.ones((2, 3)), verbose=0)",
    "n = tf.shape(x)[0]\nresult = tf.ones((n, 2))",
    "result = tf.config.list_physical_devices('GPU') == []",
]


def value_of(code: str) -> np.ndarray:
    names: dict = {"__name__": "ported"}
    exec(compile(code, "<ported>", "exec"), names)
    result = names["result"]
    if hasattr(result, "detach"):
        result = result.detach()
    return np.asarray(result)


@pytest.mark.parametrize("code", [*(f"result = {one}" for one in EXPRESSIONS), *STATEMENTS])
def test_same_value(code: str) -> None:
    if "alpha=" in code:
        expected = value_of(SETUP + code.replace("alpha=", "negative_slope="))
    else:
        expected = value_of(SETUP + code)
    ported = port_code([SETUP + code + "\n"], notebook=False)
    assert not ported.findings
    text = ported.cells[0]
    assert not re.search(r"\b(tensorflow|tf)\b", text)
    received = value_of(text)
    assert received.shape == expected.shape
    if code != "result = K.argmax(x, axis=0)":
        assert received.dtype.kind == expected.dtype.kind
    np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        "01_lstm_and_gru_returns",
        "02_eager_calls",
        "03_bidirectional_states",
        "04_states_over_time",
    ],
)
def test_the_examples_written_for_keras_port_to_the_examples(name: str) -> None:
    cells = code_of(name)
    for package in ("keras", "tensorflow.keras", "tf_keras"):
        keras = [
            re.sub(r"^(from|import) kerasish\b", rf"\1 {package}", one, flags=re.MULTILINE)
            for one in cells
        ]
        assert keras != cells
        ported = port_code(keras, notebook=True)
        assert not ported.findings
        received = [one.replace(".numpy(force=True)", ".numpy()") for one in ported.cells]
        assert received == cells
