"""Operations of TensorFlow in models of tf-keras."""

import json

import pytest
import tensorflow as tf
import tf_keras

from tests.golden.old_configs import called, functional, keras2_input
from tests.weight_port.legacy_config.running import built, check_same, outputs_of
from weight_port.legacy_config import LegacyConfigError, modernize

CASES = {
    "arithmetic": lambda x, y: (2.0 * x + y - 1.0) / (x * x + 1.0),
    "numbers_first": lambda x, y: (1.0 - x) * (3.0 / (y * y + 2.0)),
    "powers": lambda x, y: -(abs(x) ** 2.0),
    "modulo": lambda x, y: tf.math.floormod(x, 2.0) + x // 0.3,
    "comparison": lambda x, y: tf.cast(x < y, "float32") + tf.cast(tf.not_equal(x, y), "float32"),
    "slice": lambda x, y: x[:, 1:4, ::2],
    "last_step": lambda x, y: x[:, -1],
    "ellipsis": lambda x, y: x[..., 0],
    "new_axis": lambda x, y: x[:, None],
    "concat": lambda x, y: tf.concat([x, y, x], axis=1),
    "stack": lambda x, y: tf.stack([x, y], 1),
    "expand_and_squeeze": lambda x, y: tf.squeeze(tf.expand_dims(x, 1), 1),
    "matmul": lambda x, y: x @ tf.transpose(y, [0, 2, 1]),
    "reshape": lambda x, y: tf.reshape(x, (-1, 20)),
    "reduce": lambda x, y: tf.reduce_sum(x, 1) + tf.reduce_mean(y, axis=1),
    "extremes": lambda x, y: tf.reduce_max(x, -1, keepdims=True) * tf.reduce_min(y, 2, True),
    "maximum": lambda x, y: tf.maximum(x, 0.1) - tf.minimum(x, y),
    "functions": lambda x, y: tf.exp(tf.tanh(x)) + tf.sqrt(tf.square(y)),
    "activations": lambda x, y: tf.nn.relu(x) * tf.sigmoid(y) + tf.nn.elu(x) * tf.nn.selu(y),
    "gelu": lambda x, y: tf.nn.gelu(x) + tf.nn.leaky_relu(y, 0.3) + tf.nn.leaky_relu(x),
    "softmax": lambda x, y: tf.nn.softmax(x, axis=1) * tf.nn.log_softmax(y),
    "keras_backend": lambda x, y: tf_keras.backend.sum(x, axis=1),
    "batch_dot": lambda x, y: tf_keras.backend.batch_dot(x, y, axes=[2, 2]),
    "trigonometry": lambda x, y: tf.sin(x) + tf.cos(y) * tf.atan(x) - tf.atan2(x, y) + tf.sinh(x),
    "rounding": lambda x, y: tf.floor(x) + tf.math.ceil(y) + tf.round(x * 3) + tf.sign(y),
    "special": lambda x, y: tf.math.erf(x) + tf.math.log1p(y * y) + tf.math.rsqrt(x * x + 1.0),
    "truth": lambda x, y: tf.where(~((x > 0) & (y > 0)) | tf.equal(x, y), x, y),
    "any_and_all": lambda x, y: tf.cast(
        tf.reduce_any(x > 1, 1) | tf.reduce_all(y > -1, 1), "float32"
    ),
    "statistics": lambda x, y: tf.math.reduce_std(x, 1) + tf.math.reduce_variance(y, 1),
    "products": lambda x, y: tf.reduce_prod(x, 1) + tf.reduce_logsumexp(y, 1),
    "cumulative": lambda x, y: tf.cumsum(x, axis=1) + tf.math.cumprod(y, -1),
    "indices": lambda x, y: tf.one_hot(tf.argmax(x, -1, output_type=tf.int32), 4) * y,
    "sorting": lambda x, y: tf.sort(x, axis=1) + tf.reverse(y, [1]) + tf.roll(x, 1, axis=1),
    "tiling": lambda x, y: tf.tile(x, [1, 2, 1]) + tf.repeat(y, 2, axis=1),
    "clipping": lambda x, y: tf.clip_by_value(x, -0.5, 0.5) + tf.stop_gradient(tf.identity(y)),
    "padding": lambda x, y: (
        tf.pad(x, [[0, 0], [1, 1], [0, 2]]) + tf.pad(y, [[0, 0], [1, 1], [0, 2]], "REFLECT")
    ),
    "gathering": lambda x, y: tf.gather(x, [0, 2], axis=1),
    "top": lambda x, y: tf.math.top_k(x, 2)[0] + tf.cast(tf.math.top_k(y, 2)[1], "float32"),
    "unit": lambda x, y: tf.math.l2_normalize(x, axis=1) + tf_keras.backend.l2_normalize(y, -1),
    "splitting": lambda x, y: tf.split(x, 2, axis=-1)[0] * tf.split(y, [1, 2, 1], axis=-1)[1],
    "unstacked": lambda x, y: tf.unstack(x, axis=1)[-1] + tf.unstack(y, axis=1)[0],
    "resized": lambda x, y: tf.image.resize(x[..., None], (7, 3))[..., 0],
    "biased": lambda x, y: tf.nn.bias_add(x, [1.0, 2.0, 3.0, 4.0]) + tf.math.log_sigmoid(y),
    "tensordot": lambda x, y: tf.tensordot(x, [[1.0, 2.0]] * 4, axes=[[2], [0]]),
    "twice": lambda x, y: tf_keras.layers.Dense(2)(tf.tanh(x)) + tf.zeros_like(x)[..., :2],
}


