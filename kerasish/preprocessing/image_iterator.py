"""The base of iterators over batches of images, as in Keras 2."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasish.trainers.py_dataset import PyDataset
from kerasish.utils.images import array_to_img

# NumPy's global generator, from which Keras draws.
_random: Any = np.random


class ImageIterator(PyDataset):
    """Batches by number, or one after the other without an end.

    With a seed, NumPy's global generator is seeded before each batch, by the seed and the number of
    batches so far.

    Args:
        n: Number of samples.
        batch_size: Number of samples in a batch.
        shuffle: Whether each epoch has a random order.
        seed: Seed of the order and of the changes.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None) -> None:
        super().__init__()
        self.n = n
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.batch_index = 0
        self.total_batches_seen = 0
        self.index_array: np.ndarray | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        """Return a batch.

        Raises:
            ValueError: If there are not so many.
        """
        if index >= len(self):
            raise ValueError(f"There are {len(self)} batches. Received: index={index}")
        self._seed_batch()
        if self.index_array is None:
            self._set_order()
        return self._batch(index)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        """Return the next batch; after the last one of an epoch, the first of the next."""
        with self._lock:
            self._seed_batch()
            if self.batch_index == 0:
                self._set_order()
            number = self.batch_index
            is_last = (number + 1) * self.batch_size >= self.n
            self.batch_index = 0 if is_last else number + 1
        return self._batch(number)

    def next(self) -> Any:
        """Return the next batch, as Python 2 had it."""
        return next(self)

    def reset(self) -> None:
        """Go on with the first batch."""
        self.batch_index = 0

    def on_epoch_end(self) -> None:
        """Draw the next epoch's order."""
        self._set_order()

    def _seed_batch(self) -> None:
        if self.seed is not None:
            _random.seed(self.seed + self.total_batches_seen)
        self.total_batches_seen += 1

    def _set_order(self) -> None:
        self.index_array = _random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _batch(self, number: int) -> Any:
        assert self.index_array is not None
        first = number * self.batch_size
        return self._get_batches_of_transformed_samples(
            self.index_array[first : first + self.batch_size]
        )

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        """Return the batch of some samples; for subclasses."""
        raise NotImplementedError(
            f"{type(self).__name__} has to define _get_batches_of_transformed_samples. "
            f"Received: {index_array}"
        )


class SavedImages:
    """Where images of batches are written, to be looked at.

    Args:
        folder: The folder; None to write nothing.
        prefix: What the names begin with.
        file_format: Such as `"png"`.
        data_format: Where the channels are.
        numbers: Below what the number at the end of a name is drawn.
    """

    def __init__(
        self, folder: Any, prefix: str, file_format: str, data_format: str, numbers: float
    ) -> None:
        self._folder = folder
        self._prefix = prefix
        self._format = file_format
        self._data_format = data_format
        self._numbers = int(numbers)

    def write(self, images: np.ndarray, indices: np.ndarray) -> None:
        """Write the images of a batch."""
        if not self._folder:
            return
        for image, index in zip(images, indices, strict=True):
            number = _random.randint(self._numbers)
            name = f"{self._prefix}_{index}_{number}.{self._format}"
            array_to_img(image, self._data_format).save(os.path.join(self._folder, name))
