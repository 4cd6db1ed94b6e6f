"""Strings and integers in hash buckets, those of TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kerasish.layers.preprocessing.farmhash import fingerprint64
from kerasish.layers.preprocessing.siphash import siphash


def buckets_of(
    values: Iterable[bytes], count: int, salt: Sequence[int] | None = None
) -> np.ndarray:
    """Return the bucket of each string, int64.

    Args:
        values: Strings; of equal ones one is hashed.
        count: Number of buckets.
        salt: Two integers as a key, or None.
    """
    known: dict[bytes, int] = {}
    found = []
    for value in values:
        bucket = known.get(value)
        if bucket is None:
            key = None if salt is None else (int(salt[0]), int(salt[1]))
            hashed = fingerprint64(value) if key is None else siphash(value, key)
            bucket = known[value] = hashed % count
        found.append(bucket)
    return np.array(found, dtype=np.int64)


def written(values: Any) -> list[bytes]:
    """Write integers as TensorFlow does before it hashes them.

    Args:
        values: A flat NumPy array of integers or bools.
    """
    if values.dtype.kind == "b":
        return [b"true" if value else b"false" for value in values.tolist()]
    return [b"%d" % value for value in values.tolist()]


def checked_salt(salt: Any) -> list[int] | None:
    """Return a salt as two integers, or None.

    Raises:
        TypeError: If it is no integer, and no pair of them.
    """
    if salt is None:
        return None
    if isinstance(salt, (tuple, list)) and len(salt) == 2:
        return list(salt)
    if isinstance(salt, int) and not isinstance(salt, bool):
        return [salt, salt]
    raise TypeError("an integer, a pair of integers, or None")
