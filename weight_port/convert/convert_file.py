"""`convert_file`: one model file into another, as their endings and contents say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from weight_port import formats
from weight_port.convert.frameworks import to_framework, without_cudnn
from weight_port.convert.from_torch import records_from_torch
from weight_port.convert.keras_files import FORMATS as KERAS_FORMATS
from weight_port.convert.keras_files import write_keras_file
from weight_port.errors import FileFormatError
from weight_port.formats import DEFAULT_LIMITS, LazyTensors, Limits, OpenFile, TensorInfo, Tensors
from weight_port.formats.dtypes import numpy_dtype
from weight_port.formats.json_text import parse_object
from weight_port.formats.optimizer_names import numbered
from weight_port.legacy_config import modernize
from weight_port.records.config_tree import config_tree
from weight_port.records.files import records_of
from weight_port.records.record import LayerRecord

_CONFIG_KEY = "keras_config"
_BY_LAYER = (*KERAS_FORMATS, "weights.json", "tensorflow")
_FLOATS = ("float16", "float32", "float64", "bfloat16")


class OldArchitectureError(FileFormatError):
    """An old architecture can't be written as it is; a model has to be made of it."""


Progress = Callable[[str, int], None]
"""Called with the name of each array that was read and its number of bytes."""


@dataclass
class ConvertReport:
    """What a conversion did.

    Attributes:
        source: The file that was read, and `source_format` its format.
        target: The file that was written, and `target_format` its format.
        layout: The framework whose names and gate order the arrays have in the target.
        layers: The number of layers with weights; 0 where arrays were copied by name.
        arrays: The number of arrays written.
        bytes: The bytes of their values.
        as_they_are: Layers that the layout table does not have, whose arrays keep Keras's layout.
        optimizer_arrays: The arrays of the optimizer in the source.
        optimizer_kept: Whether they are in the target too.
    """

    source: str
    target: str
    source_format: str
    target_format: str
    layout: str
    layers: int = 0
    arrays: int = 0
    bytes: int = 0
    as_they_are: list[str] = field(default_factory=list)
    optimizer_arrays: int = 0
    optimizer_kept: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def convert_file(
    source: str | PathLike,
    target: str | PathLike,
    *,
    layout: str = "torch",
    dtype: str | None = None,
    like: str | PathLike | None = None,
    optimizer: bool = False,
    overwrite: bool = True,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> ConvertReport:
    """Convert a model file to another format.

    From Keras's files to torch's, every layer becomes a module named as the layer, with the names
    and the gate order of `layout`. The architecture goes with the weights into safetensors files,
    so that they convert back without more. From torch's files to Keras's, layers are found by the
    same names; the architecture is that of `like`, or the one the file has in it.

    Args:
        source: A file of any format that is known.
        target: The file to write; its ending tells the format.
        layout: `"torch"`, `"keras"`, `"onnx"`, `"flax"` or `"cudnn"`, for targets that are not
            Keras's.
        dtype: The type of floating-point arrays in the target; by default they keep theirs.
        like: A file of Keras with the architecture, for sources that have none; also JSON text as
            `model.to_json()` writes it, in a `.json` file.
        optimizer: Whether the state of the optimizer goes with the weights.
        overwrite: Whether an existing target is replaced.
        limits: What the source may ask for.
        progress: Called after each array that was read.

    Returns:
        What was done.

    Raises:
        FileFormatError: If a file is broken or unsafe, or the formats can't be converted.
        WeightMismatchError: If arrays and layers do not fit each other; all that do not are listed.
        LayoutError: If the framework has no such layer.

    Example:
        >>> convert_file("model.keras", "model.safetensors")
    """
    kind = formats.format_of_name(target)
    if dtype is not None and dtype not in _FLOATS:
        raise FileFormatError(f"Weights are converted to one of {_FLOATS}. Received: {dtype!r}")
    if Path(source).resolve() == Path(target).resolve():
        raise FileFormatError(
            f"A file is not converted into itself; give another name. Received: {target}"
        )
    with formats.open_file(source, limits=limits) as file:
        config = _config(file, like, limits)
        report = ConvertReport(
            str(source),
            str(target),
            file.format,
            kind,
            "keras" if kind in KERAS_FORMATS else layout,
        )
        report.optimizer_arrays = len(file.optimizer)
        state = _state(file, kind) if optimizer else None
        report.optimizer_kept = bool(state)
        wrap = _Wrapped(dtype, progress)
        if kind in KERAS_FORMATS:
            _to_keras(file, target, config, report, state, overwrite, wrap, own=like is None)
        else:
            _to_arrays(file, target, kind, config, report, state, overwrite, wrap)
    return report


def _to_keras(
    file: OpenFile,
    target: str | PathLike,
    config: dict[str, Any] | None,
    report: ConvertReport,
    state: Tensors | None,
    overwrite: bool,
    wrap: _Wrapped,
    own: bool,
) -> None:
    if config is None:
        raise FileFormatError(
            f"A file of Keras names its layers by an architecture, and {file.path} has none. Give "
            f"`like=` (--like), a file of Keras or JSON with the architecture. "
            f"Received: {report.target}"
        )
    # Keras 3 leaves out modules too, but in .h5 files alone, and reads them there.
    complete = "module" in config or (report.target_format == "h5" and own and _is_of_keras3(file))
    if not complete and report.target_format != "weights.h5":
        raise OldArchitectureError(
            f"{report.target} would hold an architecture in the form of old files, which Keras 3 "
            "does not read there; a model has to be made of it. The command `weight-port "
            "convert` does that, or `kerasish.models.load_model(source).save(target)`. "
            f"Received: {file.path}"
        )
    if file.format in _BY_LAYER:
        records = _records(file, config)
    else:
        records = records_from_torch(file, config_tree(config), file.path)
    wrapped = [wrap.record(without_cudnn(record)) for record in records]
    beside: dict[str, Any] = {}
    if own and file.format in ("keras", "weights.h5"):
        beside["extras"] = file.extras  # type: ignore[attr-defined]
    if own and file.format == report.target_format == "keras":
        names: list[str] = file.assets  # type: ignore[attr-defined]
        beside["assets"] = {name: file.read_asset(name) for name in names}  # type: ignore[attr-defined]
    write_keras_file(target, wrapped, config, optimizer=state, overwrite=overwrite, **beside)
    report.layers = len(wrapped)
    report.arrays = sum(len(record.weights) for record in wrapped)
    report.bytes = sum(record.weights.nbytes for record in wrapped)
    report.as_they_are = [record.path for record in wrapped if record.layout is None]


def _to_arrays(
    file: OpenFile,
    target: str | PathLike,
    kind: str,
    config: dict[str, Any] | None,
    report: ConvertReport,
    state: Tensors | None,
    overwrite: bool,
    wrap: _Wrapped,
) -> None:
    metadata = {"layout": report.layout}
    if file.format in _BY_LAYER:
        records = _records(file, config)
        named = to_framework(records, report.layout)
        tensors, report.as_they_are = named.tensors, named.as_they_are
        report.layers = len(records)
        metadata["keras_version"] = file.metadata.get("keras_version", "")
    else:
        if report.layout != "torch":
            raise FileFormatError(
                f"The arrays of {file.path} have torch's names already; another layout is made "
                f"from a file of Keras. Received: layout={report.layout!r}"
            )
        tensors = file
        metadata.update(file.metadata)
    if config is not None:
        metadata[_CONFIG_KEY] = json.dumps(config)
    tensors = wrap.tensors(_joined(file, tensors, state))
    formats.module_of(kind).write(
        target,
        tensors,
        metadata={"format": "pt", **{k: v for k, v in metadata.items() if v}},
        overwrite=overwrite,
    )
    report.arrays, report.bytes = len(tensors), tensors.nbytes


def _records(file: OpenFile, config: dict[str, Any] | None) -> list[LayerRecord]:
    """Return the layers; an architecture names those of a file that has none."""
    given = config if file.config is None else None
    return records_of(file, config_tree(given) if given is not None else None)


def _config(file: OpenFile, like: str | PathLike | None, limits: Limits) -> dict[str, Any] | None:
    """Return the architecture in Keras 3's form: that of `like`, or the source's own."""
    if like is None:
        return own_config(file, limits)
    config = architecture_of(like, limits)
    if config is None:
        raise FileFormatError(f"{like} has no architecture. Received: a file of weights alone")
    return config


def own_config(file: OpenFile, limits: Limits) -> dict[str, Any] | None:
    """Return the architecture that an open file has in it, in Keras 3's form; None without one."""
    if file.config is not None:
        return modernize(dict(file.config), file.metadata.get("keras_version"))
    if _CONFIG_KEY in file.metadata:
        return parse_object(file.metadata[_CONFIG_KEY], file.path, _CONFIG_KEY, limits)
    return None


def _architecture_in_json(path: Path, limits: Limits) -> dict[str, Any]:
    if path.stat().st_size > limits.json_bytes:
        raise FileFormatError(f"{path} is too long. Received: {path.stat().st_size:,} bytes")
    config = parse_object(path.read_bytes(), path, "the architecture", limits)
    return modernize(config, config.get("keras_version"))


def _state(file: OpenFile, kind: str) -> Tensors | None:
    """Return the optimizer's arrays, if the target keeps them in a form that can be read."""
    if not file.optimizer:
        return None
    if kind in KERAS_FORMATS and file.format == "torch":
        raise FileFormatError(
            f"{file.path} does not tell whose optimizer it has the state of; convert without it. "
            "Safetensors files keep that of Keras on its way back. "
            f"Received: {list(file.optimizer)[:4]}"
        )
    if kind in KERAS_FORMATS and not _is_of_keras3(file):
        raise FileFormatError(
            f"{file.path}: optimizers of Keras before 3 keep another state than those of Keras 3; "
            "convert without it, or to a file of arrays. "
            f"Received: a {file.format} file, keras_version {file.metadata.get('keras_version')}"
        )
    return file.optimizer


def _is_of_keras3(file: OpenFile) -> bool:
    version = file.metadata.get("keras_version", "2" if file.format == "tensorflow" else "3")
    return version.split(".")[0] == "3"


def _joined(file: OpenFile, tensors: Tensors, state: Tensors | None) -> Tensors:
    if state is None:
        return tensors
    if file.format != "torch" and _is_of_keras3(file):
        prefixed = numbered(state)
    else:  # whose names tell more than their order
        prefixed = {f"optimizer/{name.removeprefix('optimizer/')}": name for name in state}
    infos = {**tensors, **{key: state[name] for key, name in prefixed.items()}}
    return LazyTensors(
        infos, lambda key: state.read(prefixed[key]) if key in prefixed else tensors.read(key)
    )


@dataclass
class _Wrapped:
    """Arrays on their way: cast to the wanted type, and counted for the progress bar."""

    dtype: str | None
    progress: Progress | None

    def tensors(self, tensors: Tensors) -> Tensors:
        infos = {name: self._info(info) for name, info in tensors.items()}

        def read(name: str) -> np.ndarray:
            array = tensors.read(name)
            wanted = infos[name].dtype
            if array.dtype.name != wanted:
                array = array.astype(numpy_dtype(wanted))
            if self.progress is not None:
                self.progress(name, array.nbytes)
            return array

        return LazyTensors(infos, read)

    def record(self, record: LayerRecord) -> LayerRecord:
        weights = self.tensors(record.weights)
        return LayerRecord(
            record.path, record.layer_class, record.layout, weights, record.keys, record.config
        )

    def _info(self, info: TensorInfo) -> TensorInfo:
        if self.dtype is None or info.dtype not in _FLOATS:
            return info
        return TensorInfo(info.shape, self.dtype)


def architecture_of(path: str | PathLike, limits: Limits = DEFAULT_LIMITS) -> dict[str, Any] | None:
    """Return the architecture that a file has in it, in Keras 3's form; None if it has none.

    Args:
        path: A model file, or a `.json` file with an architecture alone.
        limits: What the file may ask for.
    """
    name = Path(path).name
    if name.endswith(".json") and not name.endswith((".index.json", "weights.json")):
        return _architecture_in_json(Path(path), limits)
    with formats.open_file(path, limits=limits) as file:
        return own_config(file, limits)
