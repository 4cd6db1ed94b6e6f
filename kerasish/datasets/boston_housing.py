"""`keras.datasets.boston_housing`: prices of houses around Boston.

One of its features is built on the idea that segregation makes prices. Keras advises against the
data set but for teaching ethics; `california_housing` can stand for it.
"""

from __future__ import annotations

import os

from kerasish.datasets.numbers import Part, check_split, split
from kerasish.datasets.object_arrays import read_npz
from kerasish.datasets.stored import HOST, stored_file


def load_data(
    path: str | os.PathLike = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Part, Part]:
    """Load 13 features of places, and the median price of a house in thousands of dollars.

    Args:
        path: Name in the cache, or a path with a folder.
        test_split: Part of the samples that is for tests.
        seed: Seed of the order.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays `(samples, 13)` and `(samples,)`.

    Raises:
        OSError: If the file is not in the cache and can't be downloaded.
        ValueError: If `test_split` is not from 0 to below 1.

    See https://keras.io/api/datasets/boston_housing/#loaddata-function.
    """
    check_split(test_split)
    arrays = read_npz(
        stored_file(
            path,
            f"{HOST}boston_housing.npz",
            "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
        )
    )
    return split(arrays["x"], arrays["y"], test_split, seed)
