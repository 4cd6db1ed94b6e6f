"""Draws for some rows of a batch: those that a draw for the whole batch has there.

A process that computes a part of each batch so drops, and adds noise to, what one process would.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch


class BatchRows(NamedTuple):
    """Rows `start` to `stop` of the `total` rows of a batch."""

    total: int
    start: int
    stop: int

    def whole(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Return the size for the whole batch, given that for these rows."""
        return (size[0] // (self.stop - self.start) * self.total, *size[1:])

    def part(self, values: torch.Tensor) -> torch.Tensor:
        """Return these rows of values for the whole batch; a sample may have several."""
        each = values.shape[0] // self.total
        return values[self.start * each : self.stop * each]


_RUNNING: list[BatchRows] = []


@contextmanager
def drawing_for(rows: BatchRows) -> Iterator[None]:
    """Say which rows of a batch the draws inside are for."""
    _RUNNING.append(rows)
    try:
        yield
    finally:
        _RUNNING.pop()


def is_part_of_a_batch() -> bool:
    """Whether what runs computes some rows of a batch only."""
    return bool(_RUNNING)


def rows_drawn(size: tuple[int, ...]) -> BatchRows | None:
    """Return the rows that a draw of a size is for, or None if it is for all there is."""
    if not _RUNNING or not size:
        return None
    rows = _RUNNING[-1]
    return None if size[0] % (rows.stop - rows.start) or not size[0] else rows
