"""What a SavedModel that Keras 2 wrote says of its layers: `keras_metadata.pb`.

The message is `SavedMetadata`, one node for each object of Keras with its configuration as JSON.
Files of TensorFlow before 2.5 have the same texts in `saved_model.pb`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from weight_port.errors import LimitError
from weight_port.formats.json_text import parse_object
from weight_port.formats.limits import Limits
from weight_port.formats.sharding import check_beside
from weight_port.formats.tensor_bundle.object_graph import Node, ObjectGraph
from weight_port.formats.tensor_bundle.wire import Message

_KERAS = "_tf_keras_"
# As what JSON of TensorFlow writes tuples and shapes.
_SEQUENCES = ("__tuple__", "TensorShape")


@dataclass
class KerasMetadata:
    """What the files beside the variables say.

    Attributes:
        config: The architecture: `{"class_name": ..., "config": ...}`.
        training: The configuration of the training.
        metadata: `keras_version` and `backend`.
        layers: What is stored of each layer, by the path of attributes to it.
    """

    config: dict[str, Any] | None = None
    training: dict[str, Any] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    layers: dict[str, dict[str, Any]] = field(default_factory=dict)


def read_keras_metadata(folder: Path, limits: Limits) -> KerasMetadata:
    """Read what the folder of a SavedModel says of Keras's layers; nothing if it says nothing.

    Raises:
        FileFormatError: If a file is broken.
        LimitError: If it is too long.
    """
    own = folder / "keras_metadata.pb"
    found = KerasMetadata()
    for path, text, where in _nodes(own, limits) if own.is_file() else _old_nodes(folder, limits):
        part = f"the metadata of {path or 'the model'!r}"
        stored = {k: _plain(v) for k, v in parse_object(text, where, part, limits).items()}
        if path:
            found.layers[path] = stored
            continue
        if isinstance(stored.get("config"), dict) and stored.get("class_name"):
            inner = stored.get("model_config")
            found.config = (
                inner
                if isinstance(inner, dict)
                else {"class_name": stored["class_name"], "config": stored["config"]}
            )
        training = stored.get("training_config")
        found.training = training if isinstance(training, dict) else None
        for key in ("keras_version", "backend"):
            if isinstance(stored.get(key), str):
                found.metadata[key] = stored[key]
    return found


def _plain(value: Any) -> Any:
    """Return a value with lists for TensorFlow's tuples and shapes."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in _SEQUENCES and isinstance(value.get("items"), list):
        return [_plain(item) for item in value["items"]]
    return {key: _plain(item) for key, item in value.items()}


def _message(path: Path, limits: Limits) -> Message:
    check_beside(path, path.name)
    size = path.stat().st_size
    # A graph of TensorFlow is larger than a configuration, and mostly skipped.
    if size > 4 * limits.json_bytes:
        raise LimitError(
            f"{path} is longer than it may be. If you trust the file, raise the limit: "
            f"Limits(json_bytes=...). Received: {size:,} bytes"
        )
    return Message(path.read_bytes(), str(path))


def _nodes(path: Path, limits: Limits) -> Iterator[tuple[str, str, Path]]:
    nodes = _message(path, limits).messages(1)
    limits.check_count(path, "objects", len(nodes))
    for node in nodes:
        if node.text(4).startswith(_KERAS) and node.has(5):
            steps = node.text(3).split(".")[1:]
            yield "/".join(steps), node.text(5), path


def _old_nodes(folder: Path, limits: Limits) -> Iterator[tuple[str, str, Path]]:
    path = folder / "saved_model.pb"
    if not path.is_file():
        return
    for meta_graph in _message(path, limits).messages(2):
        for stored in meta_graph.messages(7):
            objects = stored.messages(1)
            limits.check_count(path, "objects", len(objects))
            nodes = [Node(_children(item, len(objects))) for item in objects]
            graph = ObjectGraph(nodes, str(path), path.stat().st_size, limits)
            for number, where in graph.paths.items():
                for user in objects[number].messages(4):
                    if user.text(1).startswith(_KERAS) and user.text(3):
                        yield where, user.text(3), path


def _children(stored: Message, count: int) -> list[tuple[str, int]]:
    named = [(child.text(2), child.integer(1)) for child in stored.messages(1)]
    return [(name, number) for name, number in named if number < count]
