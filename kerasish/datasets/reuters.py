"""`keras.datasets.reuters`: 11,228 news of 46 topics, as numbers of words."""

from __future__ import annotations

import os

import numpy as np

from kerasish.datasets.object_arrays import read_npz
from kerasish.datasets.stored import HOST, stored_file
from kerasish.datasets.word_numbers import (
    numbered,
    read_word_index,
    shuffled_alike,
    within,
    without_long,
)

Texts = tuple[np.ndarray, np.ndarray]

_TOPICS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves "
    "ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin "
    "strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange "
    "pet-chem dlr gas silver wpi hog lead"
)


def load_data(
    path: str | os.PathLike = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> tuple[Texts, Texts]:
    """Load news and their topics.

    Args:
        path: Name in the cache, or a path with a folder.
        num_words: Numbers from it on become `oov_char`.
        skip_top: Numbers below it become `oov_char`.
        maxlen: News of this length or more are left out.
        test_split: Part of the news that is for tests.
        seed: Seed of the order.
        start_char: Stands before each text, unless None.
        oov_char: Stands for words that are left out; None leaves nothing in their place.
        index_from: Added to the numbers of words.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of numbers, and of topics.

    Raises:
        OSError: If the file is not in the cache and can't be downloaded.
        ValueError: If no text is shorter than `maxlen`, or the file holds anything else.

    See https://keras.io/api/datasets/reuters/#loaddata-function.
    """
    arrays = read_npz(
        stored_file(
            path,
            f"{HOST}reuters.npz",
            "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
        )
    )
    x, y = shuffled_alike(seed, arrays["x"], arrays["y"])
    kept, labels = without_long(maxlen, numbered(x, start_char, index_from), y)
    texts = within(kept, num_words, skip_top, oov_char)
    count = int(len(texts) * (1 - test_split))
    train = np.array(texts[:count], "object"), np.array(labels[:count])
    return train, (np.array(texts[count:], "object"), np.array(labels[count:]))


def get_word_index(path: str | os.PathLike = "reuters_word_index.json") -> dict[str, int]:
    """Return the numbers of words, before `index_from` is added.

    Args:
        path: Name in the cache, or a path with a folder.

    See https://keras.io/api/datasets/reuters/#getwordindex-function.
    """
    origin = f"{HOST}reuters_word_index.json"
    return read_word_index(stored_file(path, origin, "4d44cc38712099c9e383dc6e5f11a921"))


def get_label_names() -> tuple[str, ...]:
    """Return the names of the topics, in the order of their numbers."""
    return tuple(_TOPICS.split())
