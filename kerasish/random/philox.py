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
_LANE_MULTIPLIERS = np.array(_MULTIPLIERS, dtype=np.uint64)[:, None]
_KEY_STEPS = np.outer(np.arange(_ROUNDS), _KEY_INCREMENTS).astype(np.uint64)[:, :, None]
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
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return what `blocks` does, in the memory of a workspace.

    Words 0 and 2 lie side by side in one array, and so do 1 and 3, so that one operation computes
    both halves of a round.

    Args:
        source: Key and counter.
        positions: Positions, an int64 array.
        space: Gives the arrays `"even"`, `"odd"` and `"products"`.
        short: Whether all positions are less than 2^32.
    """
    length = len(positions)
    even, odd, products = (
        space.array(name, 2 * length, np.uint64).reshape(2, length)
        for name in ("even", "odd", "products")
    )
    first = np.array(source.key, dtype=np.uint64)[:, None]
    keys = (first + _KEY_STEPS) & _MASK
    if short:
        _two_rounds(source, positions.view(np.uint64), keys, even, odd)
    else:
        np.bitwise_and(positions, _MASK, out=even[0].view(np.int64))
        np.right_shift(positions, 32, out=odd[0].view(np.int64))
        even[1], odd[1] = source.counter
    for key in keys[2:] if short else keys:
        # The product with word 0 comes to word 2's place, and that with word 2 to word 0's.
        np.multiply(even, _LANE_MULTIPLIERS, out=products[::-1])
        np.right_shift(products, 32, out=even)
        even ^= odd
        even ^= key
        even &= _MASK
        odd, products = products, odd
    word_0, word_2 = even.view(np.int64)
    word_1, word_3 = odd.view(np.int64)
    return word_0, word_1, word_2, word_3


def _two_rounds(
    source: Stream, positions: np.ndarray, keys: np.ndarray, even: np.ndarray, odd: np.ndarray
) -> None:
    """Apply the first rounds to positions below 2^32, in which three, then two words are numbers.

    Args:
        source: Key and counter.
        positions: uint64 array `(length,)`.
        keys: Those of all rounds, `(10, 2, 1)`.
        even: Written to: words 0 and 2, `(2, length)`.
        odd: Written to: words 1 and 3.
    """
    (key_0, key_1), (next_0, next_1) = keys[:2, :, 0].tolist()
    product = source.counter[0] * _MULTIPLIERS[1]
    word_0, word_1 = (product >> 32) ^ key_0, product & _MASK
    # Words 2 and 3 after the first round.
    words_3 = np.multiply(positions, _MULTIPLIERS[0], out=even[0])
    words_2 = np.right_shift(words_3, 32, out=even[1])
    words_2 ^= source.counter[1] ^ key_1
    product = word_0 * _MULTIPLIERS[0]
    np.multiply(words_2, _MULTIPLIERS[1], out=odd[0])
    np.bitwise_xor(words_3, (product >> 32) ^ next_1, out=words_2)
    words_2 &= _MASK
    words_0 = np.right_shift(odd[0], 32, out=even[0])
    words_0 ^= word_1 ^ next_0
    odd[1] = product & _MASK


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
