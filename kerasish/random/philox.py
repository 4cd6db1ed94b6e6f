"""The counter-based generator Philox 4x32-10, as TensorFlow's stateless random operations use it.

Every block of four 32-bit words is a function of a key and a counter alone, so that any part of a
sequence can be computed on its own, on any device, with the same result.

Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

_MASK = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_INCREMENTS = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
# The key under which TensorFlow scrambles a seed pair, so that near seeds give far streams.
_SCRAMBLE_KEY = (0x3EC8F720, 0x02461E29)
# Blocks computed at once: the temporaries stay in the processor's cache.
_CHUNK = 1 << 15


class Stream(NamedTuple):
    """One sequence of random blocks.

    Attributes:
        key: The two words of the key.
        counter: The upper two words of the counter. The lower two count blocks from 0.
    """

    key: tuple[int, int]
    counter: tuple[int, int]


def stream(seed: tuple[int, int]) -> Stream:
    """Return the stream that TensorFlow derives from a pair of seeds.

    Args:
        seed: Two integers, taken modulo 2^64.
    """
    low, high = seed
    words = (low & _MASK, low >> 32 & _MASK, high & _MASK, high >> 32 & _MASK)
    key_0, key_1, counter_2, counter_3 = _rounds(words, _SCRAMBLE_KEY)
    return Stream((key_0, key_1), (counter_2, counter_3))


def blocks(
    source: Stream,
    count: int,
    *,
    first: int = 0,
    stride: int = 1,
    device: torch.device | str | None = None,
) -> torch.Tensor:
    """Return blocks of random words.

    Args:
        source: Key and counter.
        count: Number of blocks.
        first: Position of the first block in the stream.
        stride: Distance between the positions of two blocks.
        device: Where the words are computed.

    Returns:
        Tensor of shape `(count, 4)` and dtype int32, whose bits are those of the unsigned words.
    """
    words = torch.empty((count, 4), dtype=torch.int32, device=device)
    for start in range(0, count, _CHUNK):
        end = min(start + _CHUNK, count)
        positions = torch.arange(start, end, dtype=torch.int64, device=device)
        positions.mul_(stride).add_(first)
        has_high_word = first + stride * end > _MASK
        write_blocks(source, positions, words[start:end], has_high_word=has_high_word)
    return words


def write_blocks(
    source: Stream, positions: torch.Tensor, out: torch.Tensor, *, has_high_word: bool = True
) -> None:
    """Compute the blocks at given positions of a stream.

    Args:
        source: Key and counter.
        positions: Positions in the stream, int64 of shape `(count,)`.
        out: Where the words go, int32 of shape `(count, 4)`.
        has_high_word: Whether a position can be 2^32 or more.
    """
    counter = (
        positions & _MASK if has_high_word else positions,
        (positions >> 32) & _MASK if has_high_word else 0,
        *source.counter,
    )
    for index, word in enumerate(_rounds(counter, source.key)):
        out[:, index] = word


def _rounds(counter: tuple[Any, ...], key: tuple[int, int]) -> tuple[Any, ...]:
    """Apply all rounds to a counter whose words are ints or int64 tensors.

    The upper halves of words 1 and 3 of a tensor are undefined in the result: what is read from
    them is cut to 32 bits.
    """
    word_0, word_1, word_2, word_3 = counter
    key_0, key_1 = key
    for _ in range(_ROUNDS):
        product_0 = word_0 * _MULTIPLIERS[0]
        product_1 = word_2 * _MULTIPLIERS[1]
        word_0 = _mix(product_1, word_1, key_0)
        word_2 = _mix(product_0, word_3, key_1)
        word_1 = product_1 & _MASK if isinstance(product_1, int) else product_1
        word_3 = product_0 & _MASK if isinstance(product_0, int) else product_0
        key_0 = (key_0 + _KEY_INCREMENTS[0]) & _MASK
        key_1 = (key_1 + _KEY_INCREMENTS[1]) & _MASK
    return word_0, word_1, word_2, word_3


def _mix(product: Any, word: Any, key: int) -> Any:
    """Return `(product >> 32) ^ word ^ key`, 32 bits of it."""
    if isinstance(word, int):
        key ^= word
    if isinstance(product, int):
        mixed = (product >> 32) ^ key
        return mixed if isinstance(word, int) else (word ^ mixed).bitwise_and_(_MASK)
    mixed = product >> 32
    if not isinstance(word, int):
        mixed.bitwise_xor_(word)
    return mixed.bitwise_xor_(key).bitwise_and_(_MASK)
