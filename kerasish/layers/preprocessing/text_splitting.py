"""Text into tokens, as `TextVectorization` makes them: standardized, split, joined to n-grams."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.strings import StringArray, as_strings

# TensorFlow lowers ASCII letters alone, as `bytes.lower` does, and Keras strips ASCII punctuation.
_PUNCTUATION = string.punctuation.encode("ascii")

Rows = list[list[bytes]]


def standardized(texts: StringArray, how: str | Callable | None) -> StringArray:
    """Return texts in lower case, without punctuation, or as a function makes them.

    Args:
        texts: Strings of any shape.
        how: `"lower"`, `"strip_punctuation"`, `"lower_and_strip_punctuation"`; a function from an
            array of `str` to an array of strings of the same shape; or None.
    """
    if how is None:
        return texts
    if callable(how):
        return as_strings(_values(how(_as_text(texts))))
    lower, strip = "lower" in how, "strip" in how
    result = np.empty(texts.shape, dtype=object)
    flat = result.reshape(-1)
    for place, text in enumerate(texts.ravel().tolist()):
        text = text.lower() if lower else text
        flat[place] = text.translate(None, _PUNCTUATION) if strip else text
    return result.view(StringArray)


def split(texts: StringArray, how: str | Callable) -> Rows:
    """Return the tokens of each of a list of texts.

    Args:
        texts: Strings `(batch,)`.
        how: `"whitespace"`, `"character"`, or a function from an array of `str` to a list of lists
            of strings.
    """
    if callable(how):
        return [_row(row) for row in _values(how(_as_text(texts)))]
    if how == "character":
        return [[c.encode("utf-8") for c in t.decode("utf-8", "replace")] for t in texts.tolist()]
    return [text.split() for text in texts.tolist()]


def ngrams(rows: Rows, widths: Sequence[int]) -> Rows:
    """Return for each row all runs of as many tokens as each width tells, joined by spaces."""
    return [
        [b" ".join(row[at : at + width]) for width in widths for at in range(len(row) - width + 1)]
        for row in rows
    ]


def _as_text(texts: StringArray) -> np.ndarray:
    """Return strings as an array of `str`, which functions of users work on."""
    decoded = [text.decode("utf-8") for text in texts.ravel().tolist()]
    return np.array(decoded, dtype=str).reshape(texts.shape)


def _values(result: Any) -> Any:
    """Return what a function gave as an array or a list; ragged tensors of TensorFlow too."""
    if hasattr(result, "to_list"):
        return result.to_list()
    return result if isinstance(result, (list, tuple, str)) else np.asarray(result)


def _row(row: Any) -> list[bytes]:
    values = row.tolist() if isinstance(row, np.ndarray) else row
    if isinstance(values, (str, bytes)):
        raise ValueError(
            "A `split` function gives a list of tokens for each text. "
            f"Received: {values!r} for a text"
        )
    return [token.encode("utf-8") if isinstance(token, str) else token for token in values]
