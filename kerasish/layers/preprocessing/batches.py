"""What `adapt` takes: an array, or an iterable of batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from torch.utils.data import DataLoader, Dataset, IterableDataset


def batches_of(data: Iterable[Any], steps: int | None = None, batch_size: int = 32) -> Iterator:
    """Give the inputs of each batch.

    Args:
        data: Batches: a `DataLoader`, a generator, a `PyDataset`; or a `Dataset` of samples. Of a
            batch that is a tuple the first part is taken.
        steps: Number of batches, all by default.
        batch_size: Number of samples in a batch of a `Dataset`.
    """
    if isinstance(data, Dataset) and not isinstance(data, IterableDataset):
        data = DataLoader(data, batch_size=batch_size)
    # A loader hands on (x, y) as a list.
    labelled = (tuple, list) if isinstance(data, DataLoader) else (tuple,)
    source: Any = data
    if not hasattr(data, "__iter__"):
        source = map(source.__getitem__, range(len(source)))  # a PyDataset
    for batch in itertools.islice(source, steps):
        yield batch[0] if isinstance(batch, labelled) and _is_parts(batch) else batch


def _is_parts(batch: Any) -> bool:
    """Whether a batch has parts (x, y, ...), and is not a list of strings."""
    return len(batch) > 0 and not isinstance(batch[0], (str, bytes))


def is_batches(data: Any) -> bool:
    """Whether data are an iterable of batches, and not one array or list of values."""
    if hasattr(data, "shape") or isinstance(data, (str, bytes, list, tuple)):
        return False
    return hasattr(data, "__iter__") or (hasattr(data, "__getitem__") and hasattr(data, "__len__"))
