"""Random numbers on the CPU, bit for bit those of TensorFlow's kernels.

Source of the transformation to normal numbers: Box and Muller, "A note on the generation of
random normal deviates", Annals of Mathematical Statistics 29(2), 1958.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from kerasish.random import libm
from kerasish.random.parts import run_in_parts
from kerasish.random.philox import Stream, blocks, blocks_in_place
from kerasish.random.workspace import Workspace

# Bits of the mantissa of a float, of which each has an equal chance.
_MANTISSA_BITS = {torch.float16: 10, torch.bfloat16: 7, torch.float32: 23}
# Below this, the logarithm in the Box-Muller transformation would grow without bound.
_LEAST_UNIFORM = 1e-7
_TRUNCATION = 2.0
# Blocks of the stream set apart for each group of truncated normal numbers, per number of it.
_BLOCKS_RESERVED = 64

# Writes the numbers of some blocks into an array `(blocks, 2)` of float64 or `(blocks, 4)` of
# float32: `values(first, last, out, space)`.
Values = Callable[[int, int, np.ndarray, Workspace], None]


def random_words(source: Stream, count: int) -> torch.Tensor:
    """Return the first blocks of a stream, int32 of shape `(count, 4)` with unsigned bits."""
    out = torch.empty((count, 4), dtype=torch.int32, device="cpu")
    array = out.numpy()

    def work(first: int, last: int, space: Workspace) -> None:
        for index, word in enumerate(_words(source, first, last, space)):
            array[first:last, index] = word

    run_in_parts(count, work)
    return out


def uniform(
    source: Stream, count: int, dtype: torch.dtype, scale: float, offset: float
) -> torch.Tensor:
    """Return `scale * u + offset` for numbers u uniform in [0, 1), of shape `(count,)`."""

    def wide_values(first: int, last: int, out: np.ndarray, space: Workspace) -> None:
        words = _words(source, first, last, space)
        out[:, 0] = wide_uniform(*words[:2])
        out[:, 1] = wide_uniform(*words[2:])

    def values(first: int, last: int, out: np.ndarray, space: Workspace) -> None:
        mantissas = out.view(np.int32)
        for index, word in enumerate(_words(source, first, last, space)):
            mantissas[:, index] = word
        bits = _MANTISSA_BITS[dtype]
        mantissas &= (1 << bits) - 1
        if bits < 23:
            mantissas <<= 23 - bits
        # The bits of a number in [1, 2).
        mantissas |= 0x3F800000
        out -= 1.0

    wide = dtype == torch.float64
    return _fill(wide_values if wide else values, count, dtype, scale, offset)


def mask(source: Stream, count: int, dtype: torch.dtype, least: float) -> torch.Tensor:
    """Return whether numbers uniform in [0, 1) are `least` or more, bool of shape `(count,)`.

    Args:
        source: Key and counter.
        count: How many.
        dtype: That of the numbers, float32 or less.
        least: Between 0 and 1, a number of the dtype.
    """
    # A number is its mantissa times a power of two, so that the integers compare as it does.
    bits = _MANTISSA_BITS[dtype]
    threshold = math.ceil(math.ldexp(least, bits))
    block_count = -(-count // 4)
    out = torch.empty((block_count, 4), dtype=torch.bool, device="cpu")
    array = out.numpy()

    def work(first: int, last: int, space: Workspace) -> None:
        for index, word in enumerate(_words(source, first, last, space)):
            word &= (1 << bits) - 1
            np.greater_equal(word, threshold, out=array[first:last, index])

    run_in_parts(block_count, work)
    return out.view(-1)[:count]


def normal(
    source: Stream, count: int, dtype: torch.dtype, scale: float, offset: float
) -> torch.Tensor:
    """Return normal numbers of a standard deviation and mean, of shape `(count,)`."""

    def values(first: int, last: int, out: np.ndarray, space: Workspace) -> None:
        box_muller(_words(source, first, last, space), out, space)

    return _fill(values, count, dtype, scale, offset)


def truncated_normal(
    source: Stream, count: int, dtype: torch.dtype, scale: float, offset: float
) -> torch.Tensor:
    """Return `scale * n + offset` for normal numbers n between -2 and 2, of shape `(count,)`.

    Each group of four numbers (two of float64) has a part of the stream of its own, and takes the
    first ones from it that are in the range.
    """
    group = 2 if dtype == torch.float64 else 4
    stride = group * _BLOCKS_RESERVED

    def values(first: int, last: int, out: np.ndarray, space: Workspace) -> None:
        positions = space.array("positions", last - first, np.int64)
        positions[:] = np.arange(first, last)
        positions *= stride
        short = last * stride <= 1 << 32
        box_muller(blocks_in_place(source, positions, space, short=short), out, space)
        size = space.array("size", out.size, out.dtype).reshape(out.shape)
        outside = np.greater_equal(np.abs(out, out=size), _TRUNCATION)
        # All flags of a group in one number.
        incomplete = np.flatnonzero(outside.view(f"u{group}"))
        if incomplete.size:
            out[incomplete] = _first_in_range(
                source, (first + incomplete) * stride, out[incomplete]
            )

    return _fill(values, count, dtype, scale, offset)


def _first_in_range(source: Stream, positions: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return the first numbers in range of each group, drawing more blocks until all are found.

    Args:
        source: Key and counter.
        positions: Where each group's part of the stream starts, `(groups,)`.
        candidates: The numbers of its first block, `(groups, 2)` of float64 or `(groups, 4)`.
    """
    group = candidates.shape[1]
    in_range = np.abs(candidates) < _TRUNCATION
    while (in_range.sum(axis=1) < group).any():
        more = np.empty((len(positions), group), dtype=candidates.dtype)
        box_muller(blocks(source, positions + candidates.shape[1] // group), more, Workspace())
        candidates = np.concatenate([candidates, more], axis=1)
        in_range = np.abs(candidates) < _TRUNCATION
    in_range &= np.cumsum(in_range, axis=1, dtype=np.int16) <= group
    return candidates[in_range].reshape(-1, group)


def _fill(
    values: Values, count: int, dtype: torch.dtype, scale: float, offset: float
) -> torch.Tensor:
    """Return `scale * values + offset`, computed in the dtype, of shape `(count,)`."""
    per_block = 2 if dtype == torch.float64 else 4
    block_count = -(-count // per_block)
    out = torch.empty((block_count, per_block), dtype=dtype, device="cpu")
    if dtype in (torch.float32, torch.float64):
        array = out.numpy()

        def work(first: int, last: int, space: Workspace) -> None:
            part = array[first:last]
            values(first, last, part, space)
            part *= scale
            part += offset
    else:
        # NumPy has no bfloat16.
        def work(first: int, last: int, space: Workspace) -> None:
            part = space.array("narrow", (last - first) * per_block, np.float32)
            part = part.reshape(-1, per_block)
            values(first, last, part, space)
            out[first:last] = torch.from_numpy(part).to(dtype).mul_(scale).add_(offset)

    run_in_parts(block_count, work)
    return out.view(-1)[:count]


def _words(source: Stream, first: int, last: int, space: Workspace) -> tuple[Any, ...]:
    positions = space.array("positions", last - first, np.int64)
    positions[:] = np.arange(first, last)
    return blocks_in_place(source, positions, space, short=last <= 1 << 32)


def wide_uniform(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return float64 numbers of 52 bits in [0, 1): 20 of one word above 32 of the other."""
    mantissa = upper & 0xFFFFF
    mantissa <<= 32
    mantissa |= lower & 0xFFFFFFFF
    return mantissa * 2.0**-52


def box_muller(words: tuple[Any, ...], out: np.ndarray, space: Workspace) -> None:
    """Turn the words of blocks into standard normal numbers.

    Args:
        words: Four int64 arrays `(blocks,)`, overwritten.
        out: Written to: `(blocks, 2)` of float64 or `(blocks, 4)` of float32.
        space: For intermediate results.
    """
    if out.dtype == np.float64:
        radius = np.sqrt(-2.0 * np.log(np.maximum(wide_uniform(*words[:2]), _LEAST_UNIFORM)))
        angle = wide_uniform(*words[2:]) * (2.0 * math.pi)
        out[:, 0] = np.sin(angle) * radius
        out[:, 1] = np.cos(angle) * radius
        return
    length = len(out)
    wide = space.array("wide", length, np.float64)
    narrow = space.array("narrow angle", length, np.float32)
    for word in words:
        word &= 0x7FFFFF
    for column in (0, 2):
        np.multiply(words[column], 2.0**-23, out=wide)
        np.maximum(wide, float(np.float32(_LEAST_UNIFORM)), out=wide)
        radius = libm.log(wide, space)
        radius *= np.float32(-2.0)
        np.sqrt(radius, out=radius)
        # TensorFlow rounds the angle to float32.
        np.multiply(words[column + 1], 2.0 * math.pi * 2.0**-23, out=narrow, casting="same_kind")
        np.copyto(wide, narrow)
        sine, cosine = libm.sine_and_cosine(wide, space)
        np.multiply(sine, radius, out=out[:, column])
        np.multiply(cosine, radius, out=out[:, column + 1])
