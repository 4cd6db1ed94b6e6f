"""`.safetensors.index.json`: arrays spread over several safetensors files, with an index.

The index names for each array the file that has it; the files are beside the index.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from weight_port.errors import FileFormatError
from weight_port.formats import safetensors_file
from weight_port.formats.atomic import replacing_folder
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.optimizer_names import without_optimizer
from weight_port.formats.safetensors_file import SafetensorsFile
from weight_port.formats.sharding import check_beside, read_index
from weight_port.formats.tensors import LazyTensors, OpenFile, TensorInfo, Tensors

NAME = "safetensors.index.json"
_ENDING = ".safetensors.index.json"
DEFAULT_SHARD_BYTES = 5 * 10**9


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file is such an index."""
    return head.lstrip()[:1] == b"{" and path.name.endswith(".index.json")


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> ShardedSafetensors:
    """Open the files of an index.

    Raises:
        FileFormatError: If one of them is broken, missing, not beside the index, or does not have
            the arrays that the index says.
    """
    return ShardedSafetensors(Path(path), limits)


class ShardedSafetensors(OpenFile):
    """The open files of an index, as one."""

    format = NAME

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        self._shards: dict[str, SafetensorsFile] = {}
        mapped = read_index(path, limits)
        try:
            for name, shard in mapped.items():
                if not isinstance(shard, str):
                    raise FileFormatError(
                        f"{path}: the index gives each array one file. Received: {shard!r}"
                    )
                if shard not in self._shards:
                    beside = check_beside(path, shard)
                    self._shards[shard] = safetensors_file.open_file(beside, limits=limits)
                if name not in self._shards[shard] and name not in self._shards[shard].optimizer:
                    raise FileFormatError(
                        f"{path}: the file {shard!r} does not have an array that the index says it "
                        f"has. Received: {name!r}"
                    )
            found = [n for s in self._shards.values() for part in (s, s.optimizer) for n in part]
            surplus = sorted(set(found) - set(mapped))
            if surplus or len(found) != len(mapped):
                raise FileFormatError(
                    f"{path}: its files have arrays that the index does not have. "
                    f"Received: {(surplus or found)[:8]}"
                )
        except BaseException:
            self.close()
            raise
        self._mapped = mapped
        infos = {name: self._part(name)[name] for name in mapped}
        self._model, self.optimizer = without_optimizer(infos, lambda n: self._part(n).read(n))
        self.metadata = {k: v for s in self._shards.values() for k, v in s.metadata.items()}

    def _part(self, name: str) -> Tensors:
        shard = self._shards[self._mapped[name]]
        return shard if name in shard else shard.optimizer

    def __getitem__(self, name: str) -> TensorInfo:
        return self._model[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._model)

    def __len__(self) -> int:
        return len(self._model)

    def read(self, name: str) -> np.ndarray:
        """Return the values of one array."""
        return self._shards[self._mapped[name]].read(name)

    def close(self) -> None:
        """Close the files."""
        for shard in self._shards.values():
            shard.close()


def write(
    path: str | PathLike,
    tensors: Tensors,
    *,
    metadata: Mapping[str, str] | None = None,
    overwrite: bool = True,
    max_shard_bytes: int = DEFAULT_SHARD_BYTES,
) -> None:
    """Write arrays to several safetensors files and an index.

    Args:
        path: The index; the files get its name and a number.
        tensors: The arrays.
        metadata: Texts that each file says of itself.
        overwrite: Whether existing files are replaced.
        max_shard_bytes: The size that a file does not exceed, unless one array alone does.
    """
    shards: list[list[str]] = [[]]
    size = 0
    for name, info in tensors.items():
        if shards[-1] and size + info.nbytes > max_shard_bytes:
            shards.append([])
            size = 0
        shards[-1].append(name)
        size += info.nbytes
    target = Path(path)
    stem = target.name.removesuffix(_ENDING).removesuffix(".index.json")
    mapped = {}
    with replacing_folder(target, overwrite=overwrite) as folder:
        for number, names in enumerate(shards, 1):
            file = f"{stem}-{number:05}-of-{len(shards):05}.safetensors"
            part = LazyTensors({name: tensors[name] for name in names}, tensors.read)
            safetensors_file.write(folder / file, part, metadata=metadata)
            mapped.update(dict.fromkeys(names, file))
        index = {"metadata": {"total_size": tensors.nbytes}, "weight_map": mapped}
        (folder / target.name).write_text(json.dumps(index, indent=2), encoding="utf-8")
