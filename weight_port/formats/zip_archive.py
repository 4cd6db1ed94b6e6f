"""Reading single members of zip files, never extracting by name.

A member that is stored as it is can be read in place; a packed one is unpacked into a temporary
file without a name, as far as the limits allow.
"""

from __future__ import annotations

import io
import stat
import struct
import tempfile
import zipfile
import zlib
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.limits import DEFAULT_LIMITS, Limits

_BLOCK = 1 << 20
_END = struct.Struct("<4s4H2IH")
# What a field holds when the value is in the larger fields of the zip64 format.
_ZIP64 = 0xFFFF
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")


class ZipArchive:
    """An open zip file.

    Args:
        path: Where it is.
        limits: How many members it may have, and how far they may expand.

    Raises:
        FileFormatError: If it is broken, or a member's name leads out of it or stands twice.
    """

    def __init__(self, path: str | PathLike, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = Path(path)
        self._limits = limits
        try:
            self._zip = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
            raise FileFormatError(
                f"{self.path} is not a complete zip file. Received: {error}"
            ) from error
        try:
            self._members = self._checked_members()
        except BaseException:
            self._zip.close()
            raise

    @property
    def names(self) -> list[str]:
        """The names of the members, folders left out."""
        return list(self._members)

    def read(self, name: str, most: int) -> bytes:
        """Return a member's bytes.

        Args:
            name: Its name.
            most: The most bytes that it may have.

        Raises:
            LimitError: If it has more.
            FileFormatError: If there is none of that name, or it is broken.
        """
        info = self._member(name)
        if info.file_size > most:
            raise LimitError(
                f"{self.path}: the member {name!r} is larger than it may be. "
                f"Received: {info.file_size:,} bytes"
            )
        self._check_expansion(info)
        with self._opened(info) as member:
            return self._read_checked(member, name, most)

    def check(self, name: str) -> None:
        """Compare the size that a member says it has with what is stored.

        Raises:
            LimitError: If it expands too far.
        """
        self._check_expansion(self._member(name))

    def size_of(self, name: str) -> int:
        """Return the bytes that a member says it has when it is unpacked."""
        return self._member(name).file_size

    def read_start(self, name: str, most: int) -> bytes:
        """Return the first bytes of a member, at most as many as given."""
        with self._opened(self._member(name)) as member:
            return self._read_checked(member, name, most, whole=False)

    def open_seekable(self, name: str) -> BinaryIO:
        """Return a member as a file that can be read at any place, its checksum compared.

        Raises:
            LimitError: If it expands too far.
            FileFormatError: If there is none of that name, or it is broken.
        """
        info = self._member(name)
        self._check_expansion(info)
        if info.compress_type == zipfile.ZIP_STORED:
            return self._window(info)
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the reader
        try:
            with self._opened(info) as member:
                while block := self._read_checked(member, name, _BLOCK, whole=False):
                    unpacked.write(block)
            unpacked.seek(0)
        except BaseException:
            unpacked.close()
            raise
        return unpacked  # type: ignore[return-value]

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _checked_members(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        self._limits.check_count(self.path, "members", len(infos))
        said = self._said_count()
        if said is not None and said != len(infos):
            # One entry can swallow the next by lengths that zipfile takes as they are.
            raise FileFormatError(
                f"{self.path} is not a complete zip file: its directory has {len(infos)} entries. "
                f"Received: an end record that says {said}"
            )
        members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            # zipfile cuts a name at a NUL; the name as it is stored tells.
            name = info.orig_filename
            parts = name.replace("\\", "/").split("/")
            if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
                raise FileFormatError(
                    f"{self.path}: the name of a member leads out of the file. Received: {name!r}"
                )
            if stat.S_ISLNK(info.external_attr >> 16):
                raise FileFormatError(
                    f"{self.path}: a member is a link, which is never followed. Received: {name!r}"
                )
            if info.flag_bits & 0x1:
                raise FileFormatError(f"{self.path}: a member is encrypted. Received: {name!r}")
            if name in members:
                raise FileFormatError(
                    f"{self.path}: the name of a member stands twice. Received: {name!r}"
                )
            members[name] = info
        return {name: info for name, info in members.items() if not info.is_dir()}

    def _said_count(self) -> int | None:
        """Return how many members the end record says there are; None if it does not tell."""
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - _END.size - (1 << 16)))
            end = file.read()
        at = end.rfind(b"PK\x05\x06")
        if at < 0 or len(end) - at < _END.size:
            return None
        count = int(_END.unpack_from(end, at)[4])
        return None if count == _ZIP64 else count

    def _member(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise FileFormatError(
                f"{self.path} has no member {name!r}. Received: {list(self._members)[:12]}"
            )
        return self._members[name]

    def _check_expansion(self, info: zipfile.ZipInfo) -> None:
        stored = min(info.compress_size, self.path.stat().st_size)
        self._limits.check_expansion(
            self.path, f"the member {info.filename!r}", info.file_size, stored
        )

    def _opened(self, info: zipfile.ZipInfo) -> BinaryIO:
        try:
            return self._zip.open(info)  # type: ignore[return-value]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
            raise self._broken(info.filename, error) from error

    def _read_checked(self, member: BinaryIO, name: str, size: int, whole: bool = True) -> bytes:
        """Read at most `size` bytes; zipfile stops at the declared size and compares checksums."""
        try:
            return member.read() if whole else member.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise self._broken(name, error) from error

    def _window(self, info: zipfile.ZipInfo) -> BinaryIO:
        """Return the part of the file in which a stored member lies."""
        with self._opened(info) as member:  # compares the two headers
            member.close()
        file = self.path.open("rb")
        try:
            file.seek(info.header_offset)
            header = file.read(_LOCAL_HEADER.size)
            fields = _LOCAL_HEADER.unpack(header) if len(header) == _LOCAL_HEADER.size else None
            if fields is None or fields[0] != b"PK\x03\x04":
                raise self._broken(info.filename, ValueError("no local header"))
            start = info.header_offset + _LOCAL_HEADER.size + fields[9] + fields[10]
            end = start + info.file_size
            if info.file_size != info.compress_size or end > self.path.stat().st_size:
                raise self._broken(info.filename, ValueError("the file ends before it"))
            file.seek(start)
            check, left = 0, info.file_size
            while left:
                block = file.read(min(left, _BLOCK))
                if not block:
                    raise self._broken(info.filename, ValueError("the file ends before it"))
                check = zlib.crc32(block, check)
                left -= len(block)
            if check != info.CRC:
                raise self._broken(info.filename, ValueError("its checksum is another"))
            return io.BufferedReader(_Window(file, start, info.file_size))  # type: ignore[return-value]
        except BaseException:
            file.close()
            raise

    def _broken(self, name: str, error: Exception) -> FileFormatError:
        return FileFormatError(f"{self.path}: the member {name!r} is broken. Received: {error}")


class _Window(io.RawIOBase):
    """A part of an open file, as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def, override]
        left = max(0, self._size - self._at)
        view = memoryview(buffer)[:left]
        self._file.seek(self._start + self._at)
        count = self._file.readinto(view)  # type: ignore[attr-defined]
        self._at += count
        return count

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
