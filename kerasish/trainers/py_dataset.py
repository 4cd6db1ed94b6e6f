"""`PyDataset`: batches that are asked for by number."""

from __future__ import annotations

from typing import Any


class PyDataset:
    """Base of data sets whose batches are computed one by one.

    Subclasses define `__getitem__(index)`, which returns a batch `(x, y)` or
    `(x, y, sample_weight)`, and `__len__`, the number of batches.

    Args:
        workers: Taken for compatibility; batches are computed in the training process. A torch
            `DataLoader` computes them elsewhere.
        use_multiprocessing: As `workers`.
        max_queue_size: As `workers`.

    See https://keras.io/api/utils/python_utils/#pydataset-class.
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """Return a batch."""
        raise NotImplementedError(
            f"{type(self).__name__} has to define __getitem__(index). Received: index={index}"
        )

    def __len__(self) -> int:
        """Return the number of batches."""
        if self.num_batches is None:
            raise TypeError(f"{type(self).__name__} has to define __len__. Received: len(data)")
        return self.num_batches

    @property
    def num_batches(self) -> int | None:
        """The number of batches, or None for an endless data set."""
        return None if type(self).__len__ is PyDataset.__len__ else len(self)

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch."""


# Keras 2's name.
Sequence = PyDataset
