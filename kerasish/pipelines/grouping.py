"""How elements are put into windows and padded batches, and taken from several sources in turn."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch

from kerasish.pipelines import elements
from kerasish.strings import StringArray


def windows(
    source: Iterable[Any], size: int, shift: int, stride: int, drop_remainder: bool
) -> Iterator[list[Any]]:
    """Give the elements of each window; the last windows may be shorter, unless they are dropped.

    Args:
        source: Elements.
        size: Number of elements of a window.
        shift: From the first element of a window to that of the next.
        stride: From one element of a window to the next.
        drop_remainder: Whether windows that lack elements are left out.
    """
    span = (size - 1) * stride + 1
    rest = iter(source)
    kept: list[Any] = []
    while True:
        kept += itertools.islice(rest, span - len(kept)) if len(kept) < span else ()
        if not kept or (drop_remainder and len(kept) < span):
            return
        yield kept[:span:stride]
        skipped = shift - len(kept)
        kept = kept[shift:]
        if skipped > 0 and sum(1 for _ in itertools.islice(rest, skipped)) < skipped:
            return


def number_of_windows(count: int, size: int, shift: int, stride: int, drop: bool) -> int:
    """Return how many windows so many elements give."""
    if not drop:
        return -(-count // shift)
    return max((count - (size - 1) * stride - 1) // shift + 1, 0)


def columns(rows: list[Any], made: Callable[[list[Any]], Any]) -> Any:
    """Return something made of the rows of each leaf, in the structure of the rows."""
    first = rows[0]
    if isinstance(first, tuple):
        parts = [columns(list(part), made) for part in zip(*rows, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
    if isinstance(first, dict):
        return {key: columns([row[key] for row in rows], made) for key in first}
    return made(rows)


def interleaved(
    sources: Iterable[Iterable[Any]], cycle_length: int, block_length: int
) -> Iterator[Any]:
    """Give a block of each of some sources in turn; another takes the place of an empty one.

    Args:
        sources: The sources.
        cycle_length: How many take turns at a time.
        block_length: How many elements of one come after the other.
    """
    coming = iter(sources)
    slots: list[Iterator[Any] | None] = [None] * cycle_length
    ended, at = False, 0
    while not ended or any(slot is not None for slot in slots):
        slot = slots[at]
        if slot is None:
            if not ended:
                following = next(coming, None)
                ended = following is None
                slots[at] = None if following is None else iter(following)
            if slots[at] is not None:
                continue
        else:
            given = 0
            for element in itertools.islice(slot, block_length):
                given += 1
                yield element
            if given < block_length:
                slots[at] = None
        at = (at + 1) % cycle_length


def padded(rows: list[Any], shapes: Any = None, values: Any = None) -> Any:
    """Return rows of different lengths as a batch.

    Args:
        rows: Elements of one structure.
        shapes: In that structure: sizes to pad to, None for that of the largest element; or None.
        values: In that structure, or one for all: what is padded with. Zero, False or `""` if None.
    """
    first = rows[0]
    if isinstance(first, (tuple, dict)):
        keys: Any = range(len(first)) if isinstance(first, tuple) else list(first)
        parts = [
            padded([row[key] for row in rows], _part(shapes, key), _part(values, key))
            for key in keys
        ]
        if isinstance(first, dict):
            return dict(zip(keys, parts, strict=True))
        return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
    largest = [max(sizes) for sizes in zip(*(row.shape for row in rows), strict=True)]
    wanted = list(largest) if shapes is None else [None if s == -1 else s for s in list(shapes)]
    target = [
        most if size is None else int(size) for size, most in zip(wanted, largest, strict=True)
    ]
    if any(size < most for size, most in zip(target, largest, strict=True)):
        raise ValueError(
            "padded_batch does not cut: no element is larger than the padded shape. "
            f"Received: padded_shapes={list(target)} for elements of size {largest}"
        )
    return _filled(rows, target, values)


def _filled(rows: list[Any], target: list[int], value: Any) -> Any:
    batch: Any
    if isinstance(rows[0], StringArray):
        fill = value.encode("utf-8") if isinstance(value, str) else value or b""
        batch = np.full((len(rows), *target), fill, dtype=object).view(StringArray)
    else:
        fill = 0 if value is None else value
        batch = torch.full((len(rows), *target), fill, dtype=rows[0].dtype)
    for index, row in enumerate(rows):
        batch[(index, *(slice(size) for size in row.shape))] = row
    return batch


def _part(structure: Any, key: Any) -> Any:
    return structure[key] if isinstance(structure, (tuple, dict)) else structure


def unique(source: Iterable[Any]) -> Iterator[Any]:
    """Give each element once, where it comes first; elements are one tensor each."""
    seen = set()
    for element in source:
        value = elements.as_numpy(element)
        key = (
            np.shape(value),
            np.asarray(value).tobytes() if not isinstance(value, str) else value,
        )
        if key not in seen:
            seen.add(key)
            yield element
