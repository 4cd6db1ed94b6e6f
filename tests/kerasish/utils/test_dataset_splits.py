"""`split_dataset`, the parts of batches and the inputs of symbols, against Keras's."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from torch.utils.data import TensorDataset

import kerasish
from kerasish.pipelines import Pipeline
from kerasish.utils import (
    get_source_inputs,
    pack_x_y_sample_weight,
    split_dataset,
    unpack_x_y_sample_weight,
)

X, Y = np.arange(22.0).reshape(11, 2), np.arange(11)


def elements(pipeline):
    flat = []
    for element in pipeline.as_numpy_iterator():
        parts = element if isinstance(element, tuple) else (element,)
        flat.append([(part.dtype, part.tolist()) for part in parts])
    return flat


SIZES = [
    {"left_size": 0.7},
    {"right_size": 3},
    {"left_size": 4, "right_size": 0.25, "shuffle": True, "seed": 5},
    {"right_size": 0.5, "shuffle": True},
]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("kind", ["array", "list", "pipeline", "batched"])
def test_as_in_keras(sizes, kind):
    both = {"array": (X, X), "list": ([X, Y], [X, Y])}
    if kind not in both:
        pair = [k.from_tensor_slices((X, Y)) for k in (Pipeline, tf.data.Dataset)]
        both[kind] = [one.batch(3) for one in pair] if kind == "batched" else pair
    results = []
    for function, data in zip((split_dataset, keras.utils.split_dataset), both[kind], strict=True):
        random.seed(7)
        results.append([elements(part) for part in function(data, **sizes)])
    assert results[0] == results[1]


def test_torch_datasets():
    data = TensorDataset(torch.from_numpy(X))
    ours = split_dataset(data, 0.6, shuffle=True, seed=3)
    theirs = keras.utils.split_dataset(data, 0.6, shuffle=True, seed=3)
    for part, other in zip(ours, theirs, strict=True):
        assert list(part.indices) == list(other.indices)
    left, right = split_dataset(data, right_size=2)
    assert (list(left.indices), list(right.indices)) == (list(range(9)), [9, 10])


@pytest.mark.parametrize(
    ("data", "sizes", "error", "message"),
    [
        (X, {}, ValueError, "Received: None for both"),
        (X, {"left_size": "half"}, TypeError, "left_size='half'"),
        (X, {"left_size": 11}, ValueError, "left_size=11"),
        (X, {"right_size": 1.0}, ValueError, "right_size=1.0"),
        (X, {"left_size": 0.8, "right_size": 0.8}, ValueError, "not more than the 11"),
        ([[1], [2]], {"left_size": 1}, ValueError, r"Received: a list of \['list', 'list'\]"),
        ("text", {"left_size": 1}, TypeError, "Received: str"),
    ],
)
def test_refusals(data, sizes, error, message):
    with pytest.raises(error, match=message):
        split_dataset(data, **sizes)


@pytest.mark.parametrize("parts", [(1,), ([1],), ((1,),), (1, 2), (1, 2, 3), (1, None, 3)])
def test_parts_of_batches(parts):
    packed = pack_x_y_sample_weight(*parts)
    assert packed == keras.utils.pack_x_y_sample_weight(*parts)
    assert unpack_x_y_sample_weight(packed) == keras.utils.unpack_x_y_sample_weight(packed)
    with pytest.raises(ValueError, match="Received: 4 parts"):
        unpack_x_y_sample_weight((1, 2, 3, 4))


def test_source_inputs():
    names = []
    for k, function in ((kerasish, get_source_inputs), (keras, keras.utils.get_source_inputs)):
        a, b, c = (k.Input((2,), name=name) for name in "abc")
        dense = k.layers.Dense(2)
        joined = k.layers.Add()([dense(b), k.layers.Concatenate()([a, b])[:, :2], dense(a)])
        names.append([[symbol.name for symbol in function(one)] for one in (joined, c)])
        assert function(3) == 3
    assert names[0] == names[1] == [["b", "a"], ["c"]]
