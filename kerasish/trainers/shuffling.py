"""The order of samples in training, as `fit` of Keras on TensorFlow has it.

Keras shuffles in a `tf.data` pipeline, whose random operation has two seeds: the one of
`set_random_seed`, and its number in the function that it stands in, 0. Each epoch runs the pipeline
anew, with the same seeds, and so in the same order.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch

from kerasish import config
from kerasish.random.host import random_words
from kerasish.random.philox import Stream
from kerasish.random.seeding import get_random_seed

_MODULUS = 2**31 - 1


def sample_order(length: int, batch_size: int, shuffle: bool | str) -> Iterator[torch.Tensor]:
    """Return the samples of the batches of an epoch in random order.

    Args:
        length: Number of samples.
        batch_size: Number of samples in a batch; the last may be smaller.
        shuffle: `"batch"` for a random order within each batch alone.

    Returns:
        Indices of the samples, batch by batch.
    """
    if shuffle != "batch":
        (order,) = _orders([length])
        yield from order.split(batch_size)
        return
    batches = torch.arange(length).split(batch_size)
    for batch, order in zip(batches, _orders([len(batch) for batch in batches]), strict=True):
        yield batch[order]


def batch_order(count: int) -> list[int]:
    """Return the order of a data set's batches in an epoch, from Python's `random` as in Keras."""
    if config.random_generator() == "torch":
        return torch.randperm(count).tolist()
    order = list(range(count))
    random.shuffle(order)
    return order


def _orders(lengths: Sequence[int]) -> Iterator[torch.Tensor]:
    """Return orders of so many samples, one after the other from one random operation."""
    seed = get_random_seed()
    if seed is None or config.random_generator() == "torch":
        yield from map(torch.randperm, lengths)
        return
    first = seed % _MODULUS
    # TensorFlow takes two zeros for no seed at all, and avoids them.
    source = Stream((first, 0), (0 if first else _MODULUS, 0))
    # An order takes one word less than it has samples, and whole blocks of four.
    blocks = [-(-(length - 1) // 4) for length in lengths]
    words = random_words(source, sum(blocks)).long() & 0xFFFFFFFF
    for length, part in zip(lengths, words.split(blocks), strict=True):
        yield torch.tensor(_shuffled(length, part.flatten()[: length - 1].tolist()))


def _shuffled(length: int, words: Sequence[int]) -> list[int]:
    """Return the numbers below a length, shuffled from the front (Fisher & Yates) by words."""
    order = list(range(length))
    for index, word in enumerate(words):
        other = index + word % (length - index)
        order[index], order[other] = order[other], order[index]
    return order
