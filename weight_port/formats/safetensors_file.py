"""`.safetensors`: a JSON header and the bytes of the arrays.

The format is described at https://github.com/huggingface/safetensors.

The official library writes all arrays at once from memory and reads them by mapping the file; here
one array at a time is read and written, so that memory holds one.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.atomic import replacing
from weight_port.formats.dtypes import itemsize, numpy_dtype
from weight_port.formats.json_text import parse_object
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.optimizer_names import without_optimizer
from weight_port.formats.tensors import OpenFile, TensorInfo, Tensors

NAME = "safetensors"
_LENGTH = struct.Struct("<Q")
_METADATA = "__metadata__"
_DTYPES = {
    "BOOL": "bool",
    **{f"{letter}{bits}": f"{kind}{bits}" for letter, kind in (("I", "int"), ("U", "uint"))
       for bits in (8, 16, 32, 64)},
    **{f"F{bits}": f"float{bits}" for bits in (16, 32, 64)},
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "C64": "complex64",
}  # fmt: skip
_CODES = {name: code for code, name in _DTYPES.items()}


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file is one of these, by its first bytes."""
    if len(head) < 9 or path.is_dir():
        return False
    (length,) = _LENGTH.unpack(head[:8])
    starts = head[8:9] == b"{"
    return bool(starts and (length <= path.stat().st_size or path.suffix == ".safetensors"))


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> SafetensorsFile:
    """Open a safetensors file.

    Raises:
        FileFormatError: If the header does not describe the file exactly.
    """
    return SafetensorsFile(Path(path), limits)


class SafetensorsFile(OpenFile):
    """An open safetensors file."""

    format = NAME

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        self._file = path.open("rb")
        try:
            size = path.stat().st_size
            header, self._start = self._read_header(size, limits)
            self.metadata = self._checked_metadata(header.pop(_METADATA, {}))
            self._infos: dict[str, TensorInfo] = {}
            self._offsets: dict[str, int] = {}
            self._check_entries(header, size - self._start, limits)
            self._model, self.optimizer = without_optimizer(self._infos, self._read)
        except BaseException:
            self._file.close()
            raise

    def _read_header(self, size: int, limits: Limits) -> tuple[dict[str, Any], int]:
        head = self._file.read(8)
        length = _LENGTH.unpack(head)[0] if len(head) == 8 else size
        if length > size - 8:
            raise FileFormatError(
                f"{self.path} is not a complete safetensors file: its header is longer than the "
                f"file. Received: a header of {length:,} bytes in a file of {size:,}"
            )
        if length > limits.json_bytes:
            raise LimitError(
                f"{self.path}: the header is longer than a model's may be. If you trust the file, "
                f"raise the limit: Limits(json_bytes=...). Received: {length:,} bytes"
            )
        return parse_object(self._file.read(length), self.path, "the header", limits), 8 + length

    def _checked_metadata(self, found: Any) -> dict[str, str]:
        if not isinstance(found, dict) or any(not isinstance(v, str) for v in found.values()):
            raise FileFormatError(
                f"{self.path}: the metadata are texts by name. Received: {str(found)[:80]}"
            )
        return found

    def _check_entries(self, header: Mapping[str, Any], size: int, limits: Limits) -> None:
        """Check that the arrays fill the file without gaps and have the size that they say."""
        limits.check_count(self.path, "arrays", len(header))
        spans = []
        for name, entry in header.items():
            info, begin, end = self._entry(name, entry, limits)
            self._infos[name], self._offsets[name] = info, begin
            spans.append((begin, end, name))
        at = 0
        for begin, end, name in sorted(spans):
            if begin != at:
                raise FileFormatError(
                    f"{self.path}: the arrays overlap or leave a gap before {name!r}. "
                    f"Received: begin {begin:,} after {at:,}"
                )
            at = end
        if at != size:
            raise FileFormatError(
                f"{self.path} is not a complete safetensors file. "
                f"Received: {size:,} bytes of arrays, of {at:,}"
            )

    def _entry(self, name: str, entry: Any, limits: Limits) -> tuple[TensorInfo, int, int]:
        if "\0" in name or len(name.encode("utf-8", "surrogatepass")) > limits.name_bytes:
            raise FileFormatError(f"{self.path}: an array has no valid name. Received: {name!r}")
        entry = entry if isinstance(entry, dict) else {}
        shape, offsets = entry.get("shape"), entry.get("data_offsets")
        dtype = entry.get("dtype")
        if (
            not _are_sizes(shape)
            or not _are_sizes(offsets)
            or len(offsets) != 2
            or not isinstance(dtype, str)
        ):
            raise FileFormatError(
                f"{self.path}: the array {name!r} needs a dtype, a shape and two data_offsets. "
                f"Received: {str(entry)[:120]}"
            )
        if dtype not in _DTYPES:
            raise FileFormatError(
                f"{self.path}: the array {name!r} has a type that is not known. Received: {dtype!r}"
            )
        if len(shape) > limits.rank:
            raise LimitError(f"{self.path}: {name!r} has too many axes. Received: {len(shape)}")
        begin, end = offsets
        nbytes = math.prod(shape) * itemsize(_DTYPES[dtype])
        if nbytes != end - begin:
            raise FileFormatError(
                f"{self.path}: the array {name!r} of {shape} {dtype} takes {nbytes:,} bytes. "
                f"Received: {end - begin:,}"
            )
        return TensorInfo(tuple(shape), _DTYPES[dtype]), begin, end

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
        info = self._infos[name]
        values = np.empty(info.shape, numpy_dtype(info.dtype))
        self._file.seek(self._start + self._offsets[name])
        raw = values.reshape(-1).view(np.uint8)
        if self._file.readinto(raw) != info.nbytes:  # type: ignore[arg-type]
            raise FileFormatError(f"{self.path} ends within an array. Received: {name!r}")
        return values

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def write(
    path: str | PathLike,
    tensors: Tensors,
    *,
    metadata: Mapping[str, str] | None = None,
    overwrite: bool = True,
) -> None:
    """Write a safetensors file, one array after the other.

    Args:
        path: The file; it appears under its name when it is complete.
        tensors: The arrays.
        metadata: Texts that the file says of itself.
        overwrite: Whether an existing file is replaced.

    Raises:
        FileFormatError: If the format does not have an array's type.
    """
    # The official library orders by size of the type, so that every array is aligned.
    names = sorted(tensors, key=lambda name: (-itemsize(tensors[name].dtype), name))
    header: dict[str, Any] = {_METADATA: dict(metadata)} if metadata else {}
    at = 0
    for name in names:
        info = tensors[name]
        if info.dtype not in _CODES:
            raise FileFormatError(
                f"A safetensors file has no arrays of that type: {name!r}. Received: {info.dtype}"
            )
        offsets = [at, at + info.nbytes]
        header[name] = {
            "dtype": _CODES[info.dtype],
            "shape": list(info.shape),
            "data_offsets": offsets,
        }
        at = offsets[1]
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with replacing(path, overwrite=overwrite) as temporary, temporary.open("wb") as file:
        file.write(_LENGTH.pack(len(text)) + text)
        for name in names:
            array = tensors.read(name)
            if TensorInfo.of(array) != tensors[name]:
                raise ValueError(
                    f"The array {name!r} is announced as {tensors[name]}. "
                    f"Received: {TensorInfo.of(array)}"
                )
            array = np.ascontiguousarray(array)
            file.write(array.reshape(-1).view(np.uint8).data)


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, int) and not isinstance(item, bool) and 0 <= item < 1 << 62
        for item in value
    )
