"""Files written from the layers of any model, under the names that its layers have."""

from __future__ import annotations

import json
from collections.abc import Callable
from os import PathLike

import numpy as np

from weight_port import formats, transform
from weight_port.convert.keras_files import FORMATS, write_keras_file
from weight_port.formats.tensors import LazyTensors, TensorInfo
from weight_port.legacy_config import modernize
from weight_port.porting.errors import PortError
from weight_port.porting.models import Opened
from weight_port.porting.report import MovedWeight, PortEntry
from weight_port.records.record import LayerRecord
from weight_port.records.state_dict import TorchRecord

# Formats of plain arrays by name, written as a torch `state_dict`.
_STATE_DICTS = ("safetensors", "torch", "npz")
_ROLES = {"forward_layer": "", "backward_layer": "_reverse"}


def write_file(source: Opened, path: str | PathLike) -> list[PortEntry]:
    """Write the layers of a model to a file.

    Args:
        source: The layers.
        path: The file; its ending tells the format: `.safetensors`, `.pt` and `.npz` hold a torch
            `state_dict`; `.keras`, `.h5` and `.weights.h5` can be written from a model of Keras or
            kerasish in memory.

    Returns:
        What was written, layer by layer.

    Raises:
        PortError: If the format needs an architecture and the source has none, or two layers have
            the same name.
    """
    name = formats.format_of_name(path)
    records = source.records
    if name in FORMATS and source.to_json is not None:
        config = json.loads(source.to_json())
        write_keras_file(path, records, modernize(config, config.get("keras_version")))
        return [_written(record) for record in records]
    if name not in _STATE_DICTS:
        raise PortError(
            f"A file of the format {name!r} has an architecture, which the source does not give.",
            [str(path)],
            "Move the weights into a Keras or kerasish model and give that as the source; or use "
            "weight_port.convert.convert_file(source_file, file, like=architecture).",
        )
    infos: dict[str, TensorInfo] = {}
    readers: dict[str, Callable[[], np.ndarray]] = {}
    entries, wrong = [], []
    for record in records:
        try:
            arrays = _arrays(record)
        except LookupError as error:
            wrong.append(str(error.args[0]))
            continue
        wrong += [f"{record.path}: a second array {key!r}" for key in arrays if key in infos]
        infos |= {key: info for key, (info, _) in arrays.items()}
        readers |= {key: reader for key, (_, reader) in arrays.items()}
        moved = tuple(MovedWeight(key, key, info.shape) for key, (info, _) in arrays.items())
        entries.append(PortEntry(record.path, record.path, record.layer_class, "file", moved))
    if wrong:
        raise PortError("These layers can't be written as torch arrays.", wrong, "")
    tensors = LazyTensors(infos, lambda key: np.ascontiguousarray(readers[key]()))
    formats.module_of(name).write(path, tensors)
    return entries


def _written(record: LayerRecord) -> PortEntry:
    moved = tuple(MovedWeight(name, name, shape) for name, shape in record.shapes.items())
    return PortEntry(record.path, record.path, record.layer_class, "file", moved)


def _arrays(record: LayerRecord) -> dict[str, tuple[TensorInfo, Callable[[], np.ndarray]]]:
    """Return a layer's torch arrays by their names in the file, and how to read each."""
    if isinstance(record, TorchRecord):
        return {
            record.torch_keys[name]: (info, lambda name=name: record.arrays.read(name))  # type: ignore[misc]
            for name, info in record.arrays.items()
        }
    if record.layout is None:
        return {
            _key(record.path, name): (info, lambda name=name: record.weights.read(name))  # type: ignore[misc]
            for name, info in record.weights.items()
        }
    layout = record.layout
    shapes = transform.torch_shapes(layout, record.shapes)
    dtypes = {
        key: record.weights[name].dtype
        for name in record.weights
        for key in layout.weight(name).torch_names
    }

    def reader(key: str) -> Callable[[], np.ndarray]:
        return lambda: transform.to_torch(layout, record.weights.read_all())[key]

    return {
        _key(record.path, key): (TensorInfo(shape, dtypes[key]), reader(key))
        for key, shape in shapes.items()
    }


def _key(path: str, name: str) -> str:
    """Return a name in a `state_dict`; the halves of a Bidirectional are marked as torch does."""
    above, _, last = path.rpartition("/")
    if last in _ROLES and name.endswith("_l0"):
        path, name = above, name + _ROLES[last]
    return f"{path}/{name}".strip("/").replace("/", ".")
