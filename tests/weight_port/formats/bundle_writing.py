"""Checkpoints written byte by byte, so that tests can write wrong ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from weight_port.formats.tensor_bundle.crc32c import crc32c, masked

MAGIC = bytes.fromhex("57fb808b247547db")
NUMBERS = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "complex64": 8,
    "int64": 9, "bool": 10, "bfloat16": 14, "uint16": 17, "complex128": 18, "float16": 19,
    "uint32": 22, "uint64": 23,
}  # fmt: skip


def varint(value: int) -> bytes:
    value %= 1 << 64
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def shape_of(sizes: Sequence[int]) -> bytes:
    return b"".join(field(2, field(1, size)) for size in sizes)


def entry(
    dtype: int,
    sizes: Sequence[int],
    size: int,
    *,
    offset: int = 0,
    shard: int = 0,
    checksum: int = 0,
    more: bytes = b"",
) -> bytes:
    fixed = varint(6 << 3 | 5) + checksum.to_bytes(4, "little")
    return (
        field(1, dtype)
        + field(2, shape_of(sizes))
        + field(3, shard)
        + field(4, offset)
        + field(5, size)
        + fixed
        + more
    )


def header(shards: int = 1, endianness: int = 0, oldest_reader: int = 0) -> bytes:
    return field(1, shards) + field(2, endianness) + field(3, field(1, 1) + field(2, oldest_reader))


def block(contents: bytes, kind: int = 0) -> bytes:
    contents += bytes([kind])
    return contents + masked(crc32c(contents)).to_bytes(4, "little")


def rows(entries: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The contents of a block, each key whole."""
    body = b"".join(
        varint(0) + varint(len(key)) + varint(len(value)) + key + value for key, value in entries
    )
    return body + bytes(4) + (1).to_bytes(4, "little")


def table(entries: Sequence[tuple[bytes, bytes]], kind: int = 0, pointers: int = 1) -> bytes:
    """A table of one block, to which `pointers` rows of the index block point."""
    contents = rows(entries)
    handle = varint(0) + varint(len(contents))
    data = block(contents, kind)
    index = rows([(b"z%d" % number, handle) for number in range(pointers)])
    footer = varint(0) + varint(0) + varint(len(data)) + varint(len(index))
    return data + block(index) + footer.ljust(40, b"\0") + MAGIC


def write_bundle(
    prefix: Path, arrays: Mapping[str, np.ndarray], *, endianness: int = 0, data: bytes = b""
) -> None:
    """Write arrays as TensorFlow would, in the order of their names."""
    entries = [(b"", header(endianness=endianness))]
    for name in sorted(arrays):
        array = arrays[name]
        raw = (array.byteswap() if endianness else array).tobytes()
        checksum = masked(crc32c(raw))
        number = NUMBERS[array.dtype.name]
        place = len(data)
        row = entry(number, array.shape, len(raw), offset=place, checksum=checksum)
        entries.append((name.encode(), row))
        data += raw
    write_raw(prefix, entries, data)


def write_raw(prefix: Path, entries: Sequence[tuple[bytes, bytes]], data: bytes = b"") -> None:
    prefix.with_name(prefix.name + ".index").write_bytes(table(entries))
    prefix.with_name(prefix.name + ".data-00000-of-00001").write_bytes(data)
