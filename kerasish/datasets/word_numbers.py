"""What `imdb` and `reuters` do alike: texts as numbers of words by frequency."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np


def shuffled_alike(seed: int, *arrays: np.ndarray) -> list[np.ndarray]:
    """Return arrays of one length in the random order that Keras has for a seed."""
    return in_order(np.random.RandomState(seed), *arrays)


def in_order(generator: Any, *arrays: np.ndarray) -> list[np.ndarray]:
    """Return arrays of one length in the next random order of a generator."""
    order = np.arange(len(arrays[0]))
    generator.shuffle(order)
    return [array[order] for array in arrays]


def numbered(texts: Any, start_char: int | None, index_from: int | None) -> list[list[int]]:
    """Count words from `index_from` on, and put `start_char` before each text."""
    start = [] if start_char is None else [start_char]
    shift = index_from or 0
    return [start + [word + shift for word in text] for text in texts]


def without_long(
    maxlen: int | None, texts: Sequence[Sequence[int]], labels: Any
) -> tuple[Any, Any]:
    """Leave out texts that are as long as `maxlen` or longer, as Keras does.

    Raises:
        ValueError: If none is left.
    """
    if not maxlen:
        return texts, labels
    kept = [index for index, text in enumerate(texts) if len(text) < maxlen]
    if not kept:
        raise ValueError(f"No text is shorter than `maxlen`. Received: maxlen={maxlen}")
    return [texts[index] for index in kept], [labels[index] for index in kept]


def within(
    texts: Sequence[Sequence[int]], num_words: int | None, skip_top: int, oov_char: int | None
) -> list[list[int]]:
    """Put `oov_char` for words that are too rare or too frequent, or leave them out if it is None.

    Without `num_words` the largest number counts as too rare, as in Keras.
    """
    limit = num_words or max(max(text) for text in texts)
    if oov_char is None:
        return [[word for word in text if skip_top <= word < limit] for text in texts]
    return [[word if skip_top <= word < limit else oov_char for word in text] for text in texts]


def read_word_index(path: str) -> dict[str, int]:
    """Read the numbers of words from a JSON file."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)
