"""SipHash-2-4, with which TensorFlow puts strings into buckets where a key is given.

See Aumasson and Bernstein 2012, https://www.aumasson.jp/siphash/siphash.pdf.
"""

from __future__ import annotations

import struct

_MASK = (1 << 64) - 1


def siphash(text: bytes, key: tuple[int, int]) -> int:
    """Return the hash of bytes, from 0 to 2^64 - 1.

    Args:
        text: Any bytes.
        key: Two integers of 64 bits.
    """
    k0, k1 = (part & _MASK for part in key)
    state = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]
    end = len(text) // 8 * 8
    words = struct.unpack_from(f"<{end // 8}Q", text)
    last = int.from_bytes(text[end:], "little") | (len(text) & 0xFF) << 56
    for word in (*words, last):
        state[3] ^= word
        _round(state)
        _round(state)
        state[0] ^= word
    state[2] ^= 0xFF
    for _ in range(4):
        _round(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _rotate(value: int, shift: int) -> int:
    return (value << shift | value >> (64 - shift)) & _MASK


def _round(v: list[int]) -> None:
    v[0] = (v[0] + v[1]) & _MASK
    v[2] = (v[2] + v[3]) & _MASK
    v[1] = _rotate(v[1], 13) ^ v[0]
    v[3] = _rotate(v[3], 16) ^ v[2]
    v[0] = _rotate(v[0], 32)
    v[2] = (v[2] + v[1]) & _MASK
    v[0] = (v[0] + v[3]) & _MASK
    v[1] = _rotate(v[1], 17) ^ v[2]
    v[3] = _rotate(v[3], 21) ^ v[0]
    v[2] = _rotate(v[2], 32)
