"""Pipelines of numbered samples that are loaded batch by batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from kerasish.pipelines.elements import row
from kerasish.pipelines.pipeline import Pipeline, made
from kerasish.pipelines.shuffle_order import ShuffleSeeds, shuffled

# Among how many samples the next one is drawn: so many batches, or samples without batches.
_BATCHES_IN_BUFFER = 8
_SAMPLES_IN_BUFFER = 1024


def batches_of_indices(
    count: int, load: Callable[[list[int]], Any], batch_size: int | None, seed: int | None
) -> Pipeline:
    """Return a pipeline of batches, in the order in which Keras gives its data sets.

    Args:
        count: Number of samples.
        load: Makes the batch of some numbers.
        batch_size: Number of samples in a batch; None for single samples.
        seed: Seed of the order, another in each pass; None for the order of the numbers.
    """
    size = batch_size or 1
    buffer_size = batch_size * _BATCHES_IN_BUFFER if batch_size else _SAMPLES_IN_BUFFER
    seeds = None if seed is None else ShuffleSeeds(seed, changes=True)

    def start() -> Iterator[Any]:
        order = iter(range(count))
        if seeds is not None:
            order = shuffled(order, buffer_size, seeds.next_pair())
        while indices := list(itertools.islice(order, size)):
            batch = load(indices)
            yield batch if batch_size else row(batch, 0)

    pipeline = made(start, -(-count // size))
    pipeline._seeds = seeds
    return pipeline
