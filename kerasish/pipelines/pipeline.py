"""`Pipeline`: elements that are made one after the other, with the methods of `tf.data`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch

from kerasish.pipelines import elements
from kerasish.pipelines.shuffle_order import ShuffleSeeds, shuffled
from kerasish.pipelines.transformations import Transformations, call

# Number of elements; None if not known, infinite if they never end.
Count = int | float | None


class Pipeline(Transformations):
    """Samples or batches, made anew in each pass.

    `fit`, `evaluate`, `predict` and `adapt` take one whose elements are batches `x`, `(x, y)` or
    `(x, y, sample_weight)`. The methods are those of `tf.data.Dataset`, and give the same elements
    in the same order; functions run in Python on tensors of torch. Arguments that only tell
    TensorFlow how to be fast are taken and not needed.

    Args:
        start: Starts a pass over the elements.
        count: Number of elements, if known.

    See https://www.tensorflow.org/api_docs/python/tf/data/Dataset.
    """

    def __init__(self, start: Callable[[], Iterator[Any]], count: Count = None) -> None:
        self._start = start
        self._count = count
        self._batch_size: int | None = None
        # What a pass starts besides this pipeline, and the seeds that it takes.
        self._sources: tuple[Pipeline, ...] = ()
        self._seeds: ShuffleSeeds | None = None
        # What functions that read folders know; what is made of their pipelines does not.
        self.class_names: list[str] | None = None
        self.file_paths: list[str] | None = None

    def _made(self, start: Callable[[], Iterator[Any]], count: Count) -> Pipeline:
        return made(start, count, self)

    def __iter__(self) -> Iterator[Any]:
        return self._start()

    def __repr__(self) -> str:
        known = {None: "unknown", math.inf: "infinite"}.get(self._count, self._count)
        return f"<{type(self).__name__}, elements: {known}>"

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Pipeline:
        """Return a pipeline of the rows of arrays, tensors or lists, in tuples or dicts."""
        rows = elements.as_element(tensors)
        count = elements.length(rows)
        return made(lambda: (elements.row(rows, index) for index in range(count)), count)

    @staticmethod
    def from_generator(generator: Callable[..., Iterable[Any]], *_: Any, **__: Any) -> Pipeline:
        """Return a pipeline of what a function gives; it is called for each pass.

        Types and shapes, which TensorFlow has to be told, are not needed.
        """
        return Pipeline(lambda: map(elements.as_element, generator()))

    @staticmethod
    def range(*numbers: Any, **_: Any) -> Pipeline:
        """Return a pipeline of numbers, as Python's `range` gives them."""
        found = range(*map(int, numbers))
        return made(lambda: map(torch.tensor, found), len(found))

    @staticmethod
    def zip(*pipelines: Any) -> Pipeline:
        """Return a pipeline of tuples; it ends with the shortest of the pipelines."""
        given = pipelines[0] if len(pipelines) == 1 else pipelines
        counts = [part._count for part in given]
        count = None if None in counts else min(counts)
        return made(lambda: zip(*given), count, *given)  # noqa: B905 - the shortest ends it

    def map(self, map_func: Callable[..., Any], *_: Any, **__: Any) -> Pipeline:
        """Return what a function makes of each element; the parts of a tuple are its arguments."""

        def start() -> Iterator[Any]:
            for element in self:
                with torch.no_grad():
                    result = elements.as_element(call(map_func, element))
                yield result

        return made(start, self._count, self)

    def filter(self, predicate: Callable[..., Any], name: Any = None) -> Pipeline:
        """Return the elements for which a function gives True."""
        return made(lambda: (e for e in self if bool(call(predicate, e))), None, self)

    def batch(self, batch_size: int, drop_remainder: bool = False, *_: Any, **__: Any) -> Pipeline:
        """Return batches of so many elements; the last may be smaller, unless it is dropped."""
        size = int(batch_size)
        if size < 1:
            raise ValueError(f"`batch_size` is positive. Received: batch_size={batch_size}")

        def start() -> Iterator[Any]:
            source = iter(self)
            while rows := list(itertools.islice(source, size)):
                if len(rows) == size or not drop_remainder:
                    yield elements.stacked(rows)

        count = self._count
        if isinstance(count, int):
            count = count // size if drop_remainder else -(-count // size)
        batches = made(start, count, self)
        batches._batch_size = size
        return batches

    def unbatch(self, name: Any = None) -> Pipeline:
        """Return the rows of the batches."""

        def start() -> Iterator[Any]:
            for batch in self:
                for index in range(elements.length(batch)):
                    yield elements.row(batch, index)

        return made(start, None, self)

    def shuffle(
        self,
        buffer_size: int,
        seed: int | None = None,
        reshuffle_each_iteration: bool | None = True,
        name: Any = None,
    ) -> Pipeline:
        """Return the elements in random order, that of TensorFlow for the same seeds.

        Args:
            buffer_size: Among how many elements the next one is drawn.
            seed: Seed; without it, and without `set_random_seed`, the order is another each time.
            reshuffle_each_iteration: Whether each pass has an order of its own.
            name: Not needed.
        """
        size = int(buffer_size)
        if size < 1:
            raise ValueError(f"`buffer_size` is positive. Received: buffer_size={buffer_size}")
        seeds = ShuffleSeeds(seed, reshuffle_each_iteration is not False)
        pipeline = made(lambda: shuffled(self, size, seeds.next_pair()), self._count, self)
        pipeline._seeds = seeds
        return pipeline

    def take(self, count: Any, name: Any = None) -> Pipeline:
        """Return the first elements; all for -1."""
        number = int(count)
        if number < 0:
            return made(lambda: iter(self), self._count, self)
        left = None if self._count is None else min(self._count, number)
        return made(lambda: itertools.islice(self, number), left, self)

    def skip(self, count: Any, name: Any = None) -> Pipeline:
        """Return what comes after the first elements; nothing for -1."""
        number = int(count)
        if number < 0:
            return made(lambda: iter(()), 0)
        left = None if self._count is None else max(self._count - number, 0)
        return made(lambda: itertools.islice(self, number, None), left, self)

    def repeat(self, count: Any = None, name: Any = None) -> Pipeline:
        """Return the elements again and again; forever for None and -1."""
        endless = count is None or int(count) < 0
        times = itertools.count() if endless else range(int(count))
        total: Count = None
        if self._count is not None:
            total = (math.inf if self._count else 0) if endless else self._count * int(count)

        def start() -> Iterator[Any]:
            for _ in times if isinstance(times, range) else itertools.count():
                some = False
                for element in self:
                    some = True
                    yield element
                if not some:
                    return

        return made(start, total, *(() if endless else (self,)))

    def cache(self, filename: str = "", name: Any = None) -> Pipeline:
        """Keep the elements of the first pass in memory, for the passes after it.

        Raises:
            ValueError: For a file, which is not supported.
        """
        if filename:
            raise ValueError(f"A pipeline is kept in memory alone. Received: filename={filename!r}")
        kept: list[Any] = []
        whole = False

        def start() -> Iterator[Any]:
            nonlocal kept, whole
            if whole:
                yield from kept
                return
            seen = []
            for element in self:
                seen.append(element)
                yield element
            kept, whole = seen, True
            cached._sources = ()

        cached = made(start, self._count, self)
        return cached

    def prefetch(self, buffer_size: Any = None, name: Any = None) -> Pipeline:
        """Return the same elements; they are made when they are asked for."""
        return made(lambda: iter(self), self._count, self)

    def with_options(self, options: Any, name: Any = None) -> Pipeline:
        """Return the same elements; options are for TensorFlow."""
        return made(lambda: iter(self), self._count, self)

    def enumerate(self, start: int = 0, name: Any = None) -> Pipeline:
        """Return tuples of a number and an element."""
        return made(
            lambda: ((torch.tensor(at), e) for at, e in enumerate(self, int(start))),
            self._count,
            self,
        )

    def concatenate(self, dataset: Pipeline, name: Any = None) -> Pipeline:
        """Return the elements of this pipeline, and then those of another."""
        counts = (self._count, dataset._count)
        total = None if None in counts else sum(counts)  # type: ignore[arg-type]
        return made(lambda: itertools.chain(self, dataset), total, self)

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Give the elements as NumPy arrays."""
        return map(elements.as_numpy, self)

    def skip_pass(self) -> None:
        """Take the seeds of a pass, as if one had been started."""
        for source in self._sources:
            source.skip_pass()
        if self._seeds is not None:
            self._seeds.next_pair()

    def cardinality(self) -> torch.Tensor:
        """Return the number of elements: -1 if they never end, -2 if it is not known."""
        special = {None: -2, math.inf: -1}
        return torch.tensor(int(special.get(self._count, self._count or 0)))


class SizedPipeline(Pipeline):
    """A pipeline that knows the number of its elements."""

    def __len__(self) -> int:
        return int(self._count or 0)


def made(start: Callable[[], Iterator[Any]], count: Count, *sources: Pipeline) -> Pipeline:
    """Return a pipeline, with a length if the number of elements is known and finite.

    Args:
        start: Starts a pass over the elements.
        count: Number of elements, if known.
        *sources: Pipelines that a pass starts, too.
    """
    pipeline = (SizedPipeline if isinstance(count, int) else Pipeline)(start, count)
    pipeline._sources = sources
    return pipeline
