"""Indices as vectors: one-hot, multi-hot and counts, as Keras's layers encode them."""

from __future__ import annotations

import torch
from torch.nn import functional


def encode(
    indices: torch.Tensor,
    output_mode: str,
    depth: int,
    dtype: torch.dtype,
    count_weights: torch.Tensor | None = None,
) -> torch.Tensor:
    """Encode indices; those outside of `[0, depth)` count nowhere.

    Args:
        indices: Integers of any shape.
        output_mode: `"int"` leaves them; `"one_hot"` gives each a vector (a last axis of size 1 is
            left out first); `"multi_hot"` and `"count"` give one vector for the last axis, or with
            three axes and more for the second one, as Keras does.
        depth: Length of the vectors.
        dtype: Type of the result.
        count_weights: What each index counts in `"count"`, of the indices' shape.

    Returns:
        Tensor whose last axis has the size `depth`, or the indices.
    """
    if output_mode == "int":
        return indices.to(dtype)
    if indices.ndim == 0:
        indices = indices[None]
        count_weights = None if count_weights is None else count_weights[None]
    if output_mode == "one_hot":
        if indices.ndim > 1 and indices.shape[-1] == 1:
            indices = indices.squeeze(-1)
        return _one_hot(indices, depth, dtype)
    if indices.ndim > 2:
        vectors = _one_hot(indices, depth, dtype)
        if count_weights is not None:
            vectors = vectors.to(count_weights.dtype) * count_weights[..., None]
        return vectors.amax(1) if output_mode == "multi_hot" else vectors.sum(1)
    return _bins(indices, output_mode, depth, dtype, count_weights)


def _one_hot(indices: torch.Tensor, depth: int, dtype: torch.dtype) -> torch.Tensor:
    known = (indices >= 0) & (indices < depth)
    # A place after the last takes what is not known, and is cut off.
    places = torch.where(known, indices, depth).long()
    return functional.one_hot(places, depth + 1)[..., :depth].to(dtype)


def _bins(
    indices: torch.Tensor,
    output_mode: str,
    depth: int,
    dtype: torch.dtype,
    count_weights: torch.Tensor | None,
) -> torch.Tensor:
    """Count along the last axis, `(..., n)` to `(..., depth)`."""
    known = (indices >= 0) & (indices < depth)
    places = torch.where(known, indices, depth).long()
    kind = dtype if count_weights is None else count_weights.dtype
    result = torch.zeros((*indices.shape[:-1], depth + 1), dtype=kind, device=indices.device)
    if output_mode == "multi_hot":
        result.scatter_(-1, places, 1)
    elif count_weights is None:
        result.scatter_add_(-1, places, torch.ones_like(places, dtype=kind))
    else:
        result.scatter_add_(-1, places, count_weights.expand(places.shape))
    return result[..., :depth].to(dtype)


def encoded_shape(shape: tuple, output_mode: str, depth: int | None) -> tuple:
    """Return the shape of `encode`'s result as Keras tells it before it runs.

    Args:
        shape: Shape of the indices.
        output_mode: As for `encode`.
        depth: Length of the vectors.
    """
    if output_mode == "int":
        return tuple(shape)
    if output_mode == "one_hot" and not (len(shape) > 1 and shape[-1] == 1):
        return (*shape, depth)
    return (*shape[:-1], depth)
