"""`keras.datasets.cifar10`: 60,000 small images in 10 classes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from kerasish.datasets.cifar_batches import read_batches
from kerasish.utils.downloads import get_file

Part = tuple[np.ndarray, np.ndarray]


def load_data(*, path: str | os.PathLike | None = None) -> tuple[Part, Part]:
    """Load the images and their classes.

    The classes are airplane, automobile, bird, cat, deer, dog, frog, horse, ship and truck, in
    this order.

    Args:
        path: The folder `cifar-10-batches-py` that the archive unpacks to; by default the archive
            is in the cache, as `cifar-10-batches-py-target_archive`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 arrays `(50000, 32, 32, 3)` and
        `(50000, 1)`, `(10000, 32, 32, 3)` and `(10000, 1)`.

    Raises:
        OSError: If the archive is not in the cache and can't be downloaded.
        ValueError: If a file is broken.

    See https://keras.io/api/datasets/cifar10/#loaddata-function.
    """
    if path is None:
        unpacked = get_file(
            "cifar-10-batches-py-target",
            origin="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            extract=True,
            file_hash="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        )
        path = os.path.join(unpacked, "cifar-10-batches-py")
    folder = Path(path)
    train = [f"data_batch_{number}" for number in range(1, 6)]
    x_train, y_train = read_batches(folder, train, "labels")
    x_test, y_test = read_batches(folder, ["test_batch"], "labels")
    return (x_train, y_train.astype("uint8")), (x_test, y_test.astype("uint8"))
