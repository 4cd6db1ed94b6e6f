"""The counter-based generator Philox 4x32-10, as TensorFlow's stateless random operations use it.

Every block of four 32-bit words is a function of a key and a counter alone, so that any part of a
sequence can be computed on its own, on any device, with the same result.

Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasish.random.workspace import Workspace

_MASK = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_INCREMENTS = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
# The key under which TensorFlow scrambles a seed pair, so that near seeds give far streams.
_SCRAMBLE_KEY = (0x3EC8F720, 0x02461E29)


class Stream(NamedTuple):
    """One sequence of random blocks. Words are ints, or int64 tensors in compiled code.

    Attributes:
        key: The two words of the key.
        counter: The upper two words of the counter. The lower two count blocks from 0.
    """

    key: tuple[Any, Any]
    counter: tuple[Any, Any]


def stream(seed: tuple[Any, Any]) -> Stream:
    """Return the stream that TensorFlow derives from a pair of seeds.

    Args:
        seed: Two integers of 64 bits, or int64 tensors.
    """
    low, high = seed
    words = (low & _MASK, (low >> 32) & _MASK, high & _MASK, (high >> 32) & _MASK)
    key_0, key_1, counter_2, counter_3 = _rounds(words, _SCRAMBLE_KEY)
    return Stream((key_0, key_1 & _MASK), (counter_2, counter_3 & _MASK))


def blocks(source: Stream, positions: Any, *, short: bool = False) -> tuple[Any, Any, Any, Any]:
    """Return the four words of the blocks at some positions of a stream.

    Args:
        source: Key and counter.
        positions: Positions, not negative: an int64 array of NumPy or tensor of torch.
        short: Whether all positions are less than 2^32, which saves a little.

    Returns:
        Arrays of the kind and shape of the positions. The lower 32 bits of each number are the
        word; the upper ones are undefined.
    """
    low = positions if short else positions & _MASK
    high = 0 if short else positions >> 32
    return _rounds((low, high, *source.counter), source.key)


def blocks_in_place(
    source: Stream, positions: np.ndarray, space: Workspace, *, short: bool = False
) -> tuple[Any, Any, Any, Any]:
    """Return what `blocks` does, in the memory of the positions and of a workspace.

    Args:
        source: Key and counter.
        positions: Positions, an int64 array, overwritten.
        space: Gives the arrays `"word 0"` to `"word 3"`.
        short: Whether all positions are less than 2^32.
    """
    length = len(positions)
    free = [space.array(f"word {index}", length, np.int64) for index in range(4)]
    shifted = free.pop()
    word_0: Any = positions
    word_1: Any = 0
    if not short:
        word_1 = np.right_shift(positions, 32, out=free.pop())
        word_0 &= _MASK
    word_2, word_3 = source.counter
    key_0, key_1 = source.key

    def mix(product: Any, word: Any, key: int) -> Any:
        if isinstance(product, int):
            return _mix(product, word, key)
        np.right_shift(product, 32, out=shifted)
        if isinstance(word, int):
            mixed = np.bitwise_xor(shifted, word ^ key, out=free.pop())
        else:
            word ^= shifted
            word ^= key
            mixed = word
        mixed &= _MASK
        return mixed

    for _ in range(_ROUNDS):
        # In place where it is an array, as a word is not needed beside its product.
        word_0 *= _MULTIPLIERS[0]
        word_2 *= _MULTIPLIERS[1]
        word_0, word_1, word_2, word_3 = (
            mix(word_2, word_1, key_0),
            word_2 & _MASK if isinstance(word_2, int) else word_2,
            mix(word_0, word_3, key_1),
            word_0 & _MASK if isinstance(word_0, int) else word_0,
        )
        key_0 = (key_0 + _KEY_INCREMENTS[0]) & _MASK
        key_1 = (key_1 + _KEY_INCREMENTS[1]) & _MASK
    return word_0, word_1, word_2, word_3


def _rounds(counter: tuple[Any, ...], key: tuple[Any, Any]) -> tuple[Any, Any, Any, Any]:
    """Apply all rounds to a counter whose words are ints, NumPy arrays or torch tensors, mixed.

    Products of two words wrap around in int64, which changes no bit: the shift of a negative
    product fills in ones on the left, and they are masked.
    """
    word_0, word_1, word_2, word_3 = counter
    key_0, key_1 = key
    for _ in range(_ROUNDS):
        product_0 = word_0 * _MULTIPLIERS[0]
        product_1 = word_2 * _MULTIPLIERS[1]
        word_0 = _mix(product_1, word_1, key_0)
        word_2 = _mix(product_0, word_3, key_1)
        # Arrays keep their upper bits here; the next mix masks them.
        word_1 = product_1 & _MASK if isinstance(product_1, int) else product_1
        word_3 = product_0 & _MASK if isinstance(product_0, int) else product_0
        key_0 = (key_0 + _KEY_INCREMENTS[0]) & _MASK
        key_1 = (key_1 + _KEY_INCREMENTS[1]) & _MASK
    return word_0, word_1, word_2, word_3


def _mix(product: Any, word: Any, key: Any) -> Any:
    """Return the lower 32 bits of `(product >> 32) ^ word ^ key`."""
    mixed = product >> 32
    if isinstance(mixed, int):
        return (mixed ^ key ^ word) & _MASK
    # In place, as the shift made a new array, unless the word is the larger one.
    if isinstance(word, int):
        mixed ^= word
    else:
        mixed = mixed ^ word if mixed.ndim < word.ndim else mixed.__ixor__(word)
    mixed ^= key
    mixed &= _MASK
    return mixed
