"""How much a file may ask for. A file is data from outside: what its headers say is a claim."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

from weight_port.errors import LimitError

_KIB, _MIB = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Limits:
    """What a reader accepts. All can be raised by whoever trusts the file.

    Attributes:
        expansion: How many times the bytes that are stored for it an array may take in memory, and
            all arrays of a file together the bytes of the file.
        expansion_floor: Up to this many bytes `expansion` is not asked.
        json_bytes: The longest configuration or index, in bytes.
        json_depth: How deep it may be nested.
        attribute_bytes: The largest attribute of an HDF5 file, in bytes.
        members: The most groups, arrays and attributes of an HDF5 file, members of an archive or
            entries of an index.
        depth: How deep groups may be nested.
        rank: The most dimensions of an array.
        name_bytes: The longest name of an array or of a member, in bytes.
    """

    expansion: int = 64
    expansion_floor: int = 16 * _MIB
    json_bytes: int = 64 * _MIB
    json_depth: int = 200
    attribute_bytes: int = 64 * _MIB
    members: int = 1_000_000
    depth: int = 64
    rank: int = 32
    name_bytes: int = 4 * _KIB

    def check_expansion(self, path: str | PathLike, what: str, needed: int, stored: int) -> None:
        """Refuse to fill much memory from few bytes.

        Args:
            path: The file, for the message.
            what: What needs the memory, for the message.
            needed: The bytes that it would take in memory.
            stored: The bytes that there are for it in the file.

        Raises:
            LimitError: If `needed` is more than `expansion` times `stored`.
        """
        if needed > self.expansion_floor and needed > self.expansion * max(stored, 1):
            raise LimitError(
                f"{path}: {what} would take {needed:,} bytes in memory, from {stored:,} bytes in "
                f"the file. If you trust it, raise the limit: Limits(expansion=...). "
                f"Received: more than {self.expansion} times the stored bytes"
            )

    def check_count(self, path: str | PathLike, what: str, count: int) -> None:
        """Refuse a file with too many parts.

        Raises:
            LimitError: If `count` is above `members`.
        """
        if count > self.members:
            raise LimitError(
                f"{path}: more {what} than a model file may have. If you trust it, raise the "
                f"limit: Limits(members=...). Received: more than {self.members:,}"
            )


DEFAULT_LIMITS = Limits()
