"""`keras.datasets.imdb`: 50,000 reviews of films, good or bad, as numbers of words."""

from __future__ import annotations

import os

import numpy as np

from kerasish.datasets.object_arrays import read_npz
from kerasish.datasets.stored import HOST, stored_file
from kerasish.datasets.word_numbers import (
    in_order,
    numbered,
    read_word_index,
    within,
    without_long,
)

Texts = tuple[np.ndarray, np.ndarray]


def load_data(
    path: str | os.PathLike = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> tuple[Texts, Texts]:
    """Load reviews and whether they are good.

    Words are numbered by how frequent they are; 0 is free for padding.

    Args:
        path: Name in the cache, or a path with a folder.
        num_words: Numbers from it on become `oov_char`.
        skip_top: Numbers below it become `oov_char`.
        maxlen: Reviews of this length or more are left out.
        seed: Seed of the order.
        start_char: Stands before each review, unless None.
        oov_char: Stands for words that are left out; None leaves nothing in their place.
        index_from: Added to the numbers of words.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of numbers, and of 0 and 1.

    Raises:
        OSError: If the file is not in the cache and can't be downloaded.
        ValueError: If no review is shorter than `maxlen`, or the file holds anything else.

    See https://keras.io/api/datasets/imdb/#loaddata-function.
    """
    arrays = read_npz(
        stored_file(
            path,
            f"{HOST}imdb.npz",
            "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
        )
    )
    generator = np.random.RandomState(seed)  # Keras's generator
    texts: list[list[int]] = []
    labels, count = [], 0
    for part in ("train", "test"):
        x, y = in_order(generator, arrays[f"x_{part}"], arrays[f"y_{part}"])
        kept, kept_labels = without_long(maxlen, numbered(x, start_char, index_from), y)
        count = count or len(kept)
        texts += kept
        labels.append(kept_labels)
    texts, y = within(texts, num_words, skip_top, oov_char), np.concatenate(labels)
    x_train, x_test = np.array(texts[:count], "object"), np.array(texts[count:], "object")
    return (x_train, y[:count]), (x_test, y[count:])


def get_word_index(path: str | os.PathLike = "imdb_word_index.json") -> dict[str, int]:
    """Return the numbers of words, before `index_from` is added.

    Args:
        path: Name in the cache, or a path with a folder.

    See https://keras.io/api/datasets/imdb/#getwordindex-function.
    """
    origin = f"{HOST}imdb_word_index.json"
    return read_word_index(stored_file(path, origin, "bfafd718b763782e994055a2d397834f"))
