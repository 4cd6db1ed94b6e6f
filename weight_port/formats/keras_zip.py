"""`.keras`: the model file of Keras 3, and of Keras 2 from 2.12 on.

A zip file of `config.json` (the architecture), `metadata.json` (the version of Keras) and
`model.weights.h5`.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any

from weight_port.errors import FileFormatError
from weight_port.formats import weights_h5
from weight_port.formats.atomic import replacing
from weight_port.formats.json_text import parse_object
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.tensors import Tensors
from weight_port.formats.weights_h5 import WeightsH5File
from weight_port.formats.zip_archive import ZipArchive

NAME = "keras"
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file is one of these, by its members."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return CONFIG in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return path.suffix == ".keras"


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> KerasZipFile:
    """Open a model file of Keras.

    Raises:
        FileFormatError: If it is broken or refers to something outside of itself.
    """
    return KerasZipFile(Path(path), limits)


class KerasZipFile(WeightsH5File):
    """An open model file; `config` is the architecture, `training` what it was compiled with.

    Attributes:
        assets: The names of further members, such as vocabularies.
    """

    format = NAME

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self._archive = ZipArchive(path, limits)
        try:
            self.config = parse_object(
                self._archive.read(CONFIG, limits.json_bytes), path, CONFIG, limits
            )
            self.metadata = self._read_metadata(path, limits)
            if WEIGHTS not in self._archive.names:
                raise FileFormatError(
                    f"{path} has no member {WEIGHTS!r}, so no weights that can be read. "
                    f"Received: {self._archive.names[:12]}"
                )
            super().__init__(self._archive.open_seekable(WEIGHTS), path, limits)
        except BaseException:
            self._archive.close()
            raise
        training = self.config.get("compile_config")
        self.training = training if isinstance(training, Mapping) else None
        known = {CONFIG, METADATA, WEIGHTS}
        self.assets = [name for name in self._archive.names if name not in known]

    def _read_metadata(self, path: Path, limits: Limits) -> dict[str, str]:
        if METADATA not in self._archive.names:
            return {}
        found = parse_object(self._archive.read(METADATA, 1 << 20), path, METADATA, limits)
        return {key: value for key, value in found.items() if isinstance(value, str)}

    def read_asset(self, name: str, most: int = 1 << 30) -> bytes:
        """Return the bytes of a further member."""
        return self._archive.read(name, most)

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._archive.close()


def write(
    path: str | PathLike,
    tensors: Tensors,
    *,
    config: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
    layer_names: Mapping[str, str] | None = None,
    optimizer: Tensors | None = None,
    assets: Mapping[str, bytes] | None = None,
    overwrite: bool = True,
) -> None:
    """Write a model file that Keras 3 loads.

    Args:
        path: The file; it appears under its name when it is complete.
        tensors: The arrays, named as in a weights file.
        config: The architecture in Keras 3's form.
        metadata: What the file says of itself; it must have `keras_version`, which decides how
            the file is read.
        layer_names: The names of layers by their path.
        optimizer: The arrays of the optimizer.
        assets: Further members by name, such as `assets/layers/text_vectorization/vocabulary.txt`.
        overwrite: Whether an existing file is replaced.
    """
    said = {"keras_version": "3.15.1", "date_saved": _now(), **(metadata or {})}
    with replacing(path, overwrite=overwrite) as temporary:
        weights = temporary.with_name(temporary.name + ".h5")
        try:
            weights_h5.write_into(weights, tensors, layer_names=layer_names, optimizer=optimizer)
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                archive.writestr(METADATA, json.dumps(said))
                archive.writestr(CONFIG, json.dumps(config))
                archive.write(weights, WEIGHTS)
                for name, content in (assets or {}).items():
                    archive.writestr(name, content)
        finally:
            weights.unlink(missing_ok=True)


def _now() -> str:
    return datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
