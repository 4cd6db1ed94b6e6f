"""The order of samples in training, compared with Keras's pipelines on TensorFlow."""

import random as python_random
from itertools import chain

import keras
import numpy as np
import pytest
import torch
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter
from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

import kerasish
from kerasish import config
from kerasish.random import seeding
from kerasish.trainers.data import source_of

CASES = [(42, 7, 3), (0, 100, 32), (7, 1, 4), (7, 2, 1), (2**31 - 1, 33, 8), (2**32 - 1, 5000, 64)]


def orders(source):
    return [batch[0].tolist() for batch in source.make()]


@pytest.mark.parametrize("shuffle", [True, "batch"])
@pytest.mark.parametrize(("seed", "length", "size"), CASES)
def test_arrays(seed, length, size, shuffle):
    x = np.arange(length)
    keras.utils.set_random_seed(seed)
    theirs = ArrayDataAdapter(x, x, batch_size=size, shuffle=shuffle).get_tf_dataset()
    kerasish.utils.set_random_seed(seed)
    ours = source_of(x, x, batch_size=size, shuffle=shuffle)
    for _ in range(2):  # epochs
        assert orders(ours) == [batch[0].numpy().tolist() for batch in theirs]


def test_other_draws_change_nothing():
    kerasish.utils.set_random_seed(3)
    source = source_of(np.arange(50), batch_size=7, shuffle=True)
    first = orders(source)
    torch.rand(3), python_random.random(), kerasish.random.uniform((3,))
    assert orders(source) == first
    assert sorted(chain(*first)) == list(range(50)) != list(chain(*first))


@pytest.mark.parametrize("shuffle", [True, "batch"])
@pytest.mark.parametrize("reason", ["no seed", "torch"])
def test_torch_orders(reason, shuffle, monkeypatch):
    """Where no seed was set, each epoch has another order; so it is with torch's generator."""
    kerasish.utils.set_random_seed(3)
    if reason == "no seed":
        monkeypatch.setattr(seeding, "_random_seed", None)
    else:
        monkeypatch.setattr(config, "_random_generator", "torch")
    source = source_of(np.arange(50), batch_size=25, shuffle=shuffle)
    torch.manual_seed(1)
    first, second = orders(source), orders(source)
    assert first != second
    torch.manual_seed(1)
    assert orders(source) == first
    for one in (first, second):
        assert sorted(chain(*one)) == list(range(50))
        assert (max(one[0]) == 24) == (shuffle == "batch")


def _data_set(library, length):
    class Batches(library.utils.PyDataset):
        def __len__(self):
            return length

        def __getitem__(self, index):
            return np.full((2, 1), index, "float32"), np.zeros((2, 1), "float32")

    return Batches()


def test_data_sets():
    keras.utils.set_random_seed(5)
    theirs = PyDatasetAdapter(_data_set(keras, 9), shuffle=True).get_tf_dataset()
    expected = [[int(batch[0][0, 0]) for batch in theirs] for _ in range(2)]
    kerasish.utils.set_random_seed(5)
    source = source_of(_data_set(kerasish, 9), shuffle=True)
    found = [[int(batch[0][0, 0]) for batch in source.make()] for _ in range(2)]
    assert found == expected
    assert found[0] != found[1]
