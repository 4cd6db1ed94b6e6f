"""`to_categorical` and `normalize` against Keras's."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kerasish.utils import normalize, to_categorical

SHAPES = st.sampled_from([(4,), (2, 3), (3, 1), (2, 2, 1), (1,)])


@settings(deadline=None, max_examples=50)
@given(
    SHAPES.flatmap(lambda s: arrays.arrays("int64", s, elements=st.integers(0, 6))), st.booleans()
)
def test_classes(numbers, told):
    count = 8 if told else None
    ours, theirs = to_categorical(numbers, count), keras.utils.to_categorical(numbers, count)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(to_categorical(numbers.tolist(), count), theirs)
    tensor = to_categorical(torch.tensor(numbers), 8)
    expected = keras.utils.to_categorical(tf.constant(numbers), 8)
    assert tensor.dtype == torch.float32
    np.testing.assert_array_equal(tensor, expected)


def test_classes_outside():
    np.testing.assert_array_equal(
        to_categorical([0, -1], 3), keras.utils.to_categorical([0, -1], 3)
    )
    with pytest.raises(ValueError, match=r"num_classes=3. Received: numbers from 0 to 3"):
        to_categorical([0, 3], 3)
    with pytest.raises(ValueError, match=r"num_classes=3. Received: numbers from -4 to 0"):
        to_categorical([0, -4], 3)
    with pytest.raises(ValueError, match=r"needs `num_classes`.*Received"):
        to_categorical([])
    with pytest.raises(ValueError, match=r"needs `num_classes` for a tensor"):
        to_categorical(torch.tensor([1]))
    outside = to_categorical(torch.tensor([-1, 5]), 3)
    np.testing.assert_array_equal(outside, keras.utils.to_categorical(tf.constant([-1, 5]), 3))


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("axis", [-1, 1, 2])
def test_norms(axis, order):
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    x[0] = 0
    np.testing.assert_allclose(
        normalize(x, axis, order), keras.utils.normalize(x, axis, order), rtol=1e-12
    )
    np.testing.assert_allclose(
        normalize(torch.tensor(x), axis, order),
        keras.utils.normalize(tf.constant(x), axis, order),
        rtol=1e-12,
    )


def test_norms_of_other_things():
    # The first axis, for which Keras's own function divides along the wrong one.
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(normalize(x, 0), x / np.sqrt((x**2).sum(0)))
    np.testing.assert_allclose(normalize([3.0, 4.0]), [0.6, 0.8])
    assert normalize(torch.tensor([3, 4])).tolist() == pytest.approx([0.6, 0.8])
    with pytest.raises(ValueError, match=r"`order`. Received: order=0"):
        normalize(torch.ones(2), order=0)
