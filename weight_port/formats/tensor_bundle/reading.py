"""Checkpoints of TensorFlow as open files of arrays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.dtypes import numpy_dtype
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.sharding import check_beside
from weight_port.formats.tensor_bundle.crc32c import crc32c, masked
from weight_port.formats.tensor_bundle.entries import (
    STRING,
    Entry,
    Slice,
    parse_entry,
    parse_header,
    slice_key,
)
from weight_port.formats.tensor_bundle.object_graph import ObjectGraph
from weight_port.formats.tensor_bundle.saved_model import KerasMetadata
from weight_port.formats.tensor_bundle.table import read_table
from weight_port.formats.tensor_bundle.wire import read_varint
from weight_port.formats.tensors import LazyTensors, OpenFile, TensorInfo

NAME = "tensorflow"
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
# Parts are compared with each other, so there may not be any number of them.
_MOST_PARTS = 1024
# First attributes under which a checkpoint keeps counters and metrics.
_BOOKKEEPING = ("save_counter/", "keras_api/")


class TensorBundleFile(OpenFile):
    """An open checkpoint. The names of its arrays are the keys in it.

    Attributes:
        attributes: For each array of a checkpoint of objects, the paths of attributes that lead to
            it, the shortest first.
        full_names: The names that variables had in the program, as far as they are stored.
        other: Arrays of neither the model nor an optimizer: the counter of savings and metrics.
        skipped: The names of arrays of texts, which are not read.
        graph: The graph of objects, if there is one.
        layer_metadata: What a SavedModel of Keras says of its layers, by their paths.
    """

    format = NAME

    def __init__(
        self,
        path: Path,
        index: Path,
        limits: Limits = DEFAULT_LIMITS,
        keras: KerasMetadata | None = None,
    ) -> None:
        self.path = path
        self._index = index
        self._limits = limits
        self._files: dict[int, BinaryIO] = {}
        self._sizes: dict[int, int] = {}
        table = read_table(index, limits)
        if b"" not in table:
            raise FileFormatError(f"{index} has no header. Received: {list(table)[:4]}")
        self._header = parse_header(table.pop(b""), index, limits)
        try:
            self._read_entries(table)
            self._read_graph()
        except BaseException:
            self.close()
            raise
        if keras is not None:
            self.config, self.training = keras.config, keras.training
            self.metadata = keras.metadata
        self.layer_metadata: dict[str, dict[str, Any]] = keras.layers if keras else {}

    def _read_entries(self, table: dict[bytes, bytes]) -> None:
        self._entries: dict[str, Entry] = {}
        self._parts: dict[str, list[tuple[tuple[slice, ...], Entry]]] = {}
        needed = stored = 0
        for key, data in table.items():
            if key.startswith(b"\0"):
                continue  # a part of an array, found from the array's own entry
            name = self._name(key)
            entry = parse_entry(name, data, self._index, self._header, self._limits)
            self._entries[name] = entry
            if entry.slices:
                self._parts[name] = self._read_parts(name, entry, table)
            else:
                self._check_place(name, entry)
            if entry.dtype != STRING:
                needed += entry.info.nbytes
        stored = sum(self._sizes.values())
        self._limits.check_expansion(self._index, "the arrays together", needed, stored)

    def _name(self, key: bytes) -> str:
        try:
            if len(key) <= self._limits.name_bytes and b"\0" not in key:
                return key.decode("utf-8")
        except UnicodeDecodeError:
            pass
        raise FileFormatError(f"{self._index}: an array has no valid name. Received: {key[:80]!r}")

    def _read_parts(
        self, name: str, whole: Entry, table: dict[bytes, bytes]
    ) -> list[tuple[tuple[slice, ...], Entry]]:
        """Return the parts of an array and where they go; together they are as large as it."""
        if len(whole.slices) > _MOST_PARTS:
            raise LimitError(
                f"{self._index}: the array {name!r} is in more than {_MOST_PARTS:,} parts. "
                f"Received: {len(whole.slices):,}"
            )
        parts = []
        for part in whole.slices:
            where = self._ranges(name, whole, part)
            data = table.get(slice_key(name, part))
            if data is None:
                raise FileFormatError(
                    f"{self._index}: a part of the array {name!r} is not there. Received: {part}"
                )
            entry = parse_entry(name, data, self._index, self._header, self._limits)
            shape = tuple(extent.stop - extent.start for extent in where)
            if entry.shape != shape or entry.dtype != whole.dtype or entry.dtype == STRING:
                raise FileFormatError(
                    f"{self._index}: a part of the array {name!r} has to be {shape} {whole.dtype}. "
                    f"Received: {entry.shape} {entry.dtype}"
                )
            self._check_place(name, entry)
            parts.append((where, entry))
        if _overlap([where for where, _ in parts]) or whole.info.size != sum(
            entry.info.size for _, entry in parts
        ):
            raise FileFormatError(
                f"{self._index}: the parts of the array {name!r} do not make it up. "
                f"Received: {len(parts)} parts of {whole.shape}"
            )
        return parts

    def _ranges(self, name: str, whole: Entry, part: Slice) -> tuple[slice, ...]:
        ranges = []
        if len(part.extents) == len(whole.shape):
            for (start, length), size in zip(part.extents, whole.shape, strict=True):
                stop = size if length < 0 else start + length
                if 0 <= start <= stop <= size:
                    ranges.append(slice(start, stop))
        if len(ranges) != len(whole.shape):
            raise FileFormatError(
                f"{self._index}: a part of the array {name!r} is not within it. Received: {part}"
            )
        return tuple(ranges)

    def _check_place(self, name: str, entry: Entry) -> None:
        self._shard(entry.shard)
        if entry.offset + entry.size > self._sizes[entry.shard]:
            raise FileFormatError(
                f"{self._index}: the file with the array {name!r} is not complete. Received: "
                f"{self._sizes[entry.shard]:,} bytes, of {entry.offset + entry.size:,}"
            )

    def _shard(self, number: int) -> BinaryIO:
        if number not in self._files:
            stem = self._index.name.removesuffix(".index")
            name = f"{stem}.data-{number:05}-of-{self._header.shards:05}"
            found = check_beside(self._index, name)
            self._files[number] = found.open("rb")
            self._sizes[number] = found.stat().st_size
        return self._files[number]

    def _read_graph(self) -> None:
        self.graph: ObjectGraph | None = None
        if OBJECT_GRAPH in self._entries:
            data, where = self._text(OBJECT_GRAPH), f"{self._index}: the graph of objects"
            self.graph = ObjectGraph.parse(data, where, self._limits)
        graph = self.graph
        names = [name for name, entry in self._entries.items() if entry.dtype != STRING]
        state = graph.optimizer_keys if graph else set()
        other = {name for name in names if name not in state and name.startswith(_BOOKKEEPING)}
        found = graph.key_paths if graph else {}
        self.attributes = {name: found[name] for name in names if name in found}
        self.full_names = {k: v for k, v in graph.full_names.items() if v} if graph else {}
        self.optimizer = self._part([name for name in names if name in state])
        self.other = self._part([name for name in names if name in other])
        self._model = self._part([name for name in names if name not in state | other])
        self.skipped = [
            name
            for name, entry in self._entries.items()
            if entry.dtype == STRING and name != OBJECT_GRAPH
        ]

    def _part(self, names: list[str]) -> LazyTensors:
        return LazyTensors({name: self._entries[name].info for name in names}, self._read_array)

    def _bytes(self, name: str, entry: Entry) -> bytearray:
        data = bytearray(entry.size)
        file = self._shard(entry.shard)
        file.seek(entry.offset)
        if file.readinto(data) != entry.size:  # type: ignore[attr-defined]
            raise FileFormatError(f"{self._index}: its file ends within {name!r}. Received: less")
        return data

    def _text(self, name: str) -> bytes:
        """Return the bytes of an array of one text: its length, a checksum of that, the text."""
        entry = self._entries[name]
        where = f"{self._index}: the text {name!r}"
        if entry.shape or entry.slices or entry.size > self._limits.json_bytes:
            raise FileFormatError(f"{where} has to be one text. Received: {entry}")
        data = bytes(self._bytes(name, entry))
        length, at = read_varint(data, 0, where)
        text = data[at + 4 :]
        packed = length.to_bytes(4 if length < 1 << 32 else 8, "little")
        if length != len(text) or masked(crc32c(packed + data[at:])) != entry.checksum:
            raise FileFormatError(
                f"{where} is damaged: it has another checksum. Received: {len(text):,} bytes"
            )
        return text

    def _read_array(self, name: str) -> np.ndarray:
        if name not in self._parts:
            return self._read_stored(name, self._entries[name])
        info = self._entries[name].info
        whole = np.empty(info.shape, numpy_dtype(info.dtype))
        for where, entry in self._parts[name]:
            whole[where] = self._read_stored(name, entry)
        return whole

    def _read_stored(self, name: str, entry: Entry) -> np.ndarray:
        data = self._bytes(name, entry)
        if masked(crc32c(data)) != entry.checksum:
            raise FileFormatError(
                f"{self._index}: the array {name!r} is damaged, it has another checksum. "
                f"Received: {entry.size:,} bytes at {entry.offset:,}"
            )
        dtype = numpy_dtype(entry.dtype)
        if dtype == np.bool_ and data.strip(b"\0\1"):
            raise FileFormatError(
                f"{self._index}: the array {name!r} has truth values that are none. "
                f"Received: {bytes(data[:16])!r}"
            )
        array = np.frombuffer(data, dtype)
        if self._header.big_endian:
            array = array.byteswap()
        return array.reshape(entry.shape)

    def __getitem__(self, name: str) -> TensorInfo:
        return self._model[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._model)

    def __len__(self) -> int:
        return len(self._model)

    def read(self, name: str) -> np.ndarray:
        """Return the values of one array."""
        return self._model.read(name)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


def _overlap(boxes: list[tuple[slice, ...]]) -> bool:
    """Tell whether two parts of an array have a value in common."""
    common = np.ones((len(boxes), len(boxes)), bool)
    for ranges in zip(*boxes, strict=True):
        starts = np.array([extent.start for extent in ranges])
        stops = np.array([extent.stop for extent in ranges])
        common &= (starts[:, None] < stops) & (starts < stops[:, None])
    return bool(np.triu(common, 1).any())
