"""Pairs of words for skip-gram models, as in Keras 2."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

_EULER = 0.577  # as many digits of Euler's constant as Keras takes


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """Return how likely words are kept by their rank, so that frequent ones are seen less often.

    The frequency of a rank follows Zipf's law, approximated by
    `1 / (rank * (ln(rank) + gamma) + 1/2 - 1/(12 * rank))`; a word of frequency `f` is kept with
    the probability `min(1, sqrt(factor / f))` of word2vec.

    Args:
        size: Number of ranks; rank 0 counts as rank 1.
        sampling_factor: The factor.

    Returns:
        Probabilities `(size,)`.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/sequence/make_sampling_table.
    """
    rank = np.maximum(np.arange(size), 1)
    rarity = sampling_factor * (rank * (np.log(rank) + _EULER) + 0.5 - 1.0 / (12.0 * rank))
    return np.minimum(1.0, rarity / np.sqrt(rarity))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list, list]:
    """Pair words with their neighbours, and with words drawn at random.

    The numbers come from Python's `random`.

    Args:
        sequence: A text as word numbers; 0 is no word and is skipped.
        vocabulary_size: Number of words, with 0.
        window_size: How far neighbours are apart at most.
        negative_samples: How many random pairs there are for each pair of neighbours.
        shuffle: Whether the order of the pairs is random.
        categorical: Whether labels are `[0, 1]` and `[1, 0]` instead of 1 and 0.
        sampling_table: Probability by word number that the word is taken.
        seed: Seed of the order.

    Returns:
        Pairs `[word, other]`, and labels: 1 for neighbours and 0 for random pairs.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/sequence/skipgrams.
    """
    couples: list[list[int]] = []
    for place, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        window = range(max(0, place - window_size), min(len(sequence), place + window_size + 1))
        others = (sequence[other] for other in window if other != place)
        couples += [[word, other] for other in others if other]
    labels: list[Any] = [1] * len(couples)
    if negative_samples > 0:
        words = [word for word, _ in couples]
        count = int(len(couples) * negative_samples)
        random.shuffle(words)
        couples += [
            [words[index % len(words)], random.randint(1, int(vocabulary_size - 1))]
            for index in range(count)
        ]
        labels += [0] * count
    if categorical:
        labels = [[1 - label, label] for label in labels]
    if shuffle:
        seed = random.randint(0, int(10e6)) if seed is None else seed
        for values in (couples, labels):
            random.seed(seed)
            random.shuffle(values)
    return couples, labels
