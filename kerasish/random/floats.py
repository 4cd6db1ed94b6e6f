"""Random words turned into floats, as TensorFlow's CPU kernels do it.

Source of the transformation to normal numbers: Box and Muller, "A note on the generation of
random normal deviates", Annals of Mathematical Statistics 29(2), 1958.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from kerasish.random.philox import Stream, blocks, write_blocks

# Bits of the mantissa, and the bits of 1.0: a random mantissa under them is uniform in [1, 2).
_FORMATS: dict[torch.dtype, tuple[torch.dtype, int, int]] = {
    torch.float16: (torch.int16, 0x3FF, 0x3C00),
    torch.bfloat16: (torch.int16, 0x7F, 0x3F80),
    torch.float32: (torch.int32, 0x7FFFFF, 0x3F800000),
}
# Below this, the logarithm in the Box-Muller transformation would grow without bound.
_LEAST_UNIFORM = 1e-7
_TRUNCATION = 2.0
# Blocks of the stream set apart for each group of truncated normal numbers, per number of it.
_BLOCKS_RESERVED = 64
# Blocks turned into floats at once, which bounds the memory for temporaries.
_CHUNK = 1 << 16


def uniform_values(source: Stream, count: int, dtype: torch.dtype, device: Any) -> torch.Tensor:
    """Return numbers uniform in [0, 1), of shape `(count,)`."""
    per_block = values_per_block(dtype)
    out = torch.empty(-(-count // per_block) * per_block, dtype=dtype, device=device)
    for first, part in _parts(out, per_block):
        words = blocks(source, part.numel() // per_block, first=first, device=device)
        part.copy_(_uniform(words, dtype).view(-1))
    return out[:count]


def normal_values(source: Stream, count: int, dtype: torch.dtype, device: Any) -> torch.Tensor:
    """Return numbers of mean 0 and standard deviation 1, of shape `(count,)`."""
    per_block = values_per_block(dtype)
    out = torch.empty(-(-count // per_block) * per_block, dtype=dtype, device=device)
    for first, part in _parts(out, per_block):
        words = blocks(source, part.numel() // per_block, first=first, device=device)
        part.copy_(_box_muller(words, dtype).view(-1))
    return out[:count]


def truncated_normal_values(
    source: Stream, count: int, dtype: torch.dtype, device: Any
) -> torch.Tensor:
    """Return standard normal numbers between -2 and 2, of shape `(count,)`.

    Each group of four numbers (two of float64) has a part of the stream of its own, and takes the
    first ones from it that are in the range.
    """
    group = values_per_block(dtype)
    out = torch.empty(-(-count // group) * group, dtype=dtype, device=device)
    for first, part in _parts(out, group):
        part.copy_(_truncated_groups(source, first, part.numel() // group, dtype, device).view(-1))
    return out[:count]


def values_per_block(dtype: torch.dtype) -> int:
    """Return how many floats TensorFlow makes of one block: two of float64, otherwise four."""
    return 2 if dtype == torch.float64 else 4


def _parts(out: torch.Tensor, per_block: int) -> Any:
    """Yield the position of a first block and the part of the output from there."""
    size = _CHUNK * per_block
    for start in range(0, out.numel(), size):
        yield start // per_block, out[start : start + size]


def _uniform(words: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Turn words, `(count, 4)`, into floats in [0, 1), `(count, 4)` or `(count, 2)`."""
    if dtype == torch.float64:
        # 52 bits: 20 of a pair's first word above 32 of its second.
        wide = words.to(torch.int64)
        mantissa = (wide[:, 0::2] & 0xFFFFF) << 32 | (wide[:, 1::2] & 0xFFFFFFFF)
        return (mantissa | 0x3FF0000000000000).view(torch.float64) - 1.0
    integer, mask, one = _FORMATS[dtype]
    return (words & mask | one).to(integer).view(dtype) - 1.0


def _box_muller(words: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Turn words, `(count, 4)`, into normal numbers, `(count, 4)` or `(count, 2)`."""
    # TensorFlow computes float16 and bfloat16 in float32.
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    pairs = _uniform(words, wide).view(-1, 2)
    radius = torch.sqrt(-2.0 * torch.log(pairs[:, 0].clamp(min=_LEAST_UNIFORM)))
    angle = (pairs[:, 1].double() * (2.0 * math.pi)).to(wide)
    normal = torch.empty_like(pairs)
    torch.mul(torch.sin(angle), radius, out=normal[:, 0])
    torch.mul(torch.cos(angle), radius, out=normal[:, 1])
    return normal.view(len(words), -1).to(dtype)


def _truncated_groups(
    source: Stream, first: int, count: int, dtype: torch.dtype, device: Any
) -> torch.Tensor:
    """Return `count` groups of truncated normal numbers, `(count, group)`."""
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    group = values_per_block(dtype)
    stride = group * _BLOCKS_RESERVED
    words = blocks(source, count, first=first * stride, stride=stride, device=device)
    values = _box_muller(words, wide)
    incomplete = (values.abs() >= _TRUNCATION).any(1).nonzero()[:, 0]
    if incomplete.numel():
        positions = (incomplete + first) * stride
        values[incomplete] = _first_in_range(source, positions, values[incomplete])
    return values.to(dtype)


def _first_in_range(
    source: Stream, positions: torch.Tensor, candidates: torch.Tensor
) -> torch.Tensor:
    """Return the first numbers in range of each group, drawing more blocks until all are found.

    Args:
        source: Key and counter.
        positions: Where each group's part of the stream starts, `(groups,)`.
        candidates: The numbers from its first block, `(groups, group)`.
    """
    group = candidates.shape[1]
    in_range = candidates.abs() < _TRUNCATION
    while bool((in_range.sum(1) < group).any()):
        words = torch.empty((len(positions), 4), dtype=torch.int32, device=positions.device)
        write_blocks(source, positions + candidates.shape[1] // group, words)
        candidates = torch.cat([candidates, _box_muller(words, candidates.dtype)], dim=1)
        in_range = candidates.abs() < _TRUNCATION
    # A stable sort brings the numbers in range to the front and keeps their order.
    order = torch.sort(in_range.to(torch.uint8), dim=1, descending=True, stable=True).indices
    return candidates.gather(1, order[:, :group])
