"""Normalizations against Keras: inference, training, moving statistics, initial weights."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import assert_close, check_layer

rng = np.random.default_rng(5)


def normal(*shape):
    return rng.normal(size=shape)


IMAGES = normal(3, 4, 5, 6)
PENALTIES = {"beta_regularizer": "l2", "gamma_regularizer": "l1", "beta_constraint": "non_neg"}
LAYERS = {
    "batch": (lambda n, **k: n.layers.BatchNormalization(**k), normal(4, 5)),
    "batch rank 4": (lambda n, **k: n.layers.BatchNormalization(epsilon=0.1, **k), IMAGES),
    "batch axis 1": (lambda n, **k: n.layers.BatchNormalization(1, **k), IMAGES),
    "batch axis -2": (lambda n, **k: n.layers.BatchNormalization(-2, **k), IMAGES),
    "batch no scale": (
        lambda n, **k: n.layers.BatchNormalization(scale=False, beta_regularizer="l2", **k),
        IMAGES,
    ),
    "batch no center": (lambda n, **k: n.layers.BatchNormalization(center=False, **k), IMAGES),
    "layer": (lambda n, **k: n.layers.LayerNormalization(**PENALTIES, **k), normal(4, 5)),
    "layer axis 1": (lambda n, **k: n.layers.LayerNormalization(axis=1, **k), IMAGES),
    "layer axes": (lambda n, **k: n.layers.LayerNormalization(axis=[2, 3], **k), IMAGES),
    "layer axes apart": (lambda n, **k: n.layers.LayerNormalization(axis=(3, 1), **k), IMAGES),
    "layer bare": (
        lambda n, **k: n.layers.LayerNormalization(center=False, scale=False, **k),
        IMAGES,
    ),
    "group": (lambda n, **k: n.layers.GroupNormalization(3, **PENALTIES, **k), IMAGES),
    "group axis 1": (lambda n, **k: n.layers.GroupNormalization(2, axis=1, **k), IMAGES),
    "group each": (lambda n, **k: n.layers.GroupNormalization(-1, **k), IMAGES),
    "group rank 2": (
        lambda n, **k: n.layers.GroupNormalization(2, center=False, **k),
        normal(3, 6),
    ),
    "rms": (lambda n, **k: n.layers.RMSNormalization(**k), IMAGES),
    "rms axes": (lambda n, **k: n.layers.RMSNormalization([2, 3], epsilon=0.1, **k), IMAGES),
    "rms axis 1": (lambda n, **k: n.layers.RMSNormalization(1, **k), normal(2, 4, 4)),
    "unit": (lambda n, **k: n.layers.UnitNormalization(**k), IMAGES),
    "unit axes": (lambda n, **k: n.layers.UnitNormalization((1, 2), **k), IMAGES),
    "spectral": (
        lambda n, **k: n.layers.SpectralNormalization(n.layers.Dense(3, **k), **k),
        normal(4, 5),
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", LAYERS)
def test_layers(case, dtype):
    make, inputs = LAYERS[case]
    if case.startswith("batch"):
        # Random variances are negative; Keras's result for them is not a number.
        positive = {"gamma_constraint": None}
        make_positive = make

        def make(n, **k):
            return make_positive(n, **positive, **k)

        check_batch(make, inputs, dtype)
        return
    check_layer(make, inputs, dtype=dtype, gradients=case != "spectral")


def check_batch(make, inputs, dtype):
    """Weights of every layer are set to positive numbers, then both modes are compared."""
    check_training(make, inputs, dtype, {}, training=False)
    theirs, ours = check_training(make, inputs, dtype, {}, training=True)
    one, other = ours.get_config(), theirs.get_config()
    assert one.keys() | {"name"} == other.keys() | {"name"}
    for key in one.keys() - {"name", "dtype"}:
        assert one[key] == other[key] or "initializer" in key or "regularizer" in key
    shapes = [
        make(n, dtype=dtype)(n.layers.Input(inputs.shape[1:], dtype=dtype)).shape
        for n in (keras, kerasish)
    ]
    assert tuple(shapes[0]) == tuple(shapes[1])


def check_training(make, inputs, dtype, call, training):
    import tensorflow as tf

    theirs, ours = make(keras, dtype=dtype), make(kerasish, dtype=dtype)
    inputs = inputs.astype(dtype)
    theirs.build(inputs.shape)
    ours.build(inputs.shape)
    assert [w.path.split("/")[-1] for w in theirs.weights] == [w.name for w in ours.weights]
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    weights = [rng.uniform(0.5, 2, w.shape).astype(dtype) for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    factors = rng.normal(size=inputs.shape).astype(dtype)
    x = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(x)
        expected = theirs(x, training=training, **call)
        loss = tf.reduce_sum(expected * factors)
    watched = [x, *(w.value for w in theirs.trainable_weights)]
    gradients = tape.gradient(loss, watched)
    tensor = torch.tensor(inputs, requires_grad=True)
    mask = {k: torch.tensor(v) for k, v in call.items()}
    found = ours(tensor, training=training, **mask)
    (found * torch.tensor(factors)).sum().backward()
    assert_close(found, expected, dtype, "output")
    assert_close(tensor.grad, gradients[0], dtype, "gradient of the input")
    trained = ours.trainable_weights
    for variable, gradient in zip(trained, gradients[1:], strict=True):
        assert_close(variable.grad, gradient, dtype, variable.path)
    for variable, other in zip(ours.weights, theirs.weights, strict=True):
        assert_close(variable.numpy(), other.numpy(), dtype, variable.path)
    return theirs, ours


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mask_shape", [(3, 4, 5)])
def test_masked_statistics(mask_shape, dtype):
    mask = {"mask": rng.integers(0, 2, mask_shape).astype(bool)}
    for training in (True, False):
        check_training(
            lambda n, **k: n.layers.BatchNormalization(momentum=0.7, **k),
            IMAGES,
            dtype,
            mask,
            training,
        )


def test_frozen_batch_normalization_runs_in_inference_mode():
    def make(n, **k):
        return n.layers.BatchNormalization(trainable=False, **k)

    import tensorflow as tf

    theirs, ours = make(keras), make(kerasish)
    x = IMAGES.astype("float32")
    expected = theirs(tf.constant(x), training=True)
    assert_close(ours(torch.tensor(x), training=True), expected, "float32", "output")
    np.testing.assert_array_equal(ours.moving_mean.numpy(), np.zeros(6))


def test_batch_of_one_value():
    layer = kerasish.layers.BatchNormalization()
    result = layer(torch.tensor([[3.0, 4.0]]), training=True)
    torch.testing.assert_close(result, torch.zeros(1, 2), rtol=0, atol=1e-5)
    torch.testing.assert_close(layer.moving_variance.value, torch.full((2,), 0.99))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_spectral_normalization_overwrites_the_kernel(dtype):
    # Automatic names are counted from the start on both sides.
    keras.utils.clear_session()
    kerasish.utils.clear_session()
    keras.utils.set_random_seed(3)
    theirs = keras.layers.SpectralNormalization(keras.layers.Dense(3, dtype=dtype), 2, dtype=dtype)
    theirs.build((None, 5))
    kerasish.utils.set_random_seed(3)
    ours = kerasish.layers.SpectralNormalization(
        kerasish.layers.Dense(3, dtype=dtype), 2, dtype=dtype
    )
    ours.build((None, 5))
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    for variable, other in zip(ours.weights, theirs.weights, strict=True):
        assert_close(variable.numpy(), other.numpy(), "float32", variable.path)
    ours.set_weights(theirs.get_weights())
    x = normal(4, 5).astype(dtype)
    for _ in range(2):
        assert_close(ours(x, training=True), theirs(x, training=True), dtype, "output")
    for variable, other in zip(ours.weights, theirs.weights, strict=True):
        assert_close(variable.numpy(), other.numpy(), dtype, variable.path)


@pytest.mark.parametrize("case", ["batch rank 4", "layer axis 1", "group", "rms", "unit"])
@pytest.mark.parametrize("training", [False, True])
def test_compiled(case, training):
    make, inputs = LAYERS[case]
    layer = make(kerasish)
    x = torch.tensor(inputs, dtype=torch.float32)
    layer(x)
    expected = layer(x, training=training)
    torch.compiler.reset()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, training=training), expected)


@pytest.mark.parametrize(
    ("name", "options", "received"),
    [
        ("GroupNormalization", {"groups": 0}, "groups=0"),
        ("UnitNormalization", {"axis": "x"}, "axis='x'"),
    ],
)
def test_refusals(name, options, received):
    with pytest.raises(ValueError, match=f"Received: {received}"):
        getattr(kerasish.layers, name)(**options)
