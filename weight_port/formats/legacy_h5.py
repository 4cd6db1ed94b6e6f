"""Keras's old HDF5 files: whole models (`.h5`, `.hdf5`) and weights alone, of Keras 1, 2 and 3.

Arrays are named by the layer and the weight's own name, `dense_1/dense_1/kernel:0`, and listed in
attributes in the order of the layers and of each layer's weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from weight_port.errors import FileFormatError
from weight_port.formats.atomic import replacing
from weight_port.formats.hdf5 import Hdf5File, is_hdf5, root_has
from weight_port.formats.hdf5.writing import write_array, write_texts
from weight_port.formats.json_text import parse_object
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.tensors import LazyTensors, OpenFile, TensorInfo, Tensors

NAME = "h5"
_MODEL, _OPTIMIZER = "model_weights", "optimizer_weights"
TOP_LEVEL = "top_level_model_weights"


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file is one of these, by its structure."""
    attributes = ("layer_names", "layer_names0", "model_config")
    return is_hdf5(head) and root_has(path, attributes, (_MODEL,))


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> LegacyH5File:
    """Open an HDF5 file of Keras.

    Raises:
        FileFormatError: If it is broken, lacks an array that it lists, or refers to something
            outside of itself.
    """
    return LegacyH5File(Path(path), limits)


class LegacyH5File(OpenFile):
    """An open file; the arrays are in the order of `get_weights()`.

    Attributes:
        layers: The names of the layers in order, each with the names of its arrays.
    """

    format = NAME

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        self._hdf5 = Hdf5File(path, path, limits)
        try:
            self._root = _MODEL if _MODEL in self._hdf5.groups else ""
            self.config = self._json("model_config", limits)
            self.training = self._json("training_config", limits)
            self.metadata = self._read_metadata()
            self._infos: dict[str, TensorInfo] = {}
            self.layers = self._read_layers()
            self.optimizer = self._read_optimizer()
        except BaseException:
            self._hdf5.close()
            raise

    def _json(self, name: str, limits: Limits) -> dict[str, Any] | None:
        text = self._hdf5.text("", name)
        if text is None or text in ("", "null"):
            return None
        return parse_object(text, self.path, f"the attribute {name!r}", limits)

    def _read_metadata(self) -> dict[str, str]:
        found = {}
        for name in ("keras_version", "backend"):
            text = self._hdf5.text("", name)
            if text is None and self._root:
                text = self._hdf5.text(self._root, name)
            if text is not None:
                found[name] = text
        return found

    def _read_layers(self) -> list[tuple[str, tuple[str, ...]]]:
        names = self._hdf5.texts(self._root, "layer_names")
        if names is None:
            raise FileFormatError(
                f"{self.path} has no attribute 'layer_names', by which Keras's HDF5 files list "
                f"their layers. Received: {list(self._hdf5.groups)[:12]}"
            )
        if TOP_LEVEL in self._group_names() and TOP_LEVEL not in names:
            names.append(TOP_LEVEL)
        if len(set(names)) != len(names):
            raise FileFormatError(f"{self.path} names a layer twice. Received: {names[:40]}")
        return [(name, self._weights_of(name)) for name in names]

    def _group_names(self) -> set[str]:
        prefix = f"{self._root}/" if self._root else ""
        return {group.removeprefix(prefix) for group in self._hdf5.groups}

    def _weights_of(self, layer: str) -> tuple[str, ...]:
        group = f"{self._root}/{layer}" if self._root else layer
        if group not in self._hdf5.groups:
            raise FileFormatError(
                f"{self.path} lists a layer that it has no group for. Received: {layer!r}"
            )
        keys = []
        for weight in self._hdf5.texts(group, "weight_names") or []:
            inside = f"{group}/{weight}"
            if inside not in self._hdf5.arrays:
                raise FileFormatError(
                    f"{self.path}: the layer {layer!r} lists a weight that is not there. "
                    f"Received: {weight!r}"
                )
            key = f"{layer}/{weight}"
            self._infos[key] = self._hdf5.arrays[inside]
            keys.append(key)
        if len(set(keys)) != len(keys):
            raise FileFormatError(
                f"{self.path}: the layer {layer!r} lists a weight twice. Received: {keys[:40]}"
            )
        return tuple(keys)

    def _read_optimizer(self) -> Tensors:
        if _OPTIMIZER not in self._hdf5.groups:
            return LazyTensors({}, self._hdf5.read)
        names = self._hdf5.texts(_OPTIMIZER, "weight_names")
        found = {
            name.removeprefix(f"{_OPTIMIZER}/"): info
            for name, info in self._hdf5.arrays.items()
            if name.startswith(f"{_OPTIMIZER}/")
        }
        if names is None:
            names = list(found)
        missing = [name for name in names if name not in found]
        if missing:
            raise FileFormatError(
                f"{self.path}: the optimizer lists an array that is not there. "
                f"Received: {missing[0]!r}"
            )
        return LazyTensors(
            {name: found[name] for name in names},
            lambda name: self._hdf5.read(f"{_OPTIMIZER}/{name}"),
        )

    def __getitem__(self, name: str) -> TensorInfo:
        return self._infos[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._infos)

    def __len__(self) -> int:
        return len(self._infos)

    def read(self, name: str) -> np.ndarray:
        """Return the values of one array."""
        if name not in self._infos:
            raise KeyError(name)
        return self._hdf5.read(f"{self._root}/{name}" if self._root else name)

    def close(self) -> None:
        """Close the file."""
        self._hdf5.close()


def write(
    path: str | PathLike,
    tensors: Tensors,
    *,
    layers: Sequence[tuple[str, Sequence[str]]],
    config: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    metadata: Mapping[str, str] | None = None,
    optimizer: Tensors | None = None,
    overwrite: bool = True,
) -> None:
    """Write an HDF5 file that Keras reads: a whole model if there is a `config`, else weights.

    Args:
        path: The file; it appears under its name when it is complete.
        tensors: The arrays.
        layers: The names of the layers in order, each with the names of its arrays, which begin
            with the layer's name and a slash.
        config: The architecture, in the form that Keras stores in these files.
        training: What the model was compiled with.
        metadata: `keras_version` and `backend`.
        optimizer: The arrays of the optimizer.
        overwrite: Whether an existing file is replaced.
    """
    said = {"keras_version": "3.15.1", "backend": "torch", **(metadata or {})}
    with replacing(path, overwrite=overwrite) as temporary, h5py.File(temporary, "w") as file:
        root = file
        if config is not None:
            root = file.create_group(_MODEL)
            file.attrs.update(said)
            file.attrs["model_config"] = json.dumps(config).encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        root.attrs.update(said)
        write_texts(root, "layer_names", [name for name, _ in layers if name != TOP_LEVEL])
        for layer, keys in layers:
            group = root.require_group(layer)
            write_texts(group, "weight_names", [key.removeprefix(f"{layer}/") for key in keys])
            for key in keys:
                write_array(group, key.removeprefix(f"{layer}/"), tensors.read(key))
        if optimizer:
            state = file.create_group(_OPTIMIZER)
            write_texts(state, "weight_names", list(optimizer))
            for name in optimizer:
                write_array(state, name, optimizer.read(name))
