"""`.weights.json`: a weights file of Keras 3 in several parts, with an index.

The index names for each layer the files in which its arrays lie; they are beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from weight_port.errors import FileFormatError
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.sharding import check_beside, read_index
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
                shard_path = check_beside(path, name)
                self._shards[name] = WeightsH5File(shard_path, shard_path, limits)
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
    names: dict[str, None] = {}
    for value in read_index(path, limits).values():
        listed: Any = value if isinstance(value, list) else [value]
        for name in listed:
            if not isinstance(name, str):
                raise FileFormatError(f"{path}: files are named by text. Received: {name!r}")
            names[name] = None
    limits.check_count(path, "files", len(names))
    return list(names)
