"""Random words turned into integers, as TensorFlow's CPU kernels do it."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.random.philox import Stream, blocks


def integer_values(
    source: Stream, count: int, minval: int, maxval: int, dtype: torch.dtype, device: Any
) -> torch.Tensor:
    """Return integers in `[minval, maxval)`, of shape `(count,)`.

    Args:
        source: Key and counter.
        count: How many.
        minval: Lower bound, included.
        maxval: Upper bound, not included.
        dtype: int32, one of each word, or int64, one of each pair of words.
        device: Where they are computed.
    """
    span = maxval - minval
    if dtype == torch.int32:
        words = blocks(source, -(-count // 4), device=device).view(-1)[:count]
        remainders = (words.to(torch.int64) & 0xFFFFFFFF).remainder_(span)
        return remainders.add_(minval).to(torch.int32)
    # The low word comes first in a pair, on machines with the low byte first.
    words = blocks(source, -(-count // 2), device=device).view(torch.int64).view(-1)[:count]
    if span >= 2**63:
        # At most one subtraction is left of an unsigned division; int64 wraps around as it should.
        signed_span = span - 2**64
        reached = (words < 0) & (words >= signed_span)
        return torch.where(reached, words - signed_span, words) + minval
    # words = 2 * half + last bit as unsigned numbers, and the remainder follows from that of half.
    half = (words >> 1) & (2**63 - 1)
    remainders = half.remainder(span)
    return _double_modulo(remainders, words & 1, span) + minval


def _double_modulo(remainder: torch.Tensor, bit: torch.Tensor, span: int) -> torch.Tensor:
    """Return `(2 * remainder + bit) % span` for `remainder < span < 2^63`, without overflow."""
    doubled = torch.where(
        remainder >= span - remainder, remainder - (span - remainder), remainder * 2
    )
    added = doubled + bit
    return torch.where(added == span, 0, added)
