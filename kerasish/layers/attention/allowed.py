"""Which query may look at which key: the masks of a call joined into one."""

from __future__ import annotations

from typing import Any

import torch


def allowed_pairs(
    query: torch.Tensor,
    value: torch.Tensor,
    *,
    axis: int = 1,
    query_mask: Any = None,
    value_mask: Any = None,
    key_mask: Any = None,
    attention_mask: Any = None,
    causal: bool = False,
    window: int | None = None,
) -> torch.Tensor | None:
    """Return the pairs of positions that may meet, or None for all.

    Args:
        query: `(batch, ..., features)`.
        value: `(batch, ..., features)`.
        axis: The axis of positions.
        query_mask: Valid positions of the queries, `(batch, time)`, or None.
        value_mask: Valid positions of the values, `(batch, steps)`, or None.
        key_mask: Valid positions of the keys, `(batch, steps)`, or None.
        attention_mask: Pairs that may meet, `(batch, time, steps)` or more axes, or None.
        causal: Whether a query sees nothing later than itself.
        window: How far a query sees to both sides, itself counted, or None.

    Returns:
        A mask that broadcasts over `(batch, time, steps)`.
    """
    parts = []
    if query_mask is not None:
        parts.append(query_mask.bool().unsqueeze(-1))
    columns = [mask for mask in (value_mask, key_mask) if mask is not None]
    parts.extend(mask.bool().unsqueeze(-2) for mask in columns)
    if causal or window is not None:
        rows = torch.arange(query.shape[axis], device=query.device)[None, :, None]
        steps = torch.arange(value.shape[axis], device=query.device)[None, None]
        if causal:
            parts.append(rows >= steps)
        if window is not None:
            parts.append((rows - steps).abs() < window)
    if attention_mask is not None:
        parts.append(attention_mask.bool())
    allowed = None
    for part in parts:
        allowed = part if allowed is None else allowed & part
    return allowed
