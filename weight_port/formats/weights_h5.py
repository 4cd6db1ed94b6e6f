"""`.weights.h5`: the weights file of Keras 3, which is a part of every `.keras` file too.

Arrays are named by the path of the layer in the model and a number: `layers/lstm_1/cell/vars/0`.
The path is made of attributes and class names and not of the layers' names; newer files tell the
names in attributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np

from weight_port.errors import FileFormatError
from weight_port.formats.atomic import replacing
from weight_port.formats.hdf5 import Hdf5File, is_hdf5
from weight_port.formats.hdf5.writing import write_array
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.tensors import LazyTensors, OpenFile, TensorInfo, Tensors

NAME = "weights.h5"
# Keras 2.12 and 2.13 wrote `_layer_checkpoint_dependencies` in place of `layers`.
_OLD_CONTAINER = "_layer_checkpoint_dependencies"
_OPTIMIZER = "optimizer/"
# What look-up layers keep beside their weights, under a name in place of a number. A
# TextVectorization keeps it a second time, under the path of its own look-up layer.
_EXTRA = "/vars/idf_weights"
# Counts that a metric had when the model was saved. They start anew with each evaluation.
_METRICS = ("metrics/", "_metrics/", "_compile_metrics/", "_loss_tracker/")


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file is one of these, by its structure."""
    # Asked after the older format, so whatever is HDF5 and not that.
    return is_hdf5(head)


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> WeightsH5File:
    """Open a weights file of Keras 3.

    Raises:
        FileFormatError: If it is broken or refers to something outside of itself.
    """
    return WeightsH5File(Path(path), Path(path), limits)


class WeightsH5File(OpenFile):
    """An open weights file; the arrays are in the order of each layer's variables.

    Attributes:
        layer_names: The names of layers, by their path in the file; empty in older files.
        extras: Arrays that layers keep beside their weights: inverse document frequencies.
    """

    format = NAME

    def __init__(
        self, source: Path | BinaryIO, path: Path, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.path = path
        self._hdf5 = Hdf5File(source, path, limits)
        try:
            self._in_file = {_modern(name): name for name in self._hdf5.arrays}
            for name in self._in_file:
                if not _is_variable(name):
                    raise FileFormatError(
                        f"{path}: a weights file of Keras 3 names its arrays .../vars/0, "
                        f".../vars/1, ... Received: {name!r}"
                    )
            self.layer_names = self._read_names()
        except BaseException:
            self._hdf5.close()
            raise
        self._sort({name: self._hdf5.arrays[raw] for name, raw in self._in_file.items()})

    def _sort(self, infos: Mapping[str, TensorInfo]) -> None:
        """Put the arrays in the order of their numbers, the optimizer's apart."""
        ordered = sorted(infos, key=_by_number)
        training = (_OPTIMIZER, *_METRICS)
        beside = [name for name in ordered if name.endswith(_EXTRA)]
        apart = (*training, *beside)
        self._model = {name: infos[name] for name in ordered if not name.startswith(apart)}
        self.extras = LazyTensors({name: infos[name] for name in beside}, self._read_raw)
        state = {name: infos[name] for name in ordered if name.startswith(_OPTIMIZER)}
        self.optimizer = LazyTensors(state, self._read_raw)

    def _read_names(self) -> dict[str, str]:
        names = {}
        for group in self._hdf5.groups:
            if group == "vars" or group.endswith("/vars"):
                text = self._hdf5.text(group, "name")
                if text is not None:
                    names[_modern(group).removesuffix("vars").rstrip("/")] = text
        return names

    def _read_raw(self, name: str) -> np.ndarray:
        return self._hdf5.read(self._in_file[name])

    def __getitem__(self, name: str) -> TensorInfo:
        return self._model[name]

    def __iter__(self) -> Any:
        return iter(self._model)

    def __len__(self) -> int:
        return len(self._model)

    def read(self, name: str) -> np.ndarray:
        """Return the values of one array."""
        if name not in self._model:
            raise KeyError(name)
        return self._read_raw(name)

    def close(self) -> None:
        """Close the file."""
        self._hdf5.close()


def write(
    path: str | PathLike,
    tensors: Tensors,
    *,
    layer_names: Mapping[str, str] | None = None,
    optimizer: Tensors | None = None,
    overwrite: bool = True,
) -> None:
    """Write a weights file that Keras 3 reads.

    Args:
        path: The file; it appears under its name when it is complete.
        tensors: The arrays, named `<path of the layer>/vars/<number>`.
        layer_names: The names of layers by their path.
        optimizer: The arrays of the optimizer, named `optimizer/vars/<number>`.
        overwrite: Whether an existing file is replaced.

    Raises:
        ValueError: If an array has another name.
    """
    with replacing(path, overwrite=overwrite) as temporary:
        write_into(temporary, tensors, layer_names=layer_names, optimizer=optimizer)


def write_into(
    path: Path,
    tensors: Tensors,
    *,
    layer_names: Mapping[str, str] | None = None,
    optimizer: Tensors | None = None,
) -> None:
    """Write a weights file under a name that nobody looks at yet."""
    with h5py.File(path, "w") as file:
        for layer, name in (layer_names or {}).items():
            file.require_group(f"{layer}/vars" if layer else "vars").attrs["name"] = name
        parts = [tensors] if optimizer is None else [tensors, optimizer]
        for part in parts:
            for name in part:
                if not _is_variable(name):
                    raise ValueError(
                        "Arrays of a weights file are named `<path>/vars/<number>`. "
                        f"Received: {name!r}"
                    )
                write_array(file, name, part.read(name))


def _is_variable(name: str) -> bool:
    return re.search(r"(^|/)vars/[^/]+$", name) is not None


def _modern(name: str) -> str:
    return re.sub(rf"(^|/){_OLD_CONTAINER}(?=/|$)", r"\1layers", name)


def _by_number(name: str) -> tuple[str, int, str]:
    group, _, number = name.rpartition("/")
    return group, int(number) if number.isdecimal() and len(number) < 9 else 1 << 30, number
