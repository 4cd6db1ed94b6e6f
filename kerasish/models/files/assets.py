"""Files that layers keep in a `.keras` file beside their weights, such as vocabularies.

Keras keeps them in `assets/<path of the layer>/`. A layer writes and reads them by `save_assets`
and `load_assets`, which are given a folder. What a file holds is unpacked into a new folder for
one layer at a time, under names that are checked, as far as the limits allow.
"""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from kerasish.models.files.live_tree import LiveTree
from weight_port.errors import FileFormatError, LimitError

if TYPE_CHECKING:
    from weight_port.formats.keras_zip import KerasZipFile

_FOLDER = "assets"
# Far above a vocabulary of millions of tokens.
_MOST_BYTES = 1 << 28


def assets_of(tree: LiveTree) -> dict[str, bytes]:
    """Return what the layers of a model keep in files, by the names of the members."""
    found: dict[str, bytes] = {}
    for path, layer in tree.layers.items():
        if not hasattr(layer, "save_assets"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            layer.save_assets(folder)
            for file in sorted(Path(folder).rglob("*")):
                if file.is_file():
                    inner = file.relative_to(folder).as_posix()
                    found[str(PurePosixPath(_FOLDER, path, inner))] = file.read_bytes()
    return found


def load_assets(tree: LiveTree, file: KerasZipFile) -> None:
    """Give each layer of a model what it kept in a file.

    Args:
        tree: The layers of the model.
        file: The open file.

    Raises:
        LimitError: If there is more than a layer may have.
        FileFormatError: If a name leads out of the layer's folder.
    """
    takers = {path: layer for path, layer in tree.layers.items() if hasattr(layer, "load_assets")}
    members: dict[str, list[tuple[str, PurePosixPath]]] = {path: [] for path in takers}
    for name in file.assets:
        parts = PurePosixPath(name).parts
        if len(parts) < 2 or parts[0] != _FOLDER:
            continue
        for end in range(len(parts) - 1, 0, -1):
            path = "/".join(parts[1:end])
            if path in takers:
                members[path].append((name, PurePosixPath(*parts[end:])))
                break
    for path, layer in takers.items():
        if members[path]:
            _load(layer, file, members[path])
        elif getattr(layer, "misses_assets", False):
            raise FileFormatError(
                f"{file.path} has no vocabulary for layer '{layer.name}', and its configuration "
                "has none either; it was perhaps made of a file that holds weights alone. Convert "
                f"the first .keras file, or save the model anew. Received: {file.assets[:5]}"
            )


def _load(layer: Any, file: KerasZipFile, members: list[tuple[str, PurePosixPath]]) -> None:
    left = _MOST_BYTES
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, inner in members:
            target = (root / inner).resolve()
            if not target.is_relative_to(root) or target == root:
                raise FileFormatError(
                    f"{file.path}: the name of a member leads out of its folder. Received: {name!r}"
                )
            content = file.read_asset(name, left)
            left -= len(content)
            if left < 0:
                raise LimitError(
                    f"{file.path}: the files of layer '{layer.name}' are larger than they may be. "
                    f"Received: more than {_MOST_BYTES:,} bytes"
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        layer.load_assets(folder)
