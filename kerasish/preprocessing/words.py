"""Texts as words, and words as numbers by hashing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(
    input_text: str, filters: Iterable[str] = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """Split a text into words.

    Args:
        input_text: The text.
        filters: Characters that are taken out, as if `split` stood there.
        lower: Whether the words are in lower case.
        split: What stands between words.

    Returns:
        The words; none of them is empty.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/text_to_word_sequence.
    """
    text = input_text.lower() if lower else input_text
    text = text.translate({ord(character): split for character in filters})
    return [word for word in text.split(split) if word]


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[str], int] | str | None = None,
    filters: Iterable[str] = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Give each word of a text a number from a hash; different words may get the same.

    Args:
        text: The text.
        n: Size of the space of numbers.
        hash_function: From a word to an integer; `"md5"`, or Python's `hash` by default, which
            differs from one run of Python to the next.
        filters: Characters that are taken out.
        lower: Whether words are in lower case.
        split: What stands between words.
        analyzer: Splits the text instead of the three before.

    Returns:
        Numbers from 1 to `n - 1`.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/hashing_trick.
    """
    words = text_to_word_sequence(text, filters, lower, split) if not analyzer else analyzer(text)
    if hash_function is None:
        function: Callable[[str], int] = hash
    else:
        function = _md5 if hash_function == "md5" else _callable(hash_function)
    return [function(word) % (n - 1) + 1 for word in words]


def one_hot(
    input_text: str,
    n: int,
    filters: Iterable[str] = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Give each word of a text a number below `n`: `hashing_trick` with Python's `hash`.

    Despite the name the result is no one-hot vector, as in Keras.

    Args:
        input_text: The text.
        n: Size of the space of numbers.
        filters: Characters that are taken out.
        lower: Whether words are in lower case.
        split: What stands between words.
        analyzer: Splits the text instead of the three before.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/one_hot.
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


def _callable(function: Any) -> Callable[[str], int]:
    if not callable(function):
        raise ValueError(
            "hashing_trick takes a function, 'md5' or None as `hash_function`. "
            f"Received: hash_function={function!r}"
        )
    return function
