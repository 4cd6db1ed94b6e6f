"""Random numbers by torch operations alone: on other devices than the CPU, and in compiled code.

Words, uniform numbers and integers have the same bits as on the CPU. Logarithms, sines and cosines
are torch's, in float64 and rounded, so that normal numbers differ from the CPU's in the last bit
here and there.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from kerasish.random.philox import Stream, blocks

_MANTISSA_BITS = {torch.float16: 10, torch.bfloat16: 7, torch.float32: 23}
_LEAST_UNIFORM = 1e-7
_TRUNCATION = 2.0
_BLOCKS_RESERVED = 64
# Blocks drawn for each group of truncated normal numbers. The chance that they hold too few
# numbers in range is 10^-17 at the most.
_BLOCKS_PER_GROUP = 8


def random_words(source: Stream, count: int, device: Any) -> torch.Tensor:
    """Return the first blocks of a stream, int32 of shape `(count, 4)` with unsigned bits."""
    return _words(source, torch.arange(count, device=device)).to(torch.int32)


def uniform(
    source: Stream, count: int, dtype: torch.dtype, scale: Any, offset: Any, device: Any
) -> torch.Tensor:
    """Return `scale * u + offset` for numbers u uniform in [0, 1), of shape `(count,)`."""
    positions = torch.arange(_block_count(count, dtype), device=device)
    values = _unit_floats(_words(source, positions), dtype)
    return (values * scale + offset).view(-1)[:count]


def normal(
    source: Stream, count: int, dtype: torch.dtype, scale: Any, offset: Any, device: Any
) -> torch.Tensor:
    """Return normal numbers of a standard deviation and mean, of shape `(count,)`."""
    positions = torch.arange(_block_count(count, dtype), device=device)
    values = _box_muller(_words(source, positions), dtype).to(dtype)
    return (values * scale + offset).view(-1)[:count]


def truncated_normal(
    source: Stream, count: int, dtype: torch.dtype, scale: Any, offset: Any, device: Any
) -> torch.Tensor:
    """Return `scale * n + offset` for normal numbers n between -2 and 2, of shape `(count,)`."""
    group = 2 if dtype == torch.float64 else 4
    starts = torch.arange(_block_count(count, dtype), device=device) * (group * _BLOCKS_RESERVED)
    positions = starts[:, None] + torch.arange(_BLOCKS_PER_GROUP, device=device)
    candidates = _box_muller(_words(source, positions), dtype).flatten(1)
    outside = (candidates.abs() >= _TRUNCATION).to(torch.uint8)
    # A stable sort brings the numbers in range to the front and keeps their order.
    order = torch.sort(outside, dim=1, stable=True).indices[:, :group]
    values = candidates.gather(1, order).to(dtype)
    return (values * scale + offset).view(-1)[:count]


def _block_count(count: int, dtype: torch.dtype) -> int:
    return -(-count // (2 if dtype == torch.float64 else 4))


def _words(source: Stream, positions: torch.Tensor) -> torch.Tensor:
    """Return the blocks at some positions, int64 of the positions' shape and `(4,)`."""
    return torch.stack(blocks(source, positions), dim=-1) & 0xFFFFFFFF


def _unit_floats(words: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Turn words `(..., 4)` into numbers in [0, 1), `(..., 4)`, or `(..., 2)` of float64."""
    if dtype == torch.float64:
        return ((words[..., 0::2] & 0xFFFFF) << 32 | words[..., 1::2]).double() * 2.0**-52
    bits = _MANTISSA_BITS[dtype]
    return (words & ((1 << bits) - 1)).to(dtype) * 2.0**-bits


def _box_muller(words: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Turn words `(..., 4)` into standard normal numbers, `(..., 4)`, or `(..., 2)` of float64."""
    # TensorFlow computes float16 and bfloat16 in float32.
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    pairs = _unit_floats(words, wide).double().unflatten(-1, (-1, 2))
    least = torch.tensor(_LEAST_UNIFORM, dtype=wide, device=words.device).double()
    logarithm = torch.log(torch.maximum(pairs[..., 0], least)).to(wide)
    radius = torch.sqrt(-2.0 * logarithm)
    angle = (pairs[..., 1] * (2.0 * math.pi)).to(wide).double()
    sine, cosine = torch.sin(angle).to(wide), torch.cos(angle).to(wide)
    return torch.stack([sine * radius, cosine * radius], dim=-1).flatten(-2)
