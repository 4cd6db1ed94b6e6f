"""Fingerprint64 of FarmHash, with which TensorFlow puts strings into buckets.

See https://github.com/google/farmhash (the part called farmhashna). Numbers are unsigned of 64
bits; Python's are cut to that where they can be larger.
"""

from __future__ import annotations

import struct

_MASK = (1 << 64) - 1
_K0 = 0xC3A5C85C97CB3127
_K1 = 0xB492B66FBE98F273
_K2 = 0x9AE16A3B2F90404F
_CAT = 0xC6A4A7935BD1E995

_Pair = tuple[int, int]


def fingerprint64(text: bytes) -> int:
    """Return the fingerprint of bytes, from 0 to 2^64 - 1."""
    size = len(text)
    if size <= 16:
        return _up_to_16(text)
    if size <= 32:
        return _up_to_32(text)
    if size <= 64:
        return _up_to_64(text)
    return _longer(text)


def fingerprint_cat64(one: int, other: int) -> int:
    """Return the fingerprint of a pair of fingerprints."""
    result = one ^ _CAT
    result ^= _shift_mix(other * _CAT & _MASK) * _CAT & _MASK
    result = result * _CAT & _MASK
    result = _shift_mix(result) * _CAT & _MASK
    return _shift_mix(result)


def _fetch64(text: bytes, at: int) -> int:
    return int(struct.unpack_from("<Q", text, at)[0])


def _fetch32(text: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", text, at)[0])


def _rotate(value: int, shift: int) -> int:
    return (value >> shift | value << (64 - shift)) & _MASK


def _shift_mix(value: int) -> int:
    return value ^ value >> 47


def _mix(u: int, v: int, factor: int) -> int:
    """Hash 16 bytes."""
    a = (u ^ v) * factor & _MASK
    a ^= a >> 47
    b = (v ^ a) * factor & _MASK
    b ^= b >> 47
    return b * factor & _MASK


def _up_to_16(text: bytes) -> int:
    size = len(text)
    if size >= 8:
        factor = _K2 + size * 2
        a = _fetch64(text, 0) + _K2
        b = _fetch64(text, size - 8)
        c = (_rotate(b, 37) * factor + a) & _MASK
        d = (_rotate(a & _MASK, 25) + b) * factor & _MASK
        return _mix(c, d, factor)
    if size >= 4:
        factor = _K2 + size * 2
        return _mix(size + (_fetch32(text, 0) << 3), _fetch32(text, size - 4), factor)
    if size:
        y = text[0] + (text[size >> 1] << 8)
        z = size + (text[-1] << 2)
        return _shift_mix((y * _K2 ^ z * _K0) & _MASK) * _K2 & _MASK
    return _K2


def _up_to_32(text: bytes) -> int:
    size = len(text)
    factor = _K2 + size * 2
    a = _fetch64(text, 0) * _K1 & _MASK
    b = _fetch64(text, 8)
    c = _fetch64(text, size - 8) * factor & _MASK
    d = _fetch64(text, size - 16) * _K2 & _MASK
    u = (_rotate((a + b) & _MASK, 43) + _rotate(c, 30) + d) & _MASK
    v = (a + _rotate((b + _K2) & _MASK, 18) + c) & _MASK
    return _mix(u, v, factor)


def _up_to_64(text: bytes) -> int:
    size = len(text)
    factor = _K2 + size * 2
    a = _fetch64(text, 0) * _K2 & _MASK
    b = _fetch64(text, 8)
    c = _fetch64(text, size - 8) * factor & _MASK
    d = _fetch64(text, size - 16) * _K2 & _MASK
    y = (_rotate((a + b) & _MASK, 43) + _rotate(c, 30) + d) & _MASK
    z = _mix(y, (a + _rotate((b + _K2) & _MASK, 18) + c) & _MASK, factor)
    e = _fetch64(text, 16) * factor & _MASK
    f = _fetch64(text, 24)
    g = (y + _fetch64(text, size - 32)) * factor & _MASK
    h = (z + _fetch64(text, size - 24)) * factor & _MASK
    u = (_rotate((e + f) & _MASK, 43) + _rotate(g, 30) + h) & _MASK
    v = (e + _rotate((f + a) & _MASK, 18) + g) & _MASK
    return _mix(u, v, factor)


def _weak(text: bytes, at: int, a: int, b: int) -> _Pair:
    """Hash 32 bytes with two seeds to two numbers."""
    w, x, y, z = struct.unpack_from("<4Q", text, at)
    a = (a + w) & _MASK
    b = _rotate((b + a + z) & _MASK, 21)
    c = a
    a = (a + x + y) & _MASK
    b = (b + _rotate(a, 44)) & _MASK
    return (a + z) & _MASK, (b + c) & _MASK


def _longer(text: bytes) -> int:
    size = len(text)
    seed = 81
    x = seed
    y = (seed * _K1 + 113) & _MASK
    z = _shift_mix((y * _K2 + 113) & _MASK) * _K2 & _MASK
    v: _Pair = (0, 0)
    w: _Pair = (0, 0)
    x = (x * _K2 + _fetch64(text, 0)) & _MASK
    end = (size - 1) // 64 * 64
    for at in range(0, end, 64):
        x, y, z, v, w = _block(text, at, x, y, z, v, w, _K1, 1)
    factor = (_K1 + ((z & 0xFF) << 1)) & _MASK
    w = ((w[0] + (size - 1 & 63)) & _MASK, w[1])
    v = ((v[0] + w[0]) & _MASK, v[1])
    w = ((w[0] + v[0]) & _MASK, w[1])
    x, y, z, v, w = _block(text, size - 64, x, y, z, v, w, factor, 9)
    one = (_mix(v[0], w[0], factor) + _shift_mix(y) * _K0 + z) & _MASK
    return _mix(one, (_mix(v[1], w[1], factor) + x) & _MASK, factor)


def _block(
    text: bytes, at: int, x: int, y: int, z: int, v: _Pair, w: _Pair, factor: int, weight: int
) -> tuple[int, int, int, _Pair, _Pair]:
    """Take the next 64 bytes in."""
    x = _rotate((x + y + v[0] + _fetch64(text, at + 8)) & _MASK, 37) * factor & _MASK
    y = _rotate((y + v[1] + _fetch64(text, at + 48)) & _MASK, 42) * factor & _MASK
    x ^= w[1] * weight & _MASK
    y = (y + v[0] * weight + _fetch64(text, at + 40)) & _MASK
    z = _rotate((z + w[0]) & _MASK, 33) * factor & _MASK
    v = _weak(text, at, v[1] * factor & _MASK, (x + w[0]) & _MASK)
    w = _weak(text, at + 32, (z + w[1]) & _MASK, (y + _fetch64(text, at + 16)) & _MASK)
    return z, y, x, v, w
