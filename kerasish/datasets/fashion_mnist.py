"""`keras.datasets.fashion_mnist`: 70,000 images of clothes in 10 classes."""

from __future__ import annotations

import gzip
import math
import os
from pathlib import Path

import numpy as np

from kerasish.datasets.stored import HOST
from kerasish.utils.downloads import get_file

Part = tuple[np.ndarray, np.ndarray]

_SIDE = 28
_HEADERS = {1: 8, 3: 16}  # bytes before the values, by the number of axes


def load_data(*, path: str | os.PathLike | None = None) -> tuple[Part, Part]:
    """Load the images and their classes.

    The classes are T-shirt/top, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag and
    ankle boot, in this order.

    Args:
        path: A folder with the four files; by default they are in the cache, in
            `datasets/fashion-mnist`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 arrays `(60000, 28, 28)` and `(60000,)`,
        `(10000, 28, 28)` and `(10000,)`.

    Raises:
        OSError: If a file is not in the cache and can't be downloaded.
        ValueError: If a file is broken.

    See https://keras.io/api/datasets/fashion_mnist/#loaddata-function.
    """
    train, test = (
        (_read(f"{part}-images-idx3-ubyte.gz", path), _read(f"{part}-labels-idx1-ubyte.gz", path))
        for part in ("train", "t10k")
    )
    return train, test


def _read(name: str, folder: str | os.PathLike | None) -> np.ndarray:
    if folder is not None:
        stored = Path(folder) / name
    else:
        subdir = os.path.join("datasets", "fashion-mnist")
        stored = Path(get_file(name, origin=HOST + name, cache_subdir=subdir))
    with gzip.open(stored, "rb") as file:
        start = file.read(4)
        axes = start[3] if len(start) == 4 and start[:3] == b"\0\0\x08" else 0
        sizes = file.read(_HEADERS.get(axes, 4) - 4)
        shape = tuple(int.from_bytes(sizes[at : at + 4], "big") for at in range(0, len(sizes), 4))
        wanted = math.prod(shape)
        # A file that says more than it holds takes no more memory than what it holds.
        values = file.read(wanted + 1) if wanted < 1 << 32 else b""
    if axes not in _HEADERS or len(values) != wanted or shape[1:] not in ((), (_SIDE, _SIDE)):
        raise ValueError(
            f"{stored} is broken; delete it to have it downloaded again. "
            f"Received: shape {shape}, {len(values)} values"
        )
    return np.frombuffer(values, np.uint8).reshape(shape)
