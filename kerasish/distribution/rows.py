"""Which samples of a batch are this process's."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish.distribution import processes
from kerasish.graph.structure import flatten, map_structure
from kerasish.layers.base.inputs import get_mask, set_mask


class Rows:
    """The share of each process in a batch: rows in their order, as even as they can be.

    A process without a row runs the batch's first one, and its result is left out.

    Args:
        total: Number of samples in the batch.

    Attributes:
        total: Number of samples in the batch.
        counts: Number of rows of each process.
        start: Where this process's rows begin.
        count: Number of this process's rows that count.
    """

    def __init__(self, total: int) -> None:
        size, rank = processes.world_size(), processes.rank()
        share, rest = divmod(total, size)
        self.total = total
        self.counts = [share + (other < rest) for other in range(size)]
        self.count = self.counts[rank]
        self.start = sum(self.counts[:rank]) if self.count else 0
        self.stop = self.start + max(self.count, 1)

    def of(self, structure: Any) -> Any:
        """Return this process's rows of all arrays in a structure."""
        return map_structure(self._of_leaf, structure)

    def _of_leaf(self, leaf: Any) -> Any:
        if not is_batch(leaf) or leaf.shape[0] != self.total:
            return leaf
        part = leaf[self.start : self.stop]
        mask = get_mask(leaf)
        if mask is not None:
            set_mask(part, mask[self.start : self.stop])
        return part


def is_batch(leaf: Any) -> bool:
    """Whether a value is an array or tensor with a first axis."""
    return isinstance(leaf, (torch.Tensor, np.ndarray)) and leaf.ndim > 0


def size_of_batch(*structures: Any) -> int | None:
    """Return the number of samples of the first array in structures, or None."""
    for structure in structures:
        for leaf in flatten(structure):
            if is_batch(leaf):
                return int(leaf.shape[0])
    return None
