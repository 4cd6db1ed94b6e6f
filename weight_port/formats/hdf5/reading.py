"""Reading HDF5 files.

The whole tree is walked once when the file is opened, by links and not by names: what is not a
group or an array in this file is refused before it is touched. h5py's own look-up of a path would
follow links into other files.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np

from weight_port.errors import FileFormatError, LimitError, WeightPortError
from weight_port.formats.hdf5.checks import checked_info, native
from weight_port.formats.hdf5.object_header import heap_is_sound, stored_values
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.tensors import TensorInfo

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def is_hdf5(head: bytes) -> bool:
    """Tell whether a file begins as an HDF5 file does."""
    return head.startswith(_SIGNATURE)


def root_has(path: Path, attributes: tuple[str, ...] = (), members: tuple[str, ...] = ()) -> bool:
    """Tell whether the root of an HDF5 file has any of some attributes or members.

    Nothing is followed or read. A file that can't be opened has none.
    """
    try:
        with h5py.File(path, "r") as file:
            return any(h5py.h5a.exists(file.id, name.encode()) for name in attributes) or any(
                file.id.links.exists(name.encode()) for name in members
            )
    except (OSError, RuntimeError, ValueError, KeyError):
        return False


class Hdf5File:
    """An HDF5 file that is open for reading.

    Args:
        source: The file's path, or an open binary file that holds it, which is closed with this.
        path: The file's name in messages.
        limits: What the file may ask for.

    Attributes:
        arrays: What is known of each array, by its path in the file without a leading slash.
        groups: The paths of the groups in the order of the file, as keys; the root is `""`.

    Raises:
        FileFormatError: If the file is broken, or refers to something outside of itself.
        LimitError: If it asks for more than the limits allow.
    """

    def __init__(
        self, source: Path | BinaryIO, path: Path, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.path = path
        self._limits = limits
        self.arrays: dict[str, TensorInfo] = {}
        self.groups: dict[str, None] = {}
        self._source = source
        try:
            with self._reading("the file"):
                self._file = h5py.File(source, "r")
        except BaseException:
            self._close_source()
            raise
        try:
            size = self._file.id.get_filesize()
            self._walk()
            total = sum(info.nbytes for info in self.arrays.values())
            limits.check_expansion(path, "the arrays together", total, size)
        except BaseException:
            self.close()
            raise

    def read(self, name: str) -> np.ndarray:
        """Return the values of an array.

        Raises:
            KeyError: If the file has no array of that path.
            FileFormatError: If the file is broken there.
        """
        info = self.arrays[name]
        with self._reading(f"the array {name!r}"):
            dataset = self._file[name]
            values = np.empty(info.shape, dataset.dtype)
            if info.size:
                dataset.read_direct(values)
            return native(values, info.dtype)

    def has_attribute(self, group: str, name: str) -> bool:
        """Tell whether a group has an attribute."""
        with self._reading(f"the group {group or '/'!r}"):
            return bool(h5py.h5a.exists(self._file[group or "/"].id, name.encode()))

    def text(self, group: str, name: str) -> str | None:
        """Return an attribute that is one text; None if there is none of that name.

        Raises:
            FileFormatError: If it is no text.
        """
        value = self._attribute(group, name)
        if value is None:
            return None
        if isinstance(value, bytes):
            value = self._decoded(value, group, name)
        if not isinstance(value, str):
            raise FileFormatError(
                f"{self.path}: the attribute {name!r} of {group or '/'!r} has to be a text. "
                f"Received: {type(value).__name__}"
            )
        return value

    def texts(self, group: str, name: str) -> list[str] | None:
        """Return an attribute that is a list of texts; None if there is none of that name.

        A list that is too long for one attribute is spread over `name0`, `name1`, ...

        Raises:
            FileFormatError: If it is no list of texts.
        """
        value = self._attribute(group, name)
        parts = [value] if value is not None else list(self._numbered(group, name))
        if not parts:
            return None
        found: list[Any] = []
        for part in parts:
            found += list(np.asarray(part).reshape(-1))
        if any(not isinstance(item, (bytes, str)) for item in found):
            raise FileFormatError(
                f"{self.path}: the attribute {name!r} of {group or '/'!r} has to be a list of "
                f"texts. Received: {[type(item).__name__ for item in found[:3]]}"
            )
        return [
            self._decoded(item, group, name) if isinstance(item, bytes) else str(item)
            for item in found
        ]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._close_source()

    def _close_source(self) -> None:
        if not isinstance(self._source, Path):
            self._source.close()

    def _walk(self) -> None:
        """Find all groups and arrays, by hard links alone and each group once."""
        seen: set[Any] = set()
        count = 0
        waiting: list[tuple[str, int]] = [("", 0)]
        while waiting:
            name, depth = waiting.pop()
            if depth > self._limits.depth:
                raise LimitError(
                    f"{self.path}: groups are nested too deeply. "
                    f"Received: more than {self._limits.depth} levels, at {name[:200]!r}"
                )
            with self._reading(f"the group {name or '/'!r}"):
                group = self._file[name or "/"]
                found = h5py.h5o.get_info(group.id)
                where = (found.fileno, found.addr)
                if where in seen:
                    raise FileFormatError(
                        f"{self.path}: a group is reached in two ways, as in a cycle. "
                        f"Received: {name!r}"
                    )
                seen.add(where)
                self.groups[name] = None
                count += len(group)
                self._limits.check_count(self.path, "groups and arrays", count)
                inner = [f"{name}/{key}" if name else key for key in self._members(group, name)]
                groups = []
                for child in inner:
                    item = self._file[child]
                    if isinstance(item, h5py.Group):
                        groups.append((child, depth + 1))
                    elif isinstance(item, h5py.Dataset):
                        self.arrays[child] = checked_info(
                            item, f"{self.path}: the array {child!r}", self._limits
                        )
                    else:
                        raise FileFormatError(
                            f"{self.path}: {child!r} is neither a group nor an array. "
                            f"Received: {type(item).__name__}"
                        )
            waiting += reversed(groups)

    def _members(self, group: Any, name: str) -> Iterator[str]:
        """Give the names in a group, all of which have to be plain members of this file."""
        for key in group:
            if len(key.encode("utf-8", "surrogatepass")) > self._limits.name_bytes:
                raise LimitError(
                    f"{self.path}: a name in {name or '/'!r} is too long. Received: {key[:60]!r}..."
                )
            if not key or key in (".", "..") or "/" in key or "\x00" in key:
                raise FileFormatError(
                    f"{self.path}: a name in {name or '/'!r} is not valid. Received: {key!r}"
                )
            link = group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise FileFormatError(
                    f"{self.path}: {name}/{key} leads elsewhere, which is never followed. "
                    f"Received: {type(link).__name__}"
                )
            yield key

    def _numbered(self, group: str, name: str) -> Iterator[Any]:
        for number in range(self._limits.members):
            part = self._attribute(group, f"{name}{number}")
            if part is None:
                return
            yield part

    def _attribute(self, group: str, name: str) -> Any:
        if group not in self.groups:
            raise FileFormatError(f"{self.path}: there is no such group. Received: {group!r}")
        with self._reading(f"the attribute {name!r} of {group or '/'!r}"):
            owner = self._file[group or "/"]
            if not h5py.h5a.exists(owner.id, name.encode()):
                return None
            attribute = h5py.h5a.open(owner.id, name.encode())
            size = math.prod(attribute.shape) * attribute.get_type().get_size()
            if size > self._limits.attribute_bytes:
                raise LimitError(
                    f"{self.path}: the attribute {name!r} of {group or '/'!r} is too large. If "
                    "you trust the file, raise the limit: Limits(attribute_bytes=...). "
                    f"Received: {size:,} bytes"
                )
            dtype = attribute.dtype
            if h5py.check_ref_dtype(dtype) or dtype.names is not None:
                raise FileFormatError(
                    f"{self.path}: the attribute {name!r} of {group or '/'!r} is neither text "
                    f"nor numbers. Received: type {dtype}"
                )
            self._check_lengths(owner, attribute, name)
            return owner.attrs[name]

    def _check_lengths(self, owner: Any, attribute: Any, name: str) -> None:
        """Refuse texts that say they are longer than an attribute may be, before they are read."""
        kind = attribute.get_type()
        variable = kind.get_class() == h5py.h5t.VLEN or (
            kind.get_class() == h5py.h5t.STRING and kind.is_variable_str()
        )
        if not variable or 0 in attribute.shape:
            return
        base = self._file.userblock_size
        where = f"{self.path}: the attribute {name!r} of {owner.name!r}"
        address = h5py.h5o.get_info(owner.id).addr + base
        values = stored_values(self._read_at, address, name.encode())
        if values is None:
            raise FileFormatError(
                f"{where} is stored in a way that its length can't be told before it is read. "
                "Received: a variable-length attribute outside of the object's header"
            )
        total = sum(length for length, _ in values)
        if total > min(self._limits.attribute_bytes, self._file.id.get_filesize()):
            raise LimitError(
                f"{where} says that it is longer than the file, or than an attribute may be "
                f"(Limits(attribute_bytes=...)). Received: {total:,} bytes"
            )
        for heap in {heap for length, heap in values if length}:
            if not heap_is_sound(self._read_at, heap + base):
                raise FileFormatError(
                    f"{where} can't be read; the file is broken or incomplete. "
                    f"Received: an unsound heap at {heap}"
                )

    def _read_at(self, address: int, size: int) -> bytes:
        if isinstance(self._source, Path):
            with self._source.open("rb") as file:
                file.seek(address)
                return file.read(size)
        self._source.seek(address)
        return self._source.read(size)

    def _decoded(self, value: bytes, group: str, name: str) -> str:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FileFormatError(
                f"{self.path}: the attribute {name!r} of {group or '/'!r} is not UTF-8 text. "
                f"Received: {value[:40]!r}"
            ) from error

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """Say which part of which file is broken."""
        try:
            yield
        except (WeightPortError, FileNotFoundError, PermissionError, IsADirectoryError):
            raise
        except Exception as error:
            raise FileFormatError(
                f"{self.path}: {what} can't be read; the file is broken or incomplete. "
                f"Received: {type(error).__name__}: {str(error)[:300]}"
            ) from error
