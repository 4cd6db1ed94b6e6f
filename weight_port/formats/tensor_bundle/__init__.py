"""Checkpoints of TensorFlow and the variables of SavedModels, read without TensorFlow.

A checkpoint `ckpt-1` is a table `ckpt-1.index` of what there is, and files
`ckpt-1.data-00000-of-00001` with the bytes. They are read, never written.
"""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path

from weight_port.errors import FileFormatError
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.sharding import check_beside
from weight_port.formats.tensor_bundle.keras_layers import CheckpointLayer, keras_layers
from weight_port.formats.tensor_bundle.reading import NAME, TensorBundleFile
from weight_port.formats.tensor_bundle.saved_model import read_keras_metadata
from weight_port.formats.tensor_bundle.table import MAGIC

__all__ = [
    "NAME",
    "CheckpointLayer",
    "TensorBundleFile",
    "keras_layers",
    "open_file",
    "sniff",
]

_STATE_BYTES = 1 << 20
_INDEX, _DATA = ".index", r"\.data-\d{5}-of-\d{5}"


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a path leads to a checkpoint, by the mark at the end of its index."""
    try:
        index, _ = _find(path)
        with index.open("rb") as file:
            file.seek(max(0, index.stat().st_size - len(MAGIC)))
            return file.read() == MAGIC or index.name == "variables.index"
    except (FileFormatError, OSError):
        return False


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> TensorBundleFile:
    """Open a checkpoint.

    Args:
        path: Its prefix (`ckpt-1`), its index or a file of its data; a folder with a file
            `checkpoint` that names the latest, or that file; a folder with one checkpoint; or the
            folder of a SavedModel.
        limits: What the files may ask for.

    Raises:
        FileNotFoundError: If there is nothing of that name.
        FileFormatError: If it is no checkpoint, or broken.
    """
    index, model = _find(Path(path))
    keras = read_keras_metadata(model, limits) if model is not None else None
    return TensorBundleFile(Path(path), index, limits, keras)


def _find(path: Path) -> tuple[Path, Path | None]:
    """Return the index of a checkpoint, and the folder of the SavedModel that it belongs to."""
    if path.is_dir():
        if (path / "variables" / "variables.index").is_file():
            return _variables(path / "variables"), path
        if (path / "checkpoint").is_file():
            return _latest(path / "checkpoint"), None
        found = [item.name for item in path.iterdir() if item.name.endswith(_INDEX)]
        if len(found) == 1:
            return check_beside(path / found[0], found[0]), None
        raise FileFormatError(
            f"{path} is no folder of a SavedModel and has no file `checkpoint`; name one of its "
            f"checkpoints. Received: {sorted(item.name for item in path.iterdir())[:12]}"
        )
    if path.name == "saved_model.pb":
        return _find(path.parent)
    if path.name == "checkpoint" and path.is_file():
        return _latest(path), None
    if path.name.endswith(_INDEX) and path.is_file():
        return path, None
    prefix = re.sub(f"{_DATA}$", "", path.name)
    index = path.with_name(prefix + _INDEX)
    if index.is_file():
        return index, None
    if path.exists():
        raise FileFormatError(f"{path} is no checkpoint of TensorFlow. Received: {path.name!r}")
    raise FileNotFoundError(f"There is no such checkpoint. Received: {str(path)!r}")


def _variables(folder: Path) -> Path:
    """Return the index in the folder of a SavedModel; neither is a link out of the model."""
    if folder.is_symlink():
        raise FileFormatError(
            f"{folder}: the variables of a SavedModel lie in it, not behind a link. "
            f"Received: {folder.name!r}"
        )
    return check_beside(folder / "variables.index", "variables.index")


def _latest(state: Path) -> Path:
    """Return the index of the checkpoint that a file `checkpoint` names; it lies beside it."""
    with state.open("rb") as file:
        text = file.read(_STATE_BYTES).decode("utf-8", "replace")
    named = re.search(r'^model_checkpoint_path:\s*"((?:[^"\\]|\\.)*)"', text, re.MULTILINE)
    if named is None:
        raise FileFormatError(f"{state} names no checkpoint. Received: {text[:80]!r}")
    # Saved with full paths, a folder that was moved still names where it was.
    name = re.split(r"[/\\]", named[1])[-1]
    return check_beside(state, name + _INDEX)
