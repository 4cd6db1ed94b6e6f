"""Where and how long the texts of an attribute say they are, before libhdf5 is asked to read them.

libhdf5 allocates what the length of a variable-length value says, up to 4 GB for each, before it
looks whether the file has so much; and it never ends reading a heap with an entry of no size. So
both are looked at here first, from the header of the object that has the attribute. (HDF5 File
Format Specification 3.0, IV.A "Data Object Headers" and III.E "Global Heap".)
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

ReadAt = Callable[[int, int], bytes]
"""Gives so many bytes of the file from an address on."""

_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10
_VARIABLE_LENGTH = 9
_SHARED = 2
_ELEMENT = struct.Struct("<IQI")  # length, address of the heap, place in it
_HEAP = struct.Struct("<4s4xQ")  # mark, version, size
_ENTRY = struct.Struct("<H6xQ")  # number, references, size
_MOST_BLOCKS, _MOST_BYTES = 1000, 1 << 27


def stored_values(read_at: ReadAt, address: int, name: bytes) -> list[tuple[int, int]] | None:
    """Return the lengths of an attribute's variable-length values, and where their heaps are.

    Args:
        read_at: Reads the file.
        address: Where the object's header is.
        name: The attribute's name.

    Returns:
        A length and an address for each value; None if the header does not hold the attribute in
        a form that is
        known here.

    Raises:
        struct.error: If the header is broken.
    """
    for kind, flags, data in _messages(read_at, address):
        if kind == _ATTRIBUTE and not flags & _SHARED:
            found, datatype, values = _attribute(data)
            if found == name:
                if not datatype or datatype[0] & 0x0F != _VARIABLE_LENGTH:
                    return None
                whole = len(values) - len(values) % _ELEMENT.size
                return [(size, heap) for size, heap, _ in _ELEMENT.iter_unpack(values[:whole])]
    return None


def heap_is_sound(read_at: ReadAt, address: int) -> bool:
    """Tell whether the entries of a global heap fill it, one after the other.

    Args:
        read_at: Reads the file.
        address: Where the heap is.
    """
    head = read_at(address, _HEAP.size)
    if len(head) < _HEAP.size:
        return False
    mark, size = _HEAP.unpack(head)
    data = read_at(address, min(size, _MOST_BYTES)) if mark == b"GCOL" else b""
    if size < _HEAP.size or len(data) != size:
        return False
    at = _HEAP.size
    while at + _ENTRY.size <= size:
        number, length = _ENTRY.unpack_from(data, at)
        # Number 0 is the free space, whose length has its own header in it.
        step = length if number == 0 else _ENTRY.size + length + (-length % 8)
        if step == 0 or step > size - at:
            return False
        at += step
    return True


def _messages(read_at: ReadAt, address: int) -> Iterator[tuple[int, int, bytes]]:
    """Give the messages of an object's header: kind, flags and data."""
    start = read_at(address, 32)
    if start[:4] == b"OHDR":
        flags = start[5]
        at = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        size = int.from_bytes(start[at : at + width], "little")
        blocks = [(address + at + width, size)]
        # The order of creation stands in each message if the header tracks it.
        head = struct.Struct("<BHBH" if flags & 0x04 else "<BHB")
        skip = 4
    else:
        (size,) = struct.unpack_from("<I", start, 8)
        blocks, head, skip = [(address + 16, size)], struct.Struct("<HHB3x"), 0
    met = 0
    for number, (block, length) in enumerate(blocks):
        met += length
        if number > _MOST_BLOCKS or met > _MOST_BYTES:
            return
        data = read_at(block, length)
        at = 0
        while at + head.size <= len(data):
            kind, size, flags, *_ = head.unpack_from(data, at)
            at += head.size
            message = data[at : at + size]
            at += size
            if kind == _CONTINUATION and len(message) >= 16:
                where, extent = struct.unpack_from("<QQ", message)
                # A later block of the new form begins with a mark and ends with a checksum.
                blocks.append((where + skip, extent - 2 * skip))
            else:
                yield kind, flags, message


def _attribute(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return name, datatype and values of an attribute's message."""
    version, flags, *sizes = struct.unpack_from("<BBHHH", data)
    at = 9 if version == 3 else 8
    parts = []
    for size in sizes:
        parts.append(data[at : at + size])
        at += size + (-size % 8 if version == 1 else 0)
    # The datatype can be one that stands elsewhere; then it is not known here.
    datatype = b"" if version > 1 and flags & 1 else parts[1]
    return parts[0].split(b"\0")[0], datatype, data[at:]
