"""`keras.datasets.california_housing`: prices of houses in California in 1990."""

from __future__ import annotations

import os

from kerasish.datasets.numbers import Part, check_split, split
from kerasish.datasets.object_arrays import read_npz
from kerasish.datasets.stored import HOST, stored_file

_SIZES = {"small": 600, "large": None}


def load_data(
    version: str = "large",
    path: str | os.PathLike = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> tuple[Part, Part]:
    """Load 8 features of places, and the median value of a house in dollars.

    Args:
        version: `"large"` for all 20,640 samples, `"small"` for the first 600.
        path: Name in the cache, or a path with a folder.
        test_split: Part of the samples that is for tests.
        seed: Seed of the order.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays `(samples, 8)` and `(samples,)`.

    Raises:
        OSError: If the file is not in the cache and can't be downloaded.
        ValueError: If an argument has a value it can't have.

    See https://keras.io/api/datasets/california_housing/#loaddata-function.
    """
    check_split(test_split)
    if version not in _SIZES:
        raise ValueError(f"`version` is 'small' or 'large'. Received: version={version!r}")
    arrays = read_npz(
        stored_file(
            path,
            f"{HOST}california_housing.npz",
            "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
        )
    )
    size = _SIZES[version]
    return split(arrays["x"][:size], arrays["y"][:size], test_split, seed)
