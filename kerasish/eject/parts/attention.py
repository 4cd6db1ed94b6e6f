"""Attention with projections."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    """Attention of several heads, of sizes that nn.MultiheadAttention can't have."""

    def __init__(
        self,
        heads: int,
        sizes: tuple[int, int],
        features: tuple[int, int, int],
        outputs: int,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.heads = heads
        key_size, value_size = sizes
        self.query = nn.Linear(features[0], heads * key_size, bias=bias)
        self.key = nn.Linear(features[1], heads * key_size, bias=bias)
        self.value = nn.Linear(features[2], heads * value_size, bias=bias)
        self.output = nn.Linear(heads * value_size, outputs, bias=bias)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        allowed: torch.Tensor | None = None,
        causal: bool = False,
    ) -> torch.Tensor:
        """Take `(batch, time, features)` each; `allowed` tells which query may look at which step.

        It broadcasts over `(batch, heads, time, steps)`.
        """
        projected = (self.query(query), self.key(key), self.value(value))
        q, k, v = (one.unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in projected)
        bias = None
        if allowed is not None:
            # A boolean mask would give zeros to a query that may look at nothing, Keras the mean.
            bias = torch.zeros_like(allowed, dtype=q.dtype).masked_fill(~allowed, -2e38)
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, is_causal=causal)
        return self.output(attended.transpose(1, 2).flatten(2))


class ScoredAttention(nn.Module):
    """Attention of several heads that drops and returns how much a query looks at each step."""

    def __init__(
        self,
        heads: int,
        sizes: tuple[int, int],
        features: tuple[int, int, int],
        outputs: int,
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads = heads
        key_size, value_size = sizes
        self.query = nn.Linear(features[0], heads * key_size, bias=bias)
        self.key = nn.Linear(features[1], heads * key_size, bias=bias)
        self.value = nn.Linear(features[2], heads * value_size, bias=bias)
        self.output = nn.Linear(heads * value_size, outputs, bias=bias)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        allowed: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take `(batch, time, features)` each; `allowed` tells which query may look at which step.

        It broadcasts over `(batch, heads, time, steps)`. Returns the output, and the scores of that
        shape.
        """
        projected = (self.query(query), self.key(key), self.value(value))
        q, k, v = (one.unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in projected)
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        if allowed is not None:
            scores = scores.masked_fill(~allowed, -1e9)
        scores = torch.softmax(scores, dim=-1)
        if allowed is not None:
            scores = scores.masked_fill(~allowed, 0)
        attended = self.dropout(scores) @ v
        return self.output(attended.transpose(1, 2).flatten(2)), scores
