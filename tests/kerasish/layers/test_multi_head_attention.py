"""`MultiHeadAttention` against Keras: weights, outputs, scores, masks."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import kerasish
from tests.kerasish.layer_checker import assert_close

rng = np.random.default_rng(5)
QUERY, VALUE, KEY = (rng.normal(size=s) for s in ((2, 3, 4), (2, 5, 6), (2, 5, 7)))
MASK = rng.integers(0, 2, (2, 3, 5)).astype(bool)
CALLS = {
    "plain": {},
    "scores": {"return_attention_scores": True},
    "causal": {"use_causal_mask": True},
    "mask": {"attention_mask": MASK, "return_attention_scores": True},
    "value mask": {"value_mask": np.array([[1, 0, 1, 1, 0], [0, 1, 1, 0, 0]]) > 0},
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("options", [{}, {"value_dim": 3, "output_shape": 5, "use_bias": False}])
def test_layer(call, options, dtype):
    layers = []
    for n in (keras, kerasish):
        n.utils.set_random_seed(4)
        layers.append(n.layers.MultiHeadAttention(2, 4, dtype=dtype, name="a", **options))
        layers[-1].build(QUERY.shape, VALUE.shape, KEY.shape)
    theirs, ours = layers
    arrays = [a.astype(dtype) for a in (QUERY, VALUE, KEY)]
    constants = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(constants)
        expected = tf.nest.flatten(theirs(*constants, **CALLS[call]))
        loss = tf.reduce_sum(expected[0] ** 2)
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    arguments = {
        k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in CALLS[call].items()
    }
    ours(*tensors, **arguments)
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        assert_close(one.numpy(), other.numpy(), "float32", one.path)
    ours.set_weights(theirs.get_weights())
    results = tf.nest.flatten(ours(*tensors, **arguments))
    for one, other in zip(results, expected, strict=True):
        assert_close(one, other, dtype, "output")
    (results[0] ** 2).sum().backward()
    for tensor, gradient in zip(tensors, tape.gradient(loss, constants), strict=True):
        assert_close(tensor.grad, gradient, dtype, "gradient")
    again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
    again.build(*(a.shape for a in arrays))
    again.set_weights(theirs.get_weights())
    for one, other in zip(tf.nest.flatten(again(*tensors, **arguments)), results, strict=True):
        torch.testing.assert_close(one, other)


def test_refusals():
    with pytest.raises(ValueError, match="Received: use_gate=True"):
        kerasish.layers.MultiHeadAttention(2, 4, use_gate=True)
