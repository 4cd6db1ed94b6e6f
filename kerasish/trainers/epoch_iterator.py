"""The batches of each epoch."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from kerasish.distribution import processes
from kerasish.distribution.first_process import share_random_state
from kerasish.trainers.data import Source
from kerasish.trainers.limits import limited_steps
from kerasish.trainers.training_state import (
    restore_stored_random_state,
    storable_random_state,
)


class EpochIterator:
    """Gives the batches of one epoch after the other.

    With a number of steps, an epoch goes on in the data where the last one stopped.

    Args:
        source: Where batches come from.
        steps: Number of batches of an epoch; all by default.

    Attributes:
        steps: Number of batches of an epoch, if known.
        exhausted: Whether data that can't begin anew ended before the steps did.
        done: Number of batches of the present epoch so far.
    """

    def __init__(self, source: Source, steps: int | None) -> None:
        if steps is not None and steps < 1:
            raise ValueError(f"The number of steps has to be positive. Received: {steps}")
        steps = limited_steps(steps, source.count)
        self._source = source
        self._limit = steps
        self._running: Iterator[Any] | None = None
        self._begun_with: Any = None
        self._seen = self.done = 0
        self.steps = steps if steps is not None else source.count
        self.exhausted = False

    def epoch(self) -> Iterator[Any]:
        """Return the batches of the next epoch, or what is left of one that was resumed.

        Raises:
            ValueError: If there is none.
        """
        if processes.is_active():  # for one order of the samples
            share_random_state()
        hooks = self._source.epoch_hooks
        if hooks is not None and not self.done:
            hooks.on_epoch_begin()
        yield from self._batches()
        done, self.done = self.done, 0
        if not done:
            raise ValueError(
                "There is no batch for this epoch; a generator gives its batches only once, so "
                "let it go on forever and give the number of steps. Received: an empty iterator"
            )
        if self._limit is None:
            if self._source.pipeline is not None and self._source.count is not None:
                # Keras begins a pass that it does not use, which takes its random numbers.
                self._source.pipeline.skip_pass()
            self.steps, self._running = done, None
        elif done < self._limit:
            warnings.warn(
                f"The data ended after {done} of {self._limit} steps, so the epoch ends here. Make "
                "sure that there are enough batches, for instance by an endless generator.",
                stacklevel=4,
            )
            # Data of a known length begin anew, as in Keras.
            self.exhausted = self._source.count is None
        if hooks is not None:
            hooks.on_epoch_end()

    def _begin_pass(self) -> None:
        """Start in the data from the beginning."""
        self._begun_with = storable_random_state()
        self._running, self._seen = self._source.make(), 0

    def _batches(self) -> Iterator[Any]:
        count = self._source.count
        over = self._limit is not None and count is not None and self._seen >= count
        # What is resumed at its very end has no more batches.
        if self._running is None or (over and not self.done):
            self._begin_pass()
        assert self._running is not None
        left = None if self._limit is None else self._limit - self.done
        for batch in itertools.islice(self._running, left):
            self._seen += 1
            self.done += 1
            yield batch

    def position(self) -> dict[str, Any]:
        """Return how far the data are read: batches in all and in this epoch, and their order."""
        if self._running is None:
            return {"seen": 0, "done": 0, "random": None}
        return {"seen": self._seen, "done": self.done, "random": self._begun_with}

    def resume(self, position: Mapping[str, Any]) -> Any:
        """Go to a position, over the same batches in the same order.

        Returns:
            The last batch before it, or None at the beginning of the data.
        """
        if position["random"] is None:
            return None
        if position["done"] and self._source.epoch_hooks is not None:
            self._source.epoch_hooks.on_epoch_begin()
        restore_stored_random_state(position["random"])
        self._begin_pass()
        assert self._running is not None
        last = None
        for batch in itertools.islice(self._running, position["seen"]):
            last = batch
            self._seen += 1
        if self._seen < position["seen"]:
            raise ValueError(
                "The data have fewer batches than were read before the training was stopped. "
                f"Received: {self._seen} batches, and a backup after {position['seen']}"
            )
        self.done = position["done"]
        return last
