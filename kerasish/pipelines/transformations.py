"""The methods of `Pipeline` that group elements, and those that make pipelines of elements."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kerasish.pipelines import elements, grouping

if TYPE_CHECKING:
    from kerasish.pipelines.pipeline import Pipeline


class Transformations:
    """The part of `Pipeline` with windows, pipelines of pipelines and states."""

    _count: Any

    unbatch: Callable[[], Pipeline]

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def _made(self, start: Callable[[], Iterator[Any]], count: Any) -> Pipeline:
        raise NotImplementedError

    def _pipeline_of(self, rows: list[Any]) -> Pipeline:
        made = self._made(lambda: iter(rows), len(rows))
        made._sources = ()
        return made

    def flat_map(self, map_func: Callable[..., Any], name: Any = None) -> Pipeline:
        """Return the elements of all pipelines that a function makes, one after the other."""
        return self._made(lambda: itertools.chain.from_iterable(self._nested(map_func)), None)

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: int | None = None,
        block_length: int | None = None,
        *_: Any,
        **__: Any,
    ) -> Pipeline:
        """Return the elements of the pipelines that a function makes, some of them in turn.

        Args:
            map_func: Makes a pipeline of an element.
            cycle_length: How many pipelines take turns; the number of the machine's cores if None.
            block_length: How many elements of one come after the other; 1 if None.
        """
        cycle = os.cpu_count() or 1 if cycle_length is None else int(cycle_length)
        block = 1 if block_length is None else int(block_length)
        for key, value in {"cycle_length": cycle, "block_length": block}.items():
            if value < 1:
                raise ValueError(f"`{key}` is positive. Received: {key}={value}")
        return self._made(lambda: grouping.interleaved(self._nested(map_func), cycle, block), None)

    def _nested(self, function: Callable[..., Any]) -> Iterator[Any]:
        for element in self:
            found = call(function, element)
            if not isinstance(found, Transformations):
                raise TypeError(
                    "The function has to return a Pipeline for each element. "
                    f"Received: {type(found).__name__}"
                )
            yield found

    def window(
        self,
        size: int,
        shift: int | None = None,
        stride: int = 1,
        drop_remainder: bool = False,
        name: Any = None,
    ) -> Pipeline:
        """Return pipelines of elements that follow each other; tuples and dicts of them for such.

        Args:
            size: Number of elements of a window.
            shift: From the first element of a window to that of the next; `size` if None.
            stride: From one element of a window to the next.
            drop_remainder: Whether windows that lack elements are left out.
            name: Not needed.
        """
        step = size if shift is None else shift
        for key, value in {"size": size, "shift": step, "stride": stride}.items():
            if int(value) < 1:
                raise ValueError(f"`{key}` is positive. Received: {key}={value}")
        shape = int(size), int(step), int(stride), drop_remainder

        def start() -> Iterator[Any]:
            for rows in grouping.windows(self, *shape):
                yield grouping.columns(rows, self._pipeline_of)

        count = self._count
        if isinstance(count, int):
            count = grouping.number_of_windows(count, *shape)
        return self._made(start, count)

    def padded_batch(
        self,
        batch_size: int,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
        name: Any = None,
    ) -> Pipeline:
        """Return batches of elements of different sizes, which are padded at their ends.

        Args:
            batch_size: Number of elements of a batch.
            padded_shapes: In the structure of the elements: the sizes to pad to, None for that of
                the largest element. By default all sizes are such.
            padding_values: In that structure, or one for all; zeros and empty strings by default.
            drop_remainder: Whether a last smaller batch is left out.
            name: Not needed.
        """
        size = int(batch_size)
        if size < 1:
            raise ValueError(f"`batch_size` is positive. Received: batch_size={batch_size}")

        def start() -> Iterator[Any]:
            for rows in grouping.windows(self, size, size, 1, drop_remainder):
                yield grouping.padded(rows, padded_shapes, padding_values)

        count = self._count
        if isinstance(count, int):
            count = count // size if drop_remainder else -(-count // size)
        batches = self._made(start, count)
        batches._batch_size = size
        return batches

    def rebatch(self, batch_size: int, drop_remainder: bool = False, name: Any = None) -> Pipeline:
        """Return the rows of the batches in batches of another size."""
        return self.unbatch().batch(batch_size, drop_remainder)

    def shard(self, num_shards: int, index: int, name: Any = None) -> Pipeline:
        """Return one element of so many, beginning with the one at `index`."""
        number, first = int(num_shards), int(index)
        if not 0 <= first < number:
            raise ValueError(
                f"`index` is below `num_shards`. Received: num_shards={num_shards}, index={index}"
            )
        count = self._count
        if isinstance(count, int):
            count = max(-(-(count - first) // number), 0)
        return self._made(lambda: itertools.islice(self, first, None, number), count)

    def unique(self, name: Any = None) -> Pipeline:
        """Return each element once; elements are one tensor each."""
        return self._made(lambda: grouping.unique(self), None)

    def take_while(self, predicate: Callable[..., Any], name: Any = None) -> Pipeline:
        """Return the elements before the first for which a function gives False."""
        return self._made(
            lambda: itertools.takewhile(lambda e: bool(call(predicate, e)), self), None
        )

    def scan(self, initial_state: Any, scan_func: Callable[..., Any], name: Any = None) -> Pipeline:
        """Return what a function makes of a state and each element, with the state after it.

        Args:
            initial_state: The first state.
            scan_func: Takes a state and an element, gives the next state and an element.
            name: Not needed.
        """

        def start() -> Iterator[Any]:
            state = elements.as_element(initial_state)
            for element in self:
                state, result = scan_func(state, element)
                yield elements.as_element(result)

        return self._made(start, self._count)

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any], name: Any = None) -> Any:
        """Return the last state that a function makes of a state and each element."""
        state = elements.as_element(initial_state)
        for element in self:
            state = elements.as_element(reduce_func(state, element))
        return state

    def apply(self, transformation_func: Callable[[Any], Pipeline]) -> Pipeline:
        """Return what a function makes of this pipeline."""
        return transformation_func(self)

    def get_single_element(self, name: Any = None) -> Any:
        """Return the only element.

        Raises:
            ValueError: If there are none, or several.
        """
        found = list(itertools.islice(self, 2))
        if len(found) != 1:
            raise ValueError(
                "get_single_element takes a pipeline of one element. "
                f"Received: {'several' if found else 'none'}"
            )
        return found[0]


def call(function: Callable[..., Any], element: Any) -> Any:
    """Call a function on an element; the parts of a tuple are its arguments."""
    return function(*element) if isinstance(element, tuple) else function(element)
