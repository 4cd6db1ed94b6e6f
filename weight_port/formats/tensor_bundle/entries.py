"""The entries of a checkpoint's index: what arrays there are, and where their bytes lie.

The messages are `BundleHeaderProto` and `BundleEntryProto` of TensorFlow's
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.limits import Limits
from weight_port.formats.tensor_bundle.wire import Message
from weight_port.formats.tensors import TensorInfo

STRING = "string"
# TensorFlow's numbers of types that arrays of weights have.
_DTYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: STRING,
    8: "complex64", 9: "int64", 10: "bool", 14: "bfloat16", 17: "uint16", 18: "complex128",
    19: "float16", 22: "uint32", 23: "uint64", 24: "float8_e5m2", 25: "float8_e4m3fn",
    26: "float8_e4m3fnuz", 28: "float8_e5m2fnuz",
}  # fmt: skip
_LARGEST = 1 << 62


@dataclass(frozen=True)
class Header:
    """What the index says of all entries.

    Attributes:
        shards: The number of files with bytes.
        big_endian: Whether the highest byte of a number comes first.
    """

    shards: int
    big_endian: bool


@dataclass(frozen=True)
class Slice:
    """A part of an array that is stored by itself: start and length per axis, -1 for all of it."""

    extents: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Entry:
    """Where an array is.

    Attributes:
        shape: Its dimensions.
        dtype: Its type by NumPy's name, or `STRING`.
        shard: The number of the file.
        offset: Where its bytes begin there.
        size: How many there are.
        checksum: Their checksum, masked.
        slices: The parts, if it is stored in parts; there are no bytes of its own then.
    """

    shape: tuple[int, ...]
    dtype: str
    shard: int
    offset: int
    size: int
    checksum: int
    slices: tuple[Slice, ...]

    @property
    def info(self) -> TensorInfo:
        """Return what is known of the array."""
        return TensorInfo(self.shape, self.dtype)


def parse_header(data: bytes, path: Path, limits: Limits) -> Header:
    """Read the entry of the empty key.

    Raises:
        FileFormatError: If it is broken, or needs a newer reader.
    """
    message = Message(data, f"{path}: the header")
    shards, endianness = message.integer(1), message.integer(2)
    oldest_reader = max((version.integer(2) for version in message.messages(3)), default=0)
    if endianness > 1 or oldest_reader > 1 or shards < 1:
        raise FileFormatError(
            f"{path}: the header is of no known version. Received: {shards} files, byte order "
            f"{endianness}, readers from version {oldest_reader} on"
        )
    limits.check_count(path, "files", shards)
    return Header(shards, endianness == 1)


def parse_entry(name: str, data: bytes, path: Path, header: Header, limits: Limits) -> Entry:
    """Read the entry of an array.

    Raises:
        FileFormatError: If it is broken, or its size does not fit its shape.
    """
    message = Message(data, f"{path}: the entry {name!r}")
    number, shard = message.integer(1), message.integer(3)
    if number not in _DTYPES:
        raise FileFormatError(
            f"{path}: the array {name!r} has a type that weights do not have. "
            f"Received: TensorFlow's type {number}"
        )
    shape = _shape(message, name, path, limits)
    slices = tuple(
        Slice(tuple((extent.signed(1), extent.signed(2, -1)) for extent in part.messages(1)))
        for part in message.messages(7)
    )
    offset, size = message.signed(4), message.signed(5)
    if shard >= header.shards or offset < 0 or size < 0:
        raise FileFormatError(
            f"{path}: the array {name!r} is in a place that is none. Received: file {shard} of "
            f"{header.shards}, byte {offset}, {size} bytes"
        )
    entry = Entry(shape, _DTYPES[number], shard, offset, size, message.integer(6), slices)
    if not slices and entry.dtype != STRING and size != entry.info.nbytes:
        raise FileFormatError(
            f"{path}: the array {name!r} of {shape} {entry.dtype} takes {entry.info.nbytes:,} "
            f"bytes. Received: {size:,}"
        )
    return entry


def _shape(message: Message, name: str, path: Path, limits: Limits) -> tuple[int, ...]:
    dimensions = [dim for shape in message.messages(2) for dim in shape.messages(2)]
    if len(dimensions) > limits.rank:
        raise LimitError(f"{path}: {name!r} has too many axes. Received: {len(dimensions)}")
    shape = tuple(dimension.signed(1) for dimension in dimensions)
    if any(size < 0 for size in shape) or math.prod(shape) >= _LARGEST:
        raise FileFormatError(f"{path}: the array {name!r} has no valid shape. Received: {shape}")
    return shape


def slice_key(name: str, part: Slice) -> bytes:
    """Return the key under which a part of an array stands.

    It is made of codes that sort as what they stand for (TensorFlow's `ordered_code.cc`).
    """
    escaped = name.encode().replace(b"\xff", b"\xff\x00").replace(b"\x00", b"\x00\xff")
    numbers = b"".join(_signed(start) + _signed(length) for start, length in part.extents)
    return b"\x00" + escaped + b"\x00\x01" + _unsigned(len(part.extents)) + numbers


def _unsigned(value: int) -> bytes:
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(digits)]) + digits


def _signed(value: int) -> bytes:
    """Return a code of `n` bytes whose first bits, as many ones as bytes, tell its length."""
    bits = (value if value >= 0 else ~value).bit_length() + 1
    count = -(-bits // 7)
    digits = (value % (1 << 8 * count)).to_bytes(count, "big") if count else b""
    marks = ((1 << count) - 1) << (8 * count - count)
    coded = int.from_bytes(digits, "big") ^ marks
    return coded.to_bytes(count, "big")
