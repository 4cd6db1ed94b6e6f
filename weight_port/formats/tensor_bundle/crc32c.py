"""CRC-32C (Castagnoli), the checksum of TensorFlow's files, of many bytes at once with NumPy.

A checksum is linear over GF(2): the register after some bytes is the register before them, moved on
by as many zeros, xor the register that the bytes alone give. So the bytes are cut into lanes that
are worked on side by side, and the lanes' registers are joined by pairs.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

_POLYNOMIAL = 0x82F63B78
_ONES = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8
_CHUNK = 1 << 22
# Below this many bytes a loop over them is quicker.
_SMALL = 512
_LOW = np.uint32(0xFF)


def _byte_table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)


def _word_tables() -> np.ndarray:
    """Return the tables that move a register on by four bytes, one for each of its bytes."""
    tables = [_byte_table()]
    for _ in range(3):
        last = tables[-1]
        tables.append(tables[0][last & _LOW] ^ (last >> np.uint32(8)))
    return np.stack(tables[::-1])


_TABLES = _word_tables()
_PLAIN = [int(value) for value in _byte_table()]


def _through(tables: np.ndarray, register: np.ndarray) -> np.ndarray:
    """Apply a linear map of registers, given by tables for each byte, the lowest first."""
    moved: np.ndarray = tables[0][register & _LOW]
    for number in (1, 2, 3):
        moved ^= tables[number][(register >> np.uint32(8 * number)) & _LOW]
    return moved


@lru_cache(maxsize=256)
def _zeros(power: int) -> np.ndarray:
    """Return the tables that move a register on by `4 * 2**power` zero bytes."""
    if power == 0:
        return _TABLES
    half = _zeros(power - 1)
    return np.stack([_through(half, table) for table in half])


def _move(register: np.ndarray, words: int) -> np.ndarray:
    """Move registers on by a number of zero words of four bytes."""
    power = 0
    while words:
        if words & 1:
            register = _through(_zeros(power), register)
        words >>= 1
        power += 1
    return register


def _extend_plain(register: int, data: bytes) -> int:
    for byte in data:
        register = _PLAIN[(register ^ byte) & 0xFF] ^ (register >> 8)
    return register


def _extend(register: int, data: memoryview) -> int:
    """Move a register on by bytes; it starts as all ones and is inverted at the end."""
    if len(data) < _SMALL:
        return _extend_plain(register, bytes(data))
    words = len(data) // 4
    # As many lanes as words in each, roughly; a power of two so that they pair up.
    lanes = 1 << ((words.bit_length() + 4) // 2)
    length = words // lanes
    used = lanes * length * 4
    block = np.frombuffer(data[:used], "<u4").reshape(lanes, length).T.astype(np.uint32, order="C")
    state = np.zeros(lanes, np.uint32)
    state[0] = register
    for row in block:
        state = _through(_TABLES, state ^ row)
    while len(state) > 1:
        state = _move(state[0::2], length) ^ state[1::2]
        length *= 2
    return _extend(int(state[0]), data[used:])


def crc32c(data: bytes | bytearray, start: int = 0) -> int:
    """Return the CRC-32C of bytes.

    Args:
        data: The bytes.
        start: The checksum of the bytes before them.
    """
    view = memoryview(data)
    register = start ^ _ONES
    for at in range(0, len(view), _CHUNK):
        register = _extend(register, view[at : at + _CHUNK])
    return register ^ _ONES


def masked(checksum: int) -> int:
    """Return a checksum as files store it, so that checksums of checksums do not fail."""
    return (((checksum >> 15) | (checksum << 17)) + _MASK_DELTA) & _ONES
