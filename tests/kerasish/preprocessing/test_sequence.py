"""`kerasish.preprocessing.sequence` against Keras 3's and Keras 2's."""

import random

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tf_keras.preprocessing import sequence as theirs

from kerasish.preprocessing import sequence as ours
from kerasish.utils import pad_sequences

SIDES = st.sampled_from(["pre", "post"])
STEPS = st.lists(st.integers(-9, 9), max_size=6)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(STEPS, min_size=1, max_size=5),
    st.none() | st.integers(1, 7),
    SIDES,
    SIDES,
    st.sampled_from([("int32", 0.0), ("float64", -1.5), (object, "x")]),
)
def test_padding(sequences, maxlen, padding, truncating, kind):
    arguments = (maxlen, kind[0], padding, truncating, kind[1])
    expected = keras.utils.pad_sequences(sequences, *arguments)
    for given_ in (sequences, [np.array(one) for one in sequences]):
        padded = pad_sequences(given_, *arguments)
        assert padded.dtype == expected.dtype
        np.testing.assert_array_equal(padded, expected)


def test_padding_of_vectors():
    sequences = [np.ones((2, 3)), [], np.arange(12).reshape(4, 3)]
    np.testing.assert_array_equal(
        pad_sequences(sequences, 3, "float32"), keras.utils.pad_sequences(sequences, 3, "float32")
    )
    np.testing.assert_array_equal(pad_sequences([torch.tensor([1, 2]), [3]]), [[1, 2], [0, 3]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1]], 2, "int32", "left"), r"`padding`. Received: padding='left'"),
        (([[1]], 2, "int32", "pre", "left"), r"`truncating`. Received: truncating='left'"),
        (([1, 2],), r"list of sequences. Received: 1 of type int at position 0"),
        ((iter([[1]]),), r"Received: sequences of type list_iterator"),
        (([],), r"Received: maxlen=None"),
        (([[1]], 2, "int32", "pre", "pre", "x"), r"Received: value='x' with dtype='int32'"),
        (([[1], [[1]]],), r"steps of shape \(\) in .* \(1,\) in sequence 1"),
    ],
)
def test_padding_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        pad_sequences(*arguments)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 5),
    st.none() | st.integers(12, 18),
    st.booleans(),
    st.booleans(),
    st.integers(1, 5),
)
def test_windows(length, rate, stride, start, end, shuffle, reverse, batch_size):
    data, targets = np.arange(40).reshape(20, 2), np.arange(20) * 10
    arguments = (data, targets, length, rate, stride, start, end, shuffle, reverse, batch_size)
    mine, keras2 = ours.TimeseriesGenerator(*arguments), theirs.TimeseriesGenerator(*arguments)
    assert len(mine) == len(keras2)
    assert mine.to_json() == keras2.to_json()
    np.random.seed(3)  # noqa: NPY002
    expected = [keras2[index] for index in range(len(keras2))]
    np.random.seed(3)  # noqa: NPY002
    for batch, other in zip(mine, expected, strict=True):
        for one, two in zip(batch, other, strict=True):
            np.testing.assert_array_equal(one, two)


def test_windows_refuse():
    with pytest.raises(ValueError, match="Received: 3 steps and 2 targets"):
        ours.TimeseriesGenerator([1, 2, 3], [1, 2], 1)
    with pytest.raises(ValueError, match=r"Received: start_index=0, length=3, end_index=2"):
        ours.TimeseriesGenerator([1, 2, 3], [1, 2, 3], 3)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 8), max_size=10),
    st.integers(1, 3),
    st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(0, 5),
)
def test_pairs(words, window, negative, shuffle, categorical, table, seed):
    arguments = (words, 9, window, negative, shuffle, categorical)
    table = ours.make_sampling_table(9, 0.1) if table else None
    results = []
    for module in (ours, theirs):
        random.seed(11)
        results.append(module.skipgrams(*arguments, table, seed))
    assert results[0] == results[1]


def test_sampling_table():
    np.testing.assert_array_equal(ours.make_sampling_table(50), theirs.make_sampling_table(50))
