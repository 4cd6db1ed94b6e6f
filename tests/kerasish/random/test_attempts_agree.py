"""Gamma, beta and binomial numbers compared with Keras on TensorFlow."""

import keras
import numpy as np
import pytest
import torch

from kerasish import random
from tests.kerasish.random.test_random_agrees import DTYPES, _numpy, assert_same

SHAPE = (2000, 3)


def agree(ours, theirs):
    if ours.dtype == torch.float64:
        # Logarithms and powers come from NumPy, and differ in the last bits at times.
        np.testing.assert_allclose(_numpy(ours), _numpy(theirs), rtol=1e-12)
    else:
        assert_same(ours, theirs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gamma_and_beta(dtype):
    alphas = np.array([0.2, 1.0, 3.0], dtype="float32")
    for alpha in (0.3, 1.0, 1.7, 50.0, alphas):
        agree(
            random.gamma(SHAPE, alpha, dtype, seed=5),
            keras.random.gamma(SHAPE, alpha, dtype, seed=5),
        )
    # TensorFlow takes what stands for the last axes of the shape in another order.
    grid = np.stack([alphas, alphas + 1])
    agree(
        random.gamma((40, 2, 3), torch.from_numpy(grid), dtype, seed=5),
        keras.random.gamma((40, 2, 3), grid, dtype, seed=5),
    )
    agree(
        random.beta(SHAPE, 0.7, alphas, dtype, seed=5),
        keras.random.beta(SHAPE, 0.7, alphas, dtype, seed=5),
    )


@pytest.mark.parametrize(
    ("counts", "probabilities"),
    [
        (10, 0.3),
        (3, 0.95),
        (40, 0.25),
        (100, 0.5),
        (100, 0.7),
        (1000, 0.999),
        (1e6, 0.4),
        (0, 0.5),
        (5, 0.0),
        (5, 1.0),
    ],
)
def test_binomial(counts, probabilities):
    for dtype in DTYPES if counts == 100 else ("float32",):
        agree(
            random.binomial(SHAPE, counts, probabilities, dtype, seed=5),
            keras.random.binomial(SHAPE, counts, probabilities, dtype, seed=5),
        )


def test_binomial_of_arrays():
    counts = np.array([5, 100, 1000], dtype="float32")
    chances = np.array([[0.1], [0.6]], dtype="float32")
    for shape in ((300, 2, 3), (2, 3)):
        agree(
            random.binomial(shape, counts, torch.from_numpy(chances), seed=5),
            keras.random.binomial(shape, counts, chances, seed=5),
        )


def test_more_numbers_than_are_drawn_at_a_time():
    agree(random.gamma((70_000,), 0.5, seed=9), keras.random.gamma((70_000,), 0.5, seed=9))
    ours = random.binomial((70_000,), 30, 0.5, seed=9)
    agree(ours, keras.random.binomial((70_000,), 30, 0.5, seed=9))


def test_generators_move_on_once():
    ours, theirs = random.SeedGenerator(4), keras.random.SeedGenerator(4)
    for _ in range(2):
        agree(random.beta((9,), 2, 3, seed=ours), keras.random.beta((9,), 2, 3, seed=theirs))
        agree(random.gamma((9,), 2, seed=ours), keras.random.gamma((9,), 2, seed=theirs))
    assert ours.state.tolist() == [4, 4]
