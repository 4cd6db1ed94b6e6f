"""`.weights.json`: a weights file of Keras 3 in several parts, with an index.

The index names for each layer the files in which its arrays lie; they are beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from weight_port.errors import FileFormatError
from weight_port.formats.json_text import parse_object
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.tensors import TensorInfo, Tensors
from weight_port.formats.weights_h5 import WeightsH5File

NAME = "weights.json"


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file is such an index."""
    return head.lstrip()[:1] == b"{" and path.name.endswith("weights.json")


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> ShardedWeightsFile:
    """Open the files of an index.

    Raises:
        FileFormatError: If one of them is broken, missing, or not beside the index.
    """
    return ShardedWeightsFile(Path(path), limits)


class ShardedWeightsFile(WeightsH5File):
    """The open files of an index, as one."""

    format = NAME

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        self._shards: dict[str, WeightsH5File] = {}
        try:
            for name in _shard_names(path, limits):
                self._shards[name] = _open_shard(path, name, limits)
            infos: dict[str, TensorInfo] = {}
            self._holder: dict[str, Tensors] = {}
            self.layer_names: dict[str, str] = {}
            for shard in self._shards.values():
                self.layer_names.update(shard.layer_names)
                for tensors in (shard, shard.optimizer):
                    for key, info in tensors.items():
                        if key in self._holder:
                            raise FileFormatError(
                                f"{path}: two of its files have the same array. Received: {key!r}"
                            )
                        self._holder[key] = tensors
                        infos[key] = info
        except BaseException:
            self.close()
            raise
        self._sort(infos)

    def _read_raw(self, name: str) -> np.ndarray:
        return self._holder[name].read(name)

    def __getitem__(self, name: str) -> TensorInfo:
        return self._model[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._model)

    def __len__(self) -> int:
        return len(self._model)

    def close(self) -> None:
        """Close the files."""
        for shard in self._shards.values():
            shard.close()


def _shard_names(path: Path, limits: Limits) -> list[str]:
    if path.stat().st_size > limits.json_bytes:
        limits.check_expansion(path, "the index", path.stat().st_size, 0)
    index = parse_object(path.read_bytes(), path, "the index", limits)
    mapped = index.get("weight_map")
    if not isinstance(mapped, Mapping):
        raise FileFormatError(f"{path} has no weight_map. Received: {list(index)[:12]}")
    names: dict[str, None] = {}
    for value in mapped.values():
        listed: Any = value if isinstance(value, list) else [value]
        for name in listed:
            if not isinstance(name, str):
                raise FileFormatError(f"{path}: files are named by text. Received: {name!r}")
            names[name] = None
    limits.check_count(path, "files", len(names))
    return list(names)


def _open_shard(path: Path, name: str, limits: Limits) -> WeightsH5File:
    """Open a file that the index names; only plain files beside it are."""
    shard = path.parent / name
    plain = name not in ("", ".", "..") and not set(name) & set("/\\:\0")
    if not plain or shard.is_symlink():
        raise FileFormatError(
            f"{path}: the files of an index lie beside it, and none is a link. Received: {name!r}"
        )
    if not shard.is_file():
        raise FileFormatError(f"{path} names a file that is not there. Received: {name!r}")
    return WeightsH5File(shard, shard, limits)
