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
from kerasish.random.philox import Stream, blocks

# Bits of the mantissa of a float, of which each has an equal chance.
_MANTISSA_BITS = {torch.float16: 10, torch.bfloat16: 7, torch.float32: 23}
# Below this, the logarithm in the Box-Muller transformation would grow without bound.
_LEAST_UNIFORM = 1e-7
_TRUNCATION = 2.0
# Blocks of the stream set apart for each group of truncated normal numbers, per number of it.
_BLOCKS_RESERVED = 64

# Makes numbers `(blocks, 2 or 4)` of the words of some blocks.
Values = Callable[[Stream, int, int], np.ndarray]


def random_words(source: Stream, count: int) -> torch.Tensor:
    """Return the first blocks of a stream, int32 of shape `(count, 4)` with unsigned bits."""
    out = torch.empty((count, 4), dtype=torch.int32, device="cpu")
    array = out.numpy()

    def work(first: int, last: int) -> None:
        for index, word in enumerate(_words(source, first, last)):
            array[first:last, index] = word

    run_in_parts(count, work)
    return out


def uniform(
    source: Stream, count: int, dtype: torch.dtype, scale: float, offset: float
) -> torch.Tensor:
    """Return `scale * u + offset` for numbers u uniform in [0, 1), of shape `(count,)`."""

    def values(source: Stream, first: int, last: int) -> np.ndarray:
        words = _words(source, first, last)
        if dtype == torch.float64:
            return np.stack([_wide_uniform(*words[:2]), _wide_uniform(*words[2:])], axis=1)
        bits = _MANTISSA_BITS[dtype]
        mantissas = np.empty((last - first, 4), dtype=np.int32)
        for index, word in enumerate(words):
            mantissas[:, index] = word
        mantissas &= (1 << bits) - 1
        return mantissas * np.float32(2.0**-bits)

    return _fill(values, source, count, dtype, scale, offset)


def normal(
    source: Stream, count: int, dtype: torch.dtype, scale: float, offset: float
) -> torch.Tensor:
    """Return normal numbers of a standard deviation and mean, of shape `(count,)`."""
    wide = dtype == torch.float64

    def values(source: Stream, first: int, last: int) -> np.ndarray:
        return _box_muller(_words(source, first, last), wide)

    return _fill(values, source, count, dtype, scale, offset)


def truncated_normal(
    source: Stream, count: int, dtype: torch.dtype, scale: float, offset: float
) -> torch.Tensor:
    """Return `scale * n + offset` for normal numbers n between -2 and 2, of shape `(count,)`.

    Each group of four numbers (two of float64) has a part of the stream of its own, and takes the
    first ones from it that are in the range.
    """
    wide = dtype == torch.float64
    stride = (2 if wide else 4) * _BLOCKS_RESERVED

    def values(source: Stream, first: int, last: int) -> np.ndarray:
        positions = np.arange(first * stride, last * stride, stride, dtype=np.int64)
        numbers = _box_muller(blocks(source, positions), wide)
        incomplete = np.flatnonzero((np.abs(numbers) >= _TRUNCATION).any(axis=1))
        if incomplete.size:
            numbers[incomplete] = _first_in_range(
                source, positions[incomplete], numbers[incomplete], wide
            )
        return numbers

    return _fill(values, source, count, dtype, scale, offset)


def _first_in_range(
    source: Stream, positions: np.ndarray, candidates: np.ndarray, wide: bool
) -> np.ndarray:
    """Return the first numbers in range of each group, drawing more blocks until all are found.

    Args:
        source: Key and counter.
        positions: Where each group's part of the stream starts, `(groups,)`.
        candidates: The numbers of its first block, `(groups, 2 or 4)`.
        wide: Whether they are of float64.
    """
    group = candidates.shape[1]
    in_range = np.abs(candidates) < _TRUNCATION
    while (in_range.sum(axis=1) < group).any():
        more = _box_muller(blocks(source, positions + candidates.shape[1] // group), wide)
        candidates = np.concatenate([candidates, more], axis=1)
        in_range = np.abs(candidates) < _TRUNCATION
    # A stable sort brings the numbers in range to the front and keeps their order.
    order = np.argsort(~in_range, axis=1, kind="stable")[:, :group]
    return np.take_along_axis(candidates, order, axis=1)


def _fill(
    values: Values, source: Stream, count: int, dtype: torch.dtype, scale: float, offset: float
) -> torch.Tensor:
    """Return `scale * values + offset`, computed in the dtype, of shape `(count,)`."""
    per_block = 2 if dtype == torch.float64 else 4
    block_count = -(-count // per_block)
    out = torch.empty((block_count, per_block), dtype=dtype, device="cpu")
    if dtype in (torch.float32, torch.float64):
        array = out.numpy()

        def work(first: int, last: int) -> None:
            part = array[first:last]
            np.multiply(values(source, first, last), scale, out=part)
            part += offset
    else:
        # NumPy has no bfloat16.
        def work(first: int, last: int) -> None:
            part = torch.from_numpy(values(source, first, last)).to(dtype)
            out[first:last] = part.mul_(scale).add_(offset)

    run_in_parts(block_count, work)
    return out.view(-1)[:count]


def _words(source: Stream, first: int, last: int) -> tuple[Any, ...]:
    positions = np.arange(first, last, dtype=np.int64)
    return blocks(source, positions, short=last <= 1 << 32)


def _wide_uniform(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return float64 numbers of 52 bits in [0, 1): 20 of one word above 32 of the other."""
    mantissa = upper & 0xFFFFF
    mantissa <<= 32
    mantissa |= lower & 0xFFFFFFFF
    return mantissa * 2.0**-52


def _box_muller(words: tuple[Any, ...], wide: bool) -> np.ndarray:
    """Turn the words of blocks into standard normal numbers.

    Args:
        words: Four int64 arrays `(blocks,)`.
        wide: Whether to make float64 `(blocks, 2)`, otherwise float32 `(blocks, 4)`.
    """
    if wide:
        radius = np.sqrt(-2.0 * np.log(np.maximum(_wide_uniform(*words[:2]), _LEAST_UNIFORM)))
        angle = _wide_uniform(*words[2:]) * (2.0 * math.pi)
        return np.stack([np.sin(angle) * radius, np.cos(angle) * radius], axis=1)
    numbers = np.empty((len(words[0]), 4), dtype=np.float32)
    for column in (0, 2):
        uniform = (words[column] & 0x7FFFFF) * 2.0**-23
        radius = libm.log(np.maximum(uniform, float(np.float32(_LEAST_UNIFORM)), out=uniform))
        radius *= np.float32(-2.0)
        np.sqrt(radius, out=radius)
        angle = (words[column + 1] & 0x7FFFFF) * (2.0 * math.pi * 2.0**-23)
        # TensorFlow rounds the angle to float32.
        sine, cosine = libm.sine_and_cosine(angle.astype(np.float32).astype(np.float64))
        np.multiply(sine, radius, out=numbers[:, column])
        np.multiply(cosine, radius, out=numbers[:, column + 1])
    return numbers
