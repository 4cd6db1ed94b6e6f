"""`save_weights` and `load_weights` as functions of a model."""

from __future__ import annotations

import os
from typing import Any


def save_weights(
    model: Any,
    filepath: str | os.PathLike,
    overwrite: bool = True,
    max_shard_size: float | None = None,
    **kwargs: Any,
) -> None:
    """Write the weights of a model to a file; see `Model.save_weights`.

    Args:
        model: The model.
        filepath: Where to write; the ending names the format.
        overwrite: Whether an existing file is replaced.
        max_shard_size: None: files are written whole.
        **kwargs: None are known.

    Raises:
        ValueError: If `max_shard_size` or another argument is given.
    """
    if max_shard_size is not None or kwargs:
        raise ValueError(
            "save_weights writes one whole file. "
            f"Received: max_shard_size={max_shard_size}, {kwargs}"
        )
    model.save_weights(filepath, overwrite=overwrite)


def load_weights(
    model: Any, filepath: str | os.PathLike, skip_mismatch: bool = False, **kwargs: Any
) -> None:
    """Read the weights of a model from a file; see `Model.load_weights`.

    Args:
        model: The model.
        filepath: The file.
        skip_mismatch: Whether weights that do not fit are left out.
        **kwargs: Further arguments of `Model.load_weights`.
    """
    model.load_weights(filepath, skip_mismatch=skip_mismatch, **kwargs)
