"""The random order of `shuffle`, which is that of `tf.data`.

A buffer holds the next elements. The next one to go is drawn among them, and what the source gives
next takes its place.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch

from kerasish import config
from kerasish.random.philox import Stream, blocks
from kerasish.random.seeding import get_random_seed, next_operation_seed

_MODULUS = 2**31 - 1
# What TensorFlow takes for the seed of `set_random_seed` where there was none.
_DEFAULT_SEED = 87654321
_WORD = 0xFFFFFFFF
_BLOCKS = 256


class ShuffleSeeds:
    """Gives the seeds of one pass after the other.

    Args:
        seed: Seed of the operation; from `set_random_seed` if None.
        changes: Whether each pass has its own.
    """

    def __init__(self, seed: int | None, changes: bool) -> None:
        self._pair = _seed_pair(seed)
        self._passes = _words(self._pair) if changes else None

    def next_pair(self) -> tuple[int, int]:
        """Return the seeds of a pass."""
        if self._passes is None:
            return self._pair
        return next(self._passes), next(self._passes)


def _seed_pair(seed: int | None) -> tuple[int, int]:
    overall = get_random_seed()
    if seed is None and (overall is None or config.random_generator() == "torch"):
        return tuple(torch.randint(_MODULUS, (2,), device="cpu").tolist())  # type: ignore[return-value]
    first = _DEFAULT_SEED if overall is None else overall % _MODULUS
    second = (next_operation_seed() if seed is None else int(seed)) % _MODULUS
    return first, (second if first or second else _MODULUS)


def _words(pair: tuple[int, int]) -> Iterator[int]:
    """Give the 32-bit words of a generator with two seeds."""
    first, second = pair
    for start in itertools.count(0, _BLOCKS):
        source = Stream((first, 0), (second, 0))
        words = blocks(source, np.arange(start, start + _BLOCKS, dtype=np.int64))
        yield from (np.stack(words, axis=1).ravel() & _WORD).tolist()


def shuffled(items: Iterable[Any], buffer_size: int, pair: tuple[int, int]) -> Iterator[Any]:
    """Give items in random order.

    Args:
        items: The items.
        buffer_size: Among how many the next one is drawn.
        pair: Two seeds.
    """
    source, words = iter(items), _words(pair)
    buffer = list(itertools.islice(source, buffer_size))
    size, first = len(buffer), 0
    # The buffer is a ring; `first` is the place of its first element.
    for item in source:
        at = (first + next(words) % size) % size
        yield buffer[at]
        buffer[at], buffer[first] = buffer[first], item
        first = (first + 1) % size
    for left in range(size, 0, -1):
        at = (first + next(words) % left) % size
        yield buffer[at]
        buffer[at] = buffer[first]
        first = (first + 1) % size
