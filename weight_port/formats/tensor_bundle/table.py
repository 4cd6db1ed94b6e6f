"""The sorted table of keys and values that the index of a checkpoint is.

The format is LevelDB's: https://github.com/google/leveldb/blob/main/doc/table_format.md. A footer
points to an index block, whose values point to the data blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.limits import Limits
from weight_port.formats.tensor_bundle.crc32c import crc32c, masked
from weight_port.formats.tensor_bundle.wire import read_varint

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
FOOTER_BYTES = 48
_TRAILER_BYTES = 5


def read_table(path: Path, limits: Limits) -> dict[bytes, bytes]:
    """Return the keys and values of a table, in the order of the keys.

    Raises:
        FileFormatError: If it is broken; all checksums are compared.
        LimitError: If it is too long or has too many entries.
    """
    size = path.stat().st_size
    if size > limits.json_bytes:
        raise LimitError(
            f"{path}: the index is longer than it may be. If you trust the file, raise the limit: "
            f"Limits(json_bytes=...). Received: {size:,} bytes"
        )
    data = path.read_bytes()
    if len(data) < FOOTER_BYTES or data[-8:] != MAGIC:
        raise FileFormatError(
            f"{path} is not a complete index of a checkpoint: it has to end with the mark of a "
            f"table. Received: {data[-8:]!r}"
        )
    footer, where = data[-FOOTER_BYTES:-8], f"{path}: the footer"
    at = 0
    for _ in range(2):  # the handle of the block of metadata, which is not needed
        _, at = read_varint(footer, at, where)
    index_block = _block(data, footer[at:], path)
    entries: dict[bytes, bytes] = {}
    last: bytes | None = None
    for _, handle in _entries(index_block, path):
        for key, value in _entries(_block(data, handle, path), path):
            # Strictly rising keys also keep an index from naming one block again and again.
            if last is not None and key <= last:
                raise FileFormatError(
                    f"{path}: the keys of the table have to rise. Received: {key!r} after {last!r}"
                )
            entries[key] = value
            last = key
        limits.check_count(path, "entries", len(entries))
    return entries


def _block(data: bytes, handle: bytes, path: Path) -> bytes:
    """Return the contents of the block to which a handle points."""
    where = f"{path}: the place of a block"
    offset, at = read_varint(handle, 0, where)
    size, _ = read_varint(handle, at, where)
    end = offset + size
    if end + _TRAILER_BYTES > len(data):
        raise FileFormatError(
            f"{path} is not a complete index of a checkpoint. Received: a block up to byte "
            f"{end:,} in {len(data):,} bytes"
        )
    stored = int.from_bytes(data[end + 1 : end + _TRAILER_BYTES], "little")
    if masked(crc32c(data[offset : end + 1])) != stored:
        raise FileFormatError(
            f"{path} is damaged: a block has another checksum. Received: the block at {offset:,}"
        )
    if data[end]:
        raise FileFormatError(
            f"{path}: a block is compressed; TensorFlow does not compress the index of a "
            f"checkpoint. Save it again with TensorFlow. Received: compression {data[end]}"
        )
    return data[offset:end]


def _entries(block: bytes, path: Path) -> Iterator[tuple[bytes, bytes]]:
    where = f"{path}: a block of the table"
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (restarts + 1)
    if len(block) < 4 or end < 0:
        raise FileFormatError(f"{where} is broken. Received: {restarts:,} restarts")
    at, key = 0, b""
    while at < end:
        shared, at = read_varint(block, at, where)
        fresh, at = read_varint(block, at, where)
        length, at = read_varint(block, at, where)
        if shared > len(key) or at + fresh + length > end:
            raise FileFormatError(
                f"{where} is broken. Received: an entry of {fresh + length:,} bytes at {at:,}"
            )
        key = key[:shared] + block[at : at + fresh]
        at += fresh + length
        yield key, block[at - length : at]
