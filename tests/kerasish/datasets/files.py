"""Small files in the formats of the data sets."""

import gzip
import pickle
import struct

import numpy as np

TEXTS = [[5, 1, 9], [2], [7, 7, 30, 4, 1], [1, 2, 3, 4], [12, 3], [6, 1], [8, 8, 8], [1, 40]]


def lists(texts):
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


def write_imdb(path):
    test = [[2, 3], [4, 4, 4, 50], [1], [9, 8, 7]]
    np.savez(
        path,
        x_train=lists(TEXTS),
        y_train=np.arange(len(TEXTS)) % 2,
        x_test=lists(test),
        y_test=np.array([1, 0, 0, 1]),
    )


def write_reuters(path):
    np.savez(path, x=lists(TEXTS), y=np.arange(len(TEXTS)) * 5)


def write_housing(path, features):
    random = np.random.default_rng(0)
    np.savez(path, x=random.normal(size=(23, features)), y=random.normal(size=23))


def write_mnist(path):
    random = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 7), ("test", 3)):
        arrays[f"x_{part}"] = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        arrays[f"y_{part}"] = random.integers(0, 10, count, dtype=np.uint8)
    np.savez_compressed(path, **arrays)


def write_fashion_mnist(folder):
    random = np.random.default_rng(0)
    for part, count in (("train", 7), ("t10k", 3)):
        images = random.integers(0, 256, count * 784, dtype=np.uint8).tobytes()
        labels = random.integers(0, 10, count, dtype=np.uint8).tobytes()
        header = struct.pack(">4i", 0x803, count, 28, 28)
        with gzip.open(folder / f"{part}-images-idx3-ubyte.gz", "wb") as file:
            file.write(header + images)
        with gzip.open(folder / f"{part}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(struct.pack(">2i", 0x801, count) + labels)


class Python2Pickler(pickle._Pickler):
    """Writes texts and bytes as Python 2 wrote its strings."""

    dispatch = pickle._Pickler.dispatch.copy()

    def save_string(self, value):
        data = value.encode() if isinstance(value, str) else value
        self.write(b"T" + struct.pack("<i", len(data)) + data)

    dispatch[str] = dispatch[bytes] = save_string


def write_cifar(path, count, labels, seed=0):
    random = np.random.default_rng(seed)
    stored = {
        "data": random.integers(0, 256, (count, 3072), dtype=np.uint8),
        "batch_label": f"batch of {count}",
        "filenames": [f"{index}.png" for index in range(count)],
    }
    for name in labels:
        stored[name] = random.integers(0, 10, count).tolist()
    with path.open("wb") as file:
        Python2Pickler(file, 2).dump(stored)
    return stored
