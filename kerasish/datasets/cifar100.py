"""`keras.datasets.cifar100`: 60,000 small images in 100 classes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from kerasish.datasets.cifar_batches import read_batches
from kerasish.utils.downloads import get_file

Part = tuple[np.ndarray, np.ndarray]


def load_data(
    label_mode: str = "fine", *, path: str | os.PathLike | None = None
) -> tuple[Part, Part]:
    """Load the images and their classes.

    Args:
        label_mode: `"fine"` for 100 classes, `"coarse"` for 20 groups of them.
        path: The folder `cifar-100-python` that the archive unpacks to; by default the archive is
            in the cache, as `cifar-100-python-target_archive`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 arrays `(50000, 32, 32, 3)` and
        `(10000, 32, 32, 3)`, int64 arrays `(50000, 1)` and `(10000, 1)`.

    Raises:
        OSError: If the archive is not in the cache and can't be downloaded.
        ValueError: If `label_mode` is another, or a file is broken.

    See https://keras.io/api/datasets/cifar100/#loaddata-function.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"`label_mode` is 'fine' or 'coarse'. Received: label_mode={label_mode!r}")
    if path is None:
        unpacked = get_file(
            "cifar-100-python-target",
            origin="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
            extract=True,
            file_hash="85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
        )
        path = os.path.join(unpacked, "cifar-100-python")
    labels = f"{label_mode}_labels"
    train = read_batches(Path(path), ["train"], labels)
    return train, read_batches(Path(path), ["test"], labels)
