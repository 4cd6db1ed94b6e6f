"""The files of CIFAR: pickles of Python 2."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from kerasish import config
from kerasish.datasets.object_arrays import read_pickle


def read_batches(folder: Path, names: list[str], labels: str) -> tuple[np.ndarray, np.ndarray]:
    """Read images and classes.

    Args:
        folder: Where the files are.
        names: Their names.
        labels: Under which name the classes are stored.

    Returns:
        uint8 images `(samples, 32, 32, 3)`, or `(samples, 3, 32, 32)` where
        `image_data_format()` says so, and classes `(samples, 1)`.

    Raises:
        ValueError: If a file is broken.
    """
    images, classes = zip(*(_read(folder / name, labels.encode()) for name in names), strict=True)
    x, y = np.concatenate(images), np.concatenate(classes).reshape(-1, 1)
    return (x.transpose(0, 2, 3, 1) if config.image_data_format() == "channels_last" else x), y


def _read(path: Path, labels: bytes) -> tuple[np.ndarray, np.ndarray]:
    with path.open("rb") as file:
        stored = read_pickle(file, os.fspath(path), encoding="bytes")
    data = stored.get(b"data") if isinstance(stored, dict) else None
    if not isinstance(data, np.ndarray) or data.shape[1:] != (3072,) or labels not in stored:
        raise ValueError(
            f"{path} has no images of 3072 values and no {labels.decode()}. "
            f"Received: {list(stored) if isinstance(stored, dict) else type(stored).__name__}"
        )
    return data.reshape(-1, 3, 32, 32), np.array(stored[labels])
