"""The wire format of protocol buffers, as far as the messages of a checkpoint need it.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from weight_port.errors import FileFormatError, LimitError

# Far fewer bytes make a field than it takes in memory.
_MOST_FIELDS = 1_000_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
Value = int | bytes


class Message:
    """The fields of one message, in the order in which they stand.

    Args:
        data: The bytes.
        where: The file and the part of it, for messages.

    Raises:
        FileFormatError: If the bytes are no message.
        LimitError: If they are a message of more fields than a checkpoint needs.
    """

    def __init__(self, data: bytes, where: str) -> None:
        self._where = where
        self._fields = list(islice(_fields(data, where), _MOST_FIELDS + 1))
        if len(self._fields) > _MOST_FIELDS:
            raise LimitError(
                f"{where} has more fields than a message may have. Received: more than "
                f"{_MOST_FIELDS:,}"
            )

    def integer(self, number: int, default: int = 0) -> int:
        """Return an unsigned number; of several the last one."""
        found = [value for field, value in self._fields if field == number]
        if not found:
            return default
        if not isinstance(found[-1], int):
            raise FileFormatError(f"{self._where}: field {number} has to be a number")
        return found[-1]

    def signed(self, number: int, default: int = 0) -> int:
        """Return a signed number."""
        value = self.integer(number, default)
        return value - (1 << 64) if value >> 63 and value > 0 else value

    def all_bytes(self, number: int) -> list[bytes]:
        """Return the values of a repeated field of bytes, texts or messages."""
        found = [value for field, value in self._fields if field == number]
        for value in found:
            if not isinstance(value, bytes):
                raise FileFormatError(
                    f"{self._where}: field {number} has to be bytes. Received: {value}"
                )
        return found  # type: ignore[return-value]

    def text(self, number: int) -> str:
        """Return a text; of several the last one."""
        found = self.all_bytes(number)
        try:
            return found[-1].decode("utf-8") if found else ""
        except UnicodeDecodeError as error:
            raise FileFormatError(
                f"{self._where}: field {number} has to be text. Received: {error}"
            ) from None

    def messages(self, number: int) -> list[Message]:
        """Return the messages of a repeated field."""
        return [Message(data, self._where) for data in self.all_bytes(number)]

    def has(self, number: int) -> bool:
        """Tell whether a field is there."""
        return any(field == number for field, _ in self._fields)


def read_varint(data: bytes, at: int, where: str) -> tuple[int, int]:
    """Return a number of variable length and the place behind it.

    Raises:
        FileFormatError: If it does not end, or has more than 64 bits.
    """
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            if value >> 64:
                break
            return value, at
        shift += 7
    raise FileFormatError(f"{where} is broken. Received: a number without an end at byte {at}")


def _fields(data: bytes, where: str) -> Iterator[tuple[int, Value]]:
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at, where)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = read_varint(data, at, where)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = read_varint(data, at, where)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise FileFormatError(f"{where} is no message. Received: a field of wire type {kind}")
        if size > len(data) - at or number == 0:
            raise FileFormatError(
                f"{where} is broken. Received: field {number} of {size:,} bytes, of which "
                f"{len(data) - at:,} are there"
            )
        piece = data[at : at + size]
        at += size
        yield number, piece if kind == _BYTES else int.from_bytes(piece, "little")
