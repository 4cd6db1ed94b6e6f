"""Random words turned into integers, as TensorFlow's CPU kernels do it."""

from __future__ import annotations

import torch

from kerasish.random import native
from kerasish.random.draw import Device, Seed, has_no_values, random_words
from kerasish.random.philox import stream
from kerasish.random.seed_generator import draw_seed


def random_integers(
    count: int, minval: int, maxval: int, dtype: torch.dtype, seed: Seed, device: Device
) -> torch.Tensor:
    """Return integers in `[minval, maxval)`, of shape `(count,)`.

    Args:
        count: How many.
        minval: Lower bound, included.
        maxval: Upper bound, not included.
        dtype: int32, one of each word, or int64, one of each pair of words.
        seed: See `draw_seed`.
        device: Where the result is; None for the CPU.
    """
    where = torch.device(device or "cpu")
    if has_no_values(where):
        return torch.empty(count, dtype=dtype, device=where)
    if native.is_chosen(seed):
        return torch.randint(minval, maxval, (count,), dtype=dtype, device=where)
    span = maxval - minval
    source = stream(draw_seed(seed))
    if dtype == torch.int32:
        words = random_words(source, -(-count // 4), where).view(-1)[:count]
        remainders = (words.to(torch.int64) & 0xFFFFFFFF).remainder_(span)
        return remainders.add_(minval).to(torch.int32)
    # The low word comes first in a pair, on machines with the low byte first.
    words = random_words(source, -(-count // 2), where).view(torch.int64).view(-1)[:count]
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
