"""Sequences of unequal lengths in one array."""

from __future__ import annotations

from typing import Any

import numpy as np

_SIDES = ("pre", "post")


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Pad or cut sequences to one length.

    Args:
        sequences: Sequences, each a list or an array `(time, ...)`; `...` is the same in all.
        maxlen: The length; that of the longest sequence by default.
        dtype: Type of the result; `object` for strings of any length.
        padding: Whether padding stands before (`"pre"`) or after (`"post"`) a sequence.
        truncating: Whether a long sequence loses its begin (`"pre"`) or its end (`"post"`).
        value: What is padded with.

    Returns:
        An array `(sequences, maxlen, ...)`.

    Raises:
        ValueError: If there are no sequences to take a length from, if something in them is no
            sequence, if their steps have different shapes, or an argument has no such value.

    See https://keras.io/api/data_loading/timeseries/#padsequences-function.
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in _SIDES:
            raise ValueError(
                f"pad_sequences takes 'pre' or 'post' as `{name}`. Received: {name}={side!r}"
            )
    if not hasattr(sequences, "__len__"):
        raise ValueError(
            "pad_sequences takes a list or array of sequences. "
            f"Received: sequences of type {type(sequences).__name__}"
        )
    lengths = [_length(one, index) for index, one in enumerate(sequences)]
    if maxlen is None:
        if not lengths:
            raise ValueError(
                "pad_sequences needs `maxlen` where there are no sequences. Received: maxlen=None"
            )
        maxlen = max(lengths)
    if isinstance(value, str) and not _holds_text(dtype):
        raise ValueError(
            "pad_sequences pads with a string only where `dtype` holds strings, such as object. "
            f"Received: value={value!r} with dtype={dtype!r}"
        )
    first = next((one for one, length in zip(sequences, lengths, strict=True) if length), ())
    step_shape = np.asarray(first).shape[1:]
    padded = np.full((len(lengths), maxlen, *step_shape), value, dtype=dtype)
    for index, one in enumerate(sequences):
        if not lengths[index]:
            continue
        kept = np.asarray(one[-maxlen:] if truncating == "pre" else one[:maxlen], dtype=dtype)
        if kept.shape[1:] != step_shape:
            raise ValueError(
                f"The steps of all sequences have one shape. Received: steps of shape {step_shape} "
                f"in the first sequence that has any, {kept.shape[1:]} in sequence {index}"
            )
        rows = slice(len(kept)) if padding == "post" else slice(maxlen - len(kept), None)
        padded[index, rows] = kept
    return padded


def _length(sequence: Any, index: int) -> int:
    try:
        return len(sequence)
    except TypeError:
        raise ValueError(
            "pad_sequences takes a list of sequences. "
            f"Received: {sequence!r} of type {type(sequence).__name__} at position {index}"
        ) from None


def _holds_text(dtype: Any) -> bool:
    return dtype is object or np.dtype(dtype).kind in "US"
