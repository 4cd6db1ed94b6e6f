"""`MultiHeadAttention` and `GroupQueryAttention` against Keras: outputs, scores, masks, files."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import kerasish
from tests.kerasish.layer_checker import assert_close

rng = np.random.default_rng(5)
QUERY, VALUE, KEY = (rng.normal(size=s) for s in ((2, 3, 4), (2, 5, 6), (2, 5, 7)))
SAME = rng.normal(size=(2, 5, 4))
GRID = rng.normal(size=(2, 3, 5, 4))
MASK = rng.integers(0, 2, (2, 3, 5)).astype(bool)
MASK[0, 0] = False  # A query that may look at nothing.
VALUE_MASK = np.array([[1, 0, 1, 1, 0], [0, 1, 1, 0, 0]]) > 0
CALLS = {
    "plain": {},
    "scores": {"return_attention_scores": True},
    "causal": {"use_causal_mask": True},
    "causal scores": {"use_causal_mask": True, "return_attention_scores": True},
    "mask": {"attention_mask": MASK},
    "mask of heads": {"attention_mask": np.stack([MASK, ~MASK], 1), "use_causal_mask": True},
    "mask scores": {"attention_mask": MASK, "return_attention_scores": True},
    "value mask": {"value_mask": VALUE_MASK},
    "key mask causal": {"key_mask": VALUE_MASK, "use_causal_mask": True},
}
HEADS = {
    "plain": {},
    "narrow": {"value_dim": 3, "output_shape": 5, "use_bias": False},
    "gated": {"use_gate": True, "value_dim": 3, "output_shape": (2, 3), "sliding_window": 2},
}


def heads(**options):
    return lambda n, **more: n.layers.MultiHeadAttention(2, 4, name="a", **options, **more)


def groups(**options):
    return lambda n, **more: n.layers.GroupQueryAttention(3, 4, 2, name="a", **options, **more)


def check(make, arrays, call, dtype):
    """Compare drawn weights, paths, outputs, gradients, configurations and symbols."""
    layers = []
    for n in (keras, kerasish):
        n.utils.set_random_seed(4)
        layers.append(make(n, dtype=dtype))
        layers[-1].build(*(a.shape for a in arrays))
    theirs, ours = layers
    arrays = [a.astype(dtype) for a in arrays]
    constants = [tf.constant(a) for a in arrays]
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        assert_close(one.numpy(), other.numpy(), "float32", one.path)
    draws = np.random.default_rng(1)
    weights = [draws.normal(0, 0.6, w.shape) for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    with tf.GradientTape() as tape:
        tape.watch(constants)
        expected = tf.nest.flatten(theirs(*constants, **call))
        loss = tf.reduce_sum(expected[0] ** 2)
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    arguments = {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in call.items()}
    results = tf.nest.flatten(ours(*tensors, **arguments))
    for one, other in zip(results, expected, strict=True):
        assert_close(one, other, dtype, "output")
    again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
    again.build(*(a.shape for a in arrays))
    again.set_weights(weights)
    for one, other in zip(tf.nest.flatten(again(*tensors, **arguments)), results, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    if dtype == "float32":  # Some gradients, such as of keys' biases, are zero but for rounding.
        return
    (results[0] ** 2).sum().backward()
    sources = constants + [w.value for w in theirs.trainable_weights]
    found = [t.grad for t in tensors] + [
        w._owner._read_gradient(w._spec) for w in ours.trainable_weights
    ]
    for one, other in zip(found, tape.gradient(loss, sources), strict=True):
        if other is not None:
            assert_close(0 * other if one is None else one, other, dtype, "gradient")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("options", HEADS)
def test_heads(options, dtype):
    for call in CALLS.values():
        check(heads(**HEADS[options]), [QUERY, VALUE, KEY], call, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_groups(dtype):
    for options in ({}, {"use_gate": True, "sliding_window": 2, "use_bias": False}):
        for name, call in CALLS.items():
            if name != "mask of heads":
                check(groups(**options), [QUERY, SAME, SAME[:, ::-1].copy()], call, dtype)


@pytest.mark.parametrize("axes", [None, (1,), 2, (1, 2), (-2,)])
def test_axes(axes):
    for call in ({}, {"return_attention_scores": True}):
        check(heads(attention_axes=axes, use_gate=True), [GRID, GRID * 2], call, "float64")


def test_masks_of_the_axis():
    """Masks along the only axis of positions; Keras takes them for axes 1 alone."""
    call = {"use_causal_mask": True, "return_attention_scores": True}
    square = GRID[:, :, :3]
    check(heads(attention_axes=1), [square, square], call, "float64")
    mask = {"attention_mask": rng.integers(0, 2, (2, 5, 5)).astype(bool)}
    check(heads(attention_axes=2), [GRID, GRID], mask, "float64")


@pytest.mark.parametrize("make", [heads(use_gate=True, sliding_window=3), groups(use_gate=True)])
def test_models(make, tmp_path):
    """Configurations, symbols, implicit masks and files of either library."""
    tokens = np.array([[1, 2, 0, 0], [3, 0, 1, 2]], "int32")

    def model(n):
        inputs = n.Input((4,), dtype="int32")
        x = n.layers.Embedding(5, 6, mask_zero=True, name="words")(inputs)
        return n.Model(inputs, make(n)(x, x))

    # Keras warns that GroupQueryAttention's projections lose the mask, which is used before.
    warnings.filterwarnings("ignore", ".*of type EinsumDense. was passed an input with a mask")
    theirs, ours = model(keras), model(kerasish)
    draws = np.random.default_rng(2)
    theirs.set_weights([draws.normal(size=w.shape) for w in theirs.weights])
    theirs.save(tmp_path / "theirs.keras")
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    expected = theirs(tokens)
    ours.load_weights(tmp_path / "theirs.weights.h5")
    for one in (ours, kerasish.models.load_model(tmp_path / "theirs.keras")):
        assert_close(one(tokens), expected, "float32", "output")
    ours.save(tmp_path / "ours.keras")
    again = keras.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_array_equal(again(tokens), expected)
    ours.save_weights(tmp_path / "ours.safetensors")
    fresh = model(kerasish)
    fresh.load_weights(tmp_path / "ours.safetensors")
    assert_close(fresh(tokens), expected, "float32", "output")


def test_refusals():
    for options, message in (
        ({"flash_attention": True, "dropout": 0.1}, "Received: dropout=0.1"),
        ({"sliding_window": 0}, "Received: sliding_window=0"),
        ({"attention_axes": "x"}, "Received: attention_axes='x'"),
    ):
        with pytest.raises(ValueError, match=message):
            kerasish.layers.MultiHeadAttention(2, 4, **options)
    with pytest.raises(ValueError, match="Received: num_key_value_heads=3"):
        kerasish.layers.GroupQueryAttention(2, 4, 3)
    layer = kerasish.layers.MultiHeadAttention(2, 4, flash_attention=True)
    assert layer(SAME, SAME).shape == SAME.shape
    with pytest.raises(ValueError, match="return_attention_scores=True"):
        layer(SAME, SAME, return_attention_scores=True)
