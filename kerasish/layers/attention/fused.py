"""Attention by torch's kernel, with what Keras gives for queries that see nothing."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from kerasish.rounding import round_to_float32


def attend_fused(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    allowed: torch.Tensor | None,
    causal: bool,
    scale: float,
    bias: torch.Tensor | None = None,
) -> torch.Tensor:
    """Attend with `torch.nn.functional.scaled_dot_product_attention`.

    Args:
        query: `(batch, time, heads, features)`.
        key: `(batch, steps, heads, features)`.
        value: `(batch, steps, heads, features)`.
        allowed: Pairs that may meet, of four axes that broadcast to `(batch, heads, time, steps)`.
        causal: Whether later steps are hidden, where `allowed` and `bias` are None.
        scale: Factor of the products.
        bias: What is added to the products, of four axes likewise.

    Returns:
        `(batch, time, heads, features)`.
    """
    query, mask = query.transpose(1, 2), bias
    if allowed is not None:
        # As in Keras, a query that may look at nothing gets the mean of all values.
        blind = ~allowed.any(-1, keepdim=True)
        query, mask = query.masked_fill(blind, 0), allowed | blind
        if bias is not None:
            mask = torch.where(mask, torch.where(blind, 0.0, bias), float("-inf")).to(query.dtype)
    heads = functional.scaled_dot_product_attention(
        query,
        key.transpose(1, 2),
        value.transpose(1, 2),
        attn_mask=mask,
        is_causal=causal,
        scale=scale,
    )
    return heads.transpose(1, 2)


def score_factor(size: int) -> float:
    """Return the factor of the scores, which Keras rounds to float32 for every dtype."""
    return round_to_float32(1 / math.sqrt(size))
