"""`keras.datasets.mnist`: 70,000 images of handwritten digits."""

from __future__ import annotations

import os

import numpy as np

from kerasish.datasets.object_arrays import read_npz
from kerasish.datasets.stored import HOST, stored_file

Part = tuple[np.ndarray, np.ndarray]


def load_data(path: str | os.PathLike = "mnist.npz") -> tuple[Part, Part]:
    """Load the images and their digits.

    Args:
        path: Name in the cache, or a path with a folder.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 arrays `(60000, 28, 28)` and `(60000,)`,
        `(10000, 28, 28)` and `(10000,)`.

    Raises:
        OSError: If the file is not in the cache and can't be downloaded.

    See https://keras.io/api/datasets/mnist/#loaddata-function.
    """
    arrays = read_npz(
        stored_file(
            path,
            f"{HOST}mnist.npz",
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        )
    )
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
