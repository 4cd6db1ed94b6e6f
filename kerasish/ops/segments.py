"""Sums, products and extremes of the rows that have the same number."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.ops.dispatch import tensor
from kerasish.ops.specified import specified

_DOC = """Return the {what} of the rows of each segment.

    Args:
        data: `(rows, ...)`.
        segment_ids: The segment of each row, `(rows,)`; rows with a number below 0 are left out.
        num_segments: How many segments there are; by default one more than the largest number.
        sorted: Whether the numbers ascend; an empty segment then gives {empty}.

    Returns:
        `(num_segments, ...)`; an empty segment gives {nothing}.

    Raises:
        ValueError: If there is not one number for each row.
    """


def _spec(data: Any, segment_ids: Any, num_segments: Any = None, sorted: bool = False) -> Any:
    return KerasTensor((num_segments, *data.shape[1:]), data.dtype)


def _segments(
    name: str, how: str, what: str, nothing: str, empty: str, least: Any, least_sorted: Any
) -> Any:
    def apply(
        data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
    ) -> torch.Tensor:
        rows, ids = tensor(data), tensor(segment_ids).long()
        if ids.ndim != 1 or not rows.ndim or rows.shape[0] != ids.shape[0]:
            raise ValueError(
                f"{name} takes a number for each row. Received: data of shape "
                f"{tuple(rows.shape)}, segment_ids of shape {tuple(ids.shape)}"
            )
        count = num_segments
        if count is None:
            count = int(ids.max()) + 1 if len(ids) else 0
        # Rows without a segment go to one more, which is cut.
        ids = torch.where(ids < 0, count, ids)
        start = rows.new_full((count + 1, *rows.shape[1:]), least(rows.dtype))
        if how == "sum":
            return start.index_add(0, ids, rows)[:-1]
        places = ids.reshape(-1, *(1,) * (rows.ndim - 1)).expand(rows.shape)
        found = start.scatter_reduce(0, places, rows, how)[:-1]
        if not sorted or least is least_sorted:
            return found
        sizes = torch.zeros(count + 1, dtype=torch.long, device=ids.device)
        known = sizes.index_add(0, ids, torch.ones_like(ids))[:-1] > 0
        known = known.reshape(-1, *(1,) * (rows.ndim - 1))
        return torch.where(known, found, least_sorted(rows.dtype))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = _DOC.format(what=what, nothing=nothing, empty=empty)
    return specified(_spec)(apply)


def _zero(kind: torch.dtype) -> int:
    return 0


def _one(kind: torch.dtype) -> int:
    return 1


def _lowest(kind: torch.dtype) -> float:
    return torch.finfo(kind).min if kind.is_floating_point else torch.iinfo(kind).min


def _highest(kind: torch.dtype) -> float:
    return torch.finfo(kind).max if kind.is_floating_point else torch.iinfo(kind).max


segment_sum = _segments("segment_sum", "sum", "sum", "0", "0", _zero, _zero)
segment_prod = _segments("segment_prod", "prod", "product", "1", "1", _one, _one)
segment_max = _segments(
    "segment_max", "amax", "largest", "the type's lowest number", "0", _lowest, _zero
)
segment_min = _segments(
    "segment_min", "amin", "smallest", "the type's largest number", "0", _highest, _zero
)
