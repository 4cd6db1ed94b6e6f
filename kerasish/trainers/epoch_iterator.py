"""The batches of each epoch."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

from kerasish.distribution import processes
from kerasish.distribution.first_process import share_random_state
from kerasish.trainers.data import Source


class EpochIterator:
    """Gives the batches of one epoch after the other.

    With a number of steps, an epoch goes on in the data where the last one stopped.

    Args:
        source: Where batches come from.
        steps: Number of batches of an epoch; all by default.

    Attributes:
        steps: Number of batches of an epoch, if known.
        exhausted: Whether the data ended before the steps did.
    """

    def __init__(self, source: Source, steps: int | None) -> None:
        if steps is not None and steps < 1:
            raise ValueError(f"The number of steps has to be positive. Received: {steps}")
        self._source = source
        self._limit = steps
        self._running: Iterator[Any] | None = None
        self._seen = 0
        self.steps = steps if steps is not None else source.count
        self.exhausted = False

    def epoch(self) -> Iterator[Any]:
        """Return the batches of the next epoch.

        Raises:
            ValueError: If there is none.
        """
        if processes.is_active():  # for one order of the samples
            share_random_state()
        hooks = self._source.epoch_hooks
        if hooks is not None:
            hooks.on_epoch_begin()
        done = 0
        for batch in self._batches():
            done += 1
            yield batch
        if not done:
            raise ValueError(
                "There is no batch for this epoch; a generator gives its batches only once, so "
                "let it go on forever and give the number of steps. Received: an empty iterator"
            )
        if self._limit is None:
            self.steps = done
        elif done < self._limit:
            warnings.warn(
                f"The data ended after {done} of {self._limit} steps, so this ends here. Make sure "
                "that there are enough batches, for instance by an endless generator.",
                stacklevel=4,
            )
            self.exhausted = True
        if hooks is not None:
            hooks.on_epoch_end()

    def _batches(self) -> Iterator[Any]:
        if self._limit is None:
            yield from self._source.make()
            return
        count = self._source.count
        if self._running is None or (count is not None and self._seen >= count):
            self._running, self._seen = self._source.make(), 0
        for batch in itertools.islice(self._running, self._limit):
            self._seen += 1
            yield batch
