"""One module for each file format, all with the same verbs: `sniff`, `open_file`, `write`.

`open_file` here opens a file of any of them, told by what is in it.
"""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from pathlib import Path
from types import ModuleType

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.tensors import ArrayTensors, LazyTensors, OpenFile, TensorInfo, Tensors

__all__ = [
    "DEFAULT_LIMITS",
    "ArrayTensors",
    "FileFormatError",
    "LimitError",
    "LazyTensors",
    "Limits",
    "OpenFile",
    "TensorInfo",
    "Tensors",
    "detect",
    "format_of_name",
    "module_of",
    "names",
    "open_file",
]

# The modules by the format's name, in the order in which they are asked whose file it is.
_MODULES = {
    "keras": "keras_zip",
    "h5": "legacy_h5",
    "weights.h5": "weights_h5",
    "weights.json": "weights_h5_sharded",
    "safetensors": "safetensors_file",
    "safetensors.index.json": "safetensors_sharded",
    "npz": "npz_file",
    "torch": "torch_file",
    "tensorflow": "tensor_bundle",
}
_ENDINGS = {
    ".keras": "keras",
    ".weights.h5": "weights.h5",
    ".weights.json": "weights.json",
    ".h5": "h5",
    ".hdf5": "h5",
    ".safetensors": "safetensors",
    ".safetensors.index.json": "safetensors.index.json",
    ".npz": "npz",
    **dict.fromkeys((".pt", ".pth", ".bin"), "torch"),
}


def names() -> tuple[str, ...]:
    """Return the names of the formats."""
    return tuple(_MODULES)


def module_of(name: str) -> ModuleType:
    """Return the module of a format."""
    return import_module(f"weight_port.formats.{_MODULES[name]}")


def format_of_name(path: str | PathLike) -> str:
    """Return the format in which a file of this name is written.

    Raises:
        FileFormatError: If no format has the name's ending.
    """
    name = Path(path).name.lower()
    for ending in sorted(_ENDINGS, key=len, reverse=True):
        if name.endswith(ending):
            return _ENDINGS[ending]
    raise FileFormatError(
        f"The ending of a file's name tells the format to write; known are {sorted(_ENDINGS)}. "
        f"Received: {str(path)!r}"
    )


def detect(path: str | PathLike) -> str:
    """Return the format that an existing file has, by what is in it.

    Raises:
        FileNotFoundError: If there is no such file.
        FileFormatError: If it is of none of the formats.
    """
    path = Path(path)
    head = _head(path)
    for name in _MODULES:
        if module_of(name).sniff(path, head):
            return name
    raise FileFormatError(
        f"{path} is no model file of a known format ({', '.join(_MODULES)}), or it is broken from "
        f"its first bytes on. Received: {head[:16]!r}"
    )


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> OpenFile:
    """Open a model file for reading.

    Args:
        path: A file of any known format, or a folder with a SavedModel or a checkpoint.
        limits: What the file may ask for.

    Returns:
        The open file; close it, or use it in a `with` statement.

    Raises:
        FileNotFoundError: If there is no such file.
        FileFormatError: If it is broken, unsafe or of no known format.
    """
    opened: OpenFile = module_of(detect(path)).open_file(path, limits=limits)
    return opened


def _head(path: Path) -> bytes:
    """Return the first bytes of a file; none for a folder and for the prefix of a checkpoint."""
    if path.is_dir() or (not path.exists() and path.with_name(path.name + ".index").exists()):
        return b""
    if not path.exists():
        raise FileNotFoundError(f"There is no such file. Received: {str(path)!r}")
    if not path.is_file():
        raise FileFormatError(f"{path} is no regular file. Received: a device, pipe or socket")
    with path.open("rb") as file:
        return file.read(512)
