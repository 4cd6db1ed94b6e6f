"""Draws compared with Keras on TensorFlow, number by number."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from kerasish import random

DTYPES = ("float16", "bfloat16", "float32", "float64")
# Sizes that end within a block, at its end, and beyond one part of the work.
SHAPES = ((), (0, 3), (1,), (3,), (4,), (7, 5), (3, 3, 4, 9), (131_071,))


def _numpy(value):
    if isinstance(value, torch.Tensor):
        return value.double().numpy() if value.is_floating_point() else value.numpy()
    value = tf.convert_to_tensor(value)
    return tf.cast(value, "float64").numpy() if value.dtype.is_floating else value.numpy()


def assert_same(ours, theirs):
    assert str(ours.dtype).removeprefix("torch.") == theirs.dtype.name
    np.testing.assert_array_equal(_numpy(ours), _numpy(theirs), strict=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
def test_floats(name, shape, dtype):
    arguments = {"dtype": dtype, "seed": 1234}
    ours = getattr(random, name)(shape, -0.3, 0.7, **arguments)
    theirs = getattr(keras.random, name)(shape, -0.3, 0.7, **arguments)
    if name != "uniform" and dtype == "float64":
        # Logarithm and sine come from NumPy, and differ in the last bit at times.
        np.testing.assert_allclose(_numpy(ours), _numpy(theirs), rtol=1e-12, atol=1e-15)
    else:
        assert_same(ours, theirs)


@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
def test_a_million_floats(name):
    assert_same(
        getattr(random, name)((1_000_003,), seed=3),
        getattr(keras.random, name)((1_000_003,), seed=3),
    )


@pytest.mark.parametrize(
    "seed", [0, 1, -1, 42, 2**31 - 2, 2**31 - 1, 2**32 + 5, -(2**63), 2**63 - 1]
)
def test_seeds(seed):
    assert_same(random.uniform((9,), seed=seed), keras.random.uniform((9,), seed=seed))


def test_array_parameters():
    low = np.array([0.0, 1.0, 2.0], dtype="float32")
    assert_same(
        random.uniform((4, 3), torch.tensor(low), low + 2, seed=1),
        keras.random.uniform((4, 3), low, low + 2, seed=1),
    )
    assert_same(
        random.normal((4, 3), torch.tensor(low), seed=1), keras.random.normal((4, 3), low, seed=1)
    )
    with pytest.raises(ValueError, match=r"normal's parameters .* Received: shape=\(4, 1\)"):
        random.normal((4, 1), torch.tensor(low), seed=1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.1, 0.7),
        (np.float64(0.1), np.float64(0.7)),
        (np.float32(0.1), 0.7),
        (np.array(0.1), np.array(0.7)),
        (np.array([0.1, 0.2, 0.3]), 0.7),
        ([0.1, 0.2, 0.3], 0.7),
        (1, 2049),
        (0, 16_777_217),
        (3, 1.0),
    ],
)
@pytest.mark.parametrize("name", ["uniform", "truncated_normal"])
def test_types_of_parameters(name, low, high, dtype):
    ours = getattr(random, name)((4, 3), low, high, dtype, seed=1)
    theirs = getattr(keras.random, name)((4, 3), low, high, dtype, seed=1)
    if name == "uniform" or dtype != "float64":
        assert_same(ours, theirs)
    else:
        np.testing.assert_allclose(_numpy(ours), _numpy(theirs), rtol=1e-12)


def test_tensors_without_dimensions_as_parameters():
    low, high = torch.tensor(0.1, dtype=torch.float64), torch.tensor(0.7, dtype=torch.float64)
    assert_same(
        random.uniform((5,), low, high, "float64", seed=1),
        keras.random.uniform((5,), np.float64(0.1), np.float64(0.7), "float64", seed=1),
    )
    assert_same(
        random.randint((9,), torch.tensor(2), np.int64(7), seed=1),
        keras.random.randint((9,), 2, 7, seed=1),
    )


def test_gradients_reach_parameters():
    mean, stddev = (torch.tensor(number, requires_grad=True) for number in (0.3, 2.0))
    values = random.normal((7,), mean, stddev, seed=1)
    values.sum().backward()
    standard = random.normal((7,), seed=1)
    assert mean.grad.item() == 7
    torch.testing.assert_close(stddev.grad, standard.sum())
    torch.testing.assert_close(values, standard * 2 + 0.3)


@pytest.mark.parametrize("make", [np.asarray, np.ndarray.tolist], ids=["array", "list"])
def test_arrays_and_lists_as_inputs(make):
    x = make(np.random.default_rng(0).standard_normal((6, 5)).astype("float32"))
    assert_same(random.dropout(x, 0.5, seed=1), keras.random.dropout(tf.constant(x), 0.5, seed=1))
    assert_same(random.categorical(x, 9, seed=1), keras.random.categorical(x, 9, seed=1))
    theirs = tf.convert_to_tensor(keras.random.shuffle(x, seed=1))
    assert_same(random.shuffle(x, seed=1), theirs)


@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
def test_many_seeds(name):
    for seed in np.random.default_rng(2).integers(-(2**62), 2**62, 20).tolist():
        assert_same(
            getattr(random, name)((5003,), seed=seed),
            getattr(keras.random, name)((5003,), seed=seed),
        )


@pytest.mark.parametrize(
    ("dtype", "minval", "maxval"),
    [
        ("int32", -5, 100),
        ("int32", -(2**31), 2**31 - 1),
        ("int64", -5, 100),
        ("int64", 0, 2**63 - 1),
        ("int64", -(2**62) - 5, 2**62 + 77),
        ("int64", -(2**63), 2**63 - 1),
        ("int8", -5, 100),
        ("uint8", 0, 200),
        ("uint32", 0, 2**32 - 1),
    ],
)
@pytest.mark.parametrize("shape", [(3,), (101, 11)], ids=str)
def test_integers(dtype, minval, maxval, shape):
    assert_same(
        random.randint(shape, minval, maxval, dtype, seed=9),
        keras.random.randint(shape, minval, maxval, dtype, seed=9),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rate", [0, 0.1, 0.3, 0.5, 1])
@pytest.mark.parametrize("noise_shape", [None, (None, 1, 5), (3, None, 1), (1, 5)])
def test_dropout(dtype, rate, noise_shape):
    x = np.random.default_rng(0).standard_normal((3, 4, 5))
    ours = torch.tensor(x).to(getattr(torch, dtype))
    assert_same(
        random.dropout(ours, rate, noise_shape, seed=5),
        keras.random.dropout(tf.cast(x, dtype), rate, noise_shape, seed=5),
    )


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_shuffle(axis):
    x = np.arange(1003 * 4).reshape(1003, 4)
    assert_same(
        random.shuffle(torch.tensor(x), axis, seed=3),
        tf.convert_to_tensor(keras.random.shuffle(x, axis, seed=3)),
    )


def test_shuffle_with_equal_keys():
    # 300,000 keys of 23 bits: thousands of pairs are equal, and their order has to be Keras's.
    x = np.arange(300_000)
    assert_same(random.shuffle(torch.tensor(x), seed=3), keras.random.shuffle(x, seed=3))


@pytest.mark.parametrize(("batch", "classes", "samples"), [(1, 3, 50), (5, 7, 9), (3, 2, 1)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_categorical(batch, classes, samples, dtype):
    logits = np.random.default_rng(batch).standard_normal((batch, classes)).astype(dtype) * 2
    assert_same(
        random.categorical(torch.tensor(logits), samples, seed=4),
        keras.random.categorical(logits, samples, seed=4),
    )


def test_categorical_with_infinite_logits():
    inf, nan = np.inf, np.nan
    logits = np.array([[0, -inf, 1], [nan, 1, 2], [inf, 1, 1], [-inf] * 3], dtype="float32")
    assert_same(
        random.categorical(torch.tensor(logits), 20, "int64", seed=1),
        keras.random.categorical(logits, 20, "int64", seed=1),
    )


def test_seed_generator():
    ours, theirs = random.SeedGenerator(7), keras.random.SeedGenerator(7)
    for shape in ((3,), (4, 5), (2,)):
        assert_same(random.normal(shape, seed=ours), keras.random.normal(shape, seed=theirs))
    assert ours.state.tolist() == theirs.state.numpy().tolist() == [7, 3]


def test_unseeded_draws_after_set_random_seed():
    for seed in (42, 7):
        keras.utils.set_random_seed(seed)
        theirs = [keras.random.uniform((3,)) for _ in range(4)]
        generator_seed = keras.random.SeedGenerator().state.numpy().tolist()
        random.set_random_seed(seed)
        ours = [random.uniform((3,)) for _ in range(4)]
        for one, other in zip(ours, theirs, strict=True):
            assert_same(one, other)
        assert random.SeedGenerator().state.tolist() == generator_seed
        assert random.get_random_seed() == seed