@pytest.mark.parametrize("name", CASES)
def test_operation(name):
    tf_keras.backend.clear_session()
    x, y = tf_keras.Input((5, 4), name="x"), tf_keras.Input((5, 4), name="y")
    model = tf_keras.Model([x, y], CASES[name](x, y))
    check_same(model, json.loads(model.to_json()))


def test_attention_and_masks():
    """Operations of TensorFlow drop masks, and so do those that stand for them."""
    tf_keras.backend.clear_session()
    x = tf_keras.Input((5, 3), name="masked")
    states = tf_keras.layers.GRU(4, return_sequences=True)(tf_keras.layers.Masking()(x))
    weights = tf.nn.softmax(tf_keras.layers.Dense(1)(states), axis=1)
    context = tf.reduce_sum(weights * states, axis=1)
    again = tf_keras.layers.LSTM(2)(states * 2.0)
    model = tf_keras.Model(x, [context, again])
    check_same(model, json.loads(model.to_json()))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: tf.nn.crelu(x), r"TFOpLambda\).*crelu"),
        (lambda x: tf.gather(x, [[1]] * 5, axis=1, batch_dims=1), r"TFOpLambda.*`batch_dims`.*1"),
        (lambda x: tf.reshape(x, (tf.shape(x)[0], 20)), "TFOpLambda.*(shape|reshape)"),
        (lambda x: tf.linalg.matmul(x, x, transpose_b=True), r"TFOpLambda.*`transpose_b`.*True"),
        (lambda x: tf.math.cumsum(x, 1, reverse=True), "TFOpLambda.*`reverse`.*True"),
    ],
)
def test_without_equivalent(make, message):
    x = tf_keras.Input((5, 4), name="x")
    config = json.loads(tf_keras.Model(x, make(x)).to_json())
    with pytest.raises(LegacyConfigError, match=message):
        modernize(config)


def node(op, constants=None, as_text=False, **more):
    definition = {"name": "step", "op": op, "input": ["a", "b"], "attr": {}}
    config = {
        "name": "tf_op_layer_step",
        "trainable": True,
        "dtype": "float32",
        "node_def": json.dumps(definition) if as_text else definition,
        "constants": constants or {},
    }
    return {"class_name": "TensorFlowOpLayer", "config": {**config, **more}}


def of_nodes(layer, *inputs):
    entries = [keras2_input("a", (3,)), keras2_input("b", (3,)), called(layer, *inputs)]
    return functional("model", entries, ["a", "b"], [["tf_op_layer_step", 0, 0]])


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize(
    ("op", "constants", "inputs", "expected"),
    [
        ("AddV2", {}, ("a", "b"), lambda a, b: a + b),
        ("Sub", {"0": 2.0}, ("a",), lambda a, b: 2 - a),
        ("Sub", {"1": 2.0}, ("a",), lambda a, b: a - 2),
        ("RealDiv", {}, ("b", "a"), lambda a, b: b / a),
        ("Tanh", {}, ("a",), lambda a, b: a.tanh()),
        ("ExpandDims", {"1": -1}, ("b",), lambda a, b: b[..., None]),
    ],
)
def test_nodes_of_graphs(op, constants, inputs, expected, as_text):
    """The layers of TensorFlow 1.13 to 2.3, which hold a node of a graph."""
    import numpy as np
    import torch

    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(4, 3)).astype("float32") for _ in range(2)]
    model = built(of_nodes(node(op, constants, as_text), *inputs), "2.3.0-tf")
    wanted = expected(*(torch.as_tensor(one) for one in arrays))
    np.testing.assert_allclose(outputs_of(model, arrays)[0], wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (node("PyFunc"), r"'tf_op_layer_step'.*'PyFunc'"),
        (node("Sub", {"7": 1.0}), r"'tf_op_layer_step'.*constant.*'7'"),
        (node("Sub", {"x": 1.0}), r"'tf_op_layer_step'.*constant.*'x'"),
        (node("Sub", node_def="{"), r"'tf_op_layer_step'.*no JSON"),
        (node("Sub", node_def=3), r"'tf_op_layer_step'.*`node_def`"),
        (node("Sub", constants=[1]), r"'tf_op_layer_step'.*`constants`"),
    ],
)
def test_bad_nodes(layer, message):
    with pytest.raises(LegacyConfigError, match=message):
        modernize(of_nodes(layer, "a"), "2.3.0-tf")
