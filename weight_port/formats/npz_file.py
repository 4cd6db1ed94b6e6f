"""`.npz`: NumPy's zip file of arrays. Pickled objects in it are never read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.atomic import replacing
from weight_port.formats.dtypes import is_numpys_own, numpy_dtype
from weight_port.formats.json_text import parse_object
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.optimizer_names import without_optimizer
from weight_port.formats.tensors import OpenFile, TensorInfo, Tensors
from weight_port.formats.zip_archive import ZipArchive

NAME = "npz"
_METADATA = "__metadata__"
_HEADER_BYTES = 1 << 16
# NumPy writes types that it does not have as bytes; the name of the array tells.
_MARK = "@"


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file is one of these, by its members."""
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return path.suffix == ".npz"
    return all(name.endswith(".npy") for name in names) and bool(names or path.suffix == ".npz")


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> NpzFile:
    """Open an npz file.

    Raises:
        FileFormatError: If it is broken or has arrays of objects.
        LimitError: If it asks for more than the limits allow.
    """
    return NpzFile(Path(path), limits)


class NpzFile(OpenFile):
    """An open npz file."""

    format = NAME

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        self._archive = ZipArchive(path, limits)
        self._members: dict[str, str] = {}
        self._infos: dict[str, TensorInfo] = {}
        try:
            for member in self._archive.names:
                if not member.endswith(".npy"):
                    raise FileFormatError(
                        f"{path}: the members of an npz file end in .npy. Received: {member!r}"
                    )
                name, _, declared = member.removesuffix(".npy").partition(_MARK)
                info = self._header(member, declared, limits)
                if name == _METADATA:
                    continue
                if name in self._infos:
                    raise FileFormatError(f"{path} has an array twice. Received: {name!r}")
                self._infos[name], self._members[name] = info, member
            total = sum(info.nbytes for info in self._infos.values())
            limits.check_expansion(path, "the arrays together", total, path.stat().st_size)
            if f"{_METADATA}.npy" in self._archive.names:
                self.metadata = self._read_metadata(limits)
            self._model, self.optimizer = without_optimizer(self._infos, self._read)
        except BaseException:
            self._archive.close()
            raise

    def _header(self, member: str, declared: str, limits: Limits) -> TensorInfo:
        """Return what a member's header says, after comparing it with the member's size."""
        start = self._archive.read_start(member, _HEADER_BYTES)
        shape, dtype, offset = _parse_header(start, f"{self.path}: the member {member!r}")
        if dtype.hasobject:
            raise FileFormatError(
                f"{self.path}: the member {member!r} holds pickled objects, which are never read. "
                f"Received: dtype {dtype}"
            )
        if len(shape) > limits.rank:
            raise LimitError(f"{self.path}: {member!r} has too many axes. Received: {len(shape)}")
        info = TensorInfo(shape, declared or dtype.newbyteorder("=").name)
        try:
            known = numpy_dtype(info.dtype)
        except FileFormatError as error:
            raise FileFormatError(f"{self.path}: the member {member!r}: {error}") from None
        if known.itemsize != dtype.itemsize:
            raise FileFormatError(
                f"{self.path}: the member {member!r} has values of {dtype.itemsize} bytes. "
                f"Received: type {declared!r}"
            )
        there = self._archive.size_of(member) - offset
        if there != info.nbytes:
            raise FileFormatError(
                f"{self.path}: the member {member!r} of {shape} {dtype} takes {info.nbytes:,} "
                f"bytes. Received: {there:,}"
            )
        return info

    def _read_metadata(self, limits: Limits) -> dict[str, str]:
        text = self._load(f"{_METADATA}.npy").tobytes()
        found = parse_object(text, self.path, "the metadata", limits)
        return {key: value for key, value in found.items() if isinstance(value, str)}

    def _load(self, member: str) -> np.ndarray:
        with self._archive.open_seekable(member) as file:
            try:
                array: np.ndarray = np.lib.format.read_array(
                    file, allow_pickle=False, max_header_size=_HEADER_BYTES
                )
            except (ValueError, EOFError, OSError) as error:
                raise FileFormatError(
                    f"{self.path}: the member {member!r} is broken. Received: {error}"
                ) from error
        return array

    def __getitem__(self, name: str) -> TensorInfo:
        return self._model[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._model)

    def __len__(self) -> int:
        return len(self._model)

    def read(self, name: str) -> np.ndarray:
        """Return the values of one array."""
        if name not in self._model:
            raise KeyError(name)
        return self._read(name)

    def _read(self, name: str) -> np.ndarray:
        array, wanted = self._load(self._members[name]), numpy_dtype(self._infos[name].dtype)
        array = np.asarray(array, order="C")  # ascontiguousarray adds an axis to 0-d arrays
        if array.dtype.isnative and array.dtype.kind not in "fiucb":
            return array.view(wanted)
        if array.dtype.name != wanted.name and array.dtype.itemsize == wanted.itemsize:
            same = array.dtype.newbyteorder("=").name == wanted.name
            return array.astype(wanted) if same else array.view(wanted)
        return array.astype(wanted, copy=False)

    def close(self) -> None:
        """Close the file."""
        self._archive.close()


def _parse_header(start: bytes, where: str) -> tuple[tuple[int, ...], np.dtype, int]:
    """Return shape, type and length of the header of a `.npy` member."""
    file = io.BytesIO(start)
    try:
        version = np.lib.format.read_magic(file)
        readers = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        if version not in readers:
            raise ValueError(f"version {version} of the format")
        shape, _, dtype = readers[version](file, max_header_size=_HEADER_BYTES)
    except Exception as error:  # NumPy parses it as Python, whose tokenizer has errors of its own
        raise FileFormatError(f"{where} has no valid header. Received: {error}") from error
    if any(size < 0 or size >= 1 << 62 for size in shape):
        raise FileFormatError(f"{where} has no valid shape. Received: {shape}")
    return shape, dtype, file.tell()


def write(
    path: str | PathLike,
    tensors: Tensors,
    *,
    metadata: Mapping[str, str] | None = None,
    overwrite: bool = True,
) -> None:
    """Write an npz file, one array after the other and not packed.

    Types that NumPy does not have are written as bytes, with the type after an `@` in the name.

    Args:
        path: The file; it appears under its name when it is complete.
        tensors: The arrays.
        metadata: Texts that the file says of itself, as the array `__metadata__` of JSON's bytes.
        overwrite: Whether an existing file is replaced.

    Raises:
        ValueError: If an array's name can't be a member's.
    """
    with (
        replacing(path, overwrite=overwrite) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED, allowZip64=True) as archive,
    ):
        for name in tensors:
            if name.startswith("/") or ".." in name.split("/") or _MARK in name or "\0" in name:
                raise ValueError(f"An npz file has no arrays of that name. Received: {name!r}")
            array = tensors.read(name)
            own = is_numpys_own(array.dtype)
            member = name if own else f"{name}{_MARK}{array.dtype.name}"
            stored = array if own else array.view(f"u{array.dtype.itemsize}")
            _write_member(archive, member, stored)
        if metadata:
            text = np.frombuffer(json.dumps(dict(metadata)).encode(), np.uint8)
            _write_member(archive, _METADATA, text)


def _write_member(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array(file, array, allow_pickle=False)
