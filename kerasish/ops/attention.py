"""Attention between tensors of queries, keys and values."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.attention.fused import attend_fused, score_factor
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import alike_floats
from kerasish.rounding import round_to_float32


@operation
def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> torch.Tensor:
    """Weigh values by the softmax of the products of queries and keys (Vaswani et al. 2017).

    Args:
        query: `(batch, time, heads, features)`.
        key: `(batch, steps, heads, features)`; fewer heads are shared by groups of queries.
        value: As `key`.
        bias: What is added to the products, which broadcasts to `(batch, heads, time, steps)`.
        mask: Which pairs may meet, likewise. A query that may look at nothing gets the mean.
        scale: Factor of the products; one over the root of the features by default.
        is_causal: Whether later steps are hidden.
        flash_attention: Not used: torch chooses its kernel.
        attn_logits_soft_cap: None.

    Returns:
        `(batch, time, heads, features)`.

    Raises:
        ValueError: If the shapes are others, or there is a soft cap.
    """
    query, key, value = alike_floats(query, key, value)
    if query.ndim != 4 or key.ndim != 4 or value.ndim != 4:
        raise ValueError(
            "dot_product_attention takes (batch, time, heads, features). Received: shapes "
            f"{tuple(query.shape)}, {tuple(key.shape)} and {tuple(value.shape)}"
        )
    if attn_logits_soft_cap is not None:
        raise ValueError(
            "dot_product_attention takes no attn_logits_soft_cap: torch's kernel has none, and "
            "Keras knows it with JAX alone. "
            f"Received: attn_logits_soft_cap={attn_logits_soft_cap}"
        )
    heads, shared = query.shape[2], key.shape[2]
    if heads != shared:
        key, value = (one.repeat_interleave(heads // shared, 2) for one in (key, value))
    factor = score_factor(query.shape[-1]) if scale is None else round_to_float32(scale)
    allowed = None if mask is None else tensor(mask).bool()
    bias = None if bias is None else tensor(bias).to(query.dtype)
    causal = bool(is_causal)
    if causal and (allowed is not None or bias is not None):
        shape = (query.shape[1], key.shape[1])
        earlier = torch.ones(shape, dtype=torch.bool, device=query.device).tril()[None, None]
        allowed, causal = earlier if allowed is None else allowed & earlier, False
    return attend_fused(query, key, value, allowed, causal, factor, bias)
