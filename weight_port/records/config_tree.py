"""Which layers a model's configuration holds, under which paths Keras keeps their weights.

Only the names and the nesting are read; nothing is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from weight_port.errors import FileFormatError

# Attributes under which layers keep others, in the order of Keras's `weights`.
_HELD = ("layer", "cell", "cells", "layers")
MAX_DEPTH = 40
# Classes whose public name is not the one that Keras makes paths of.
_WRITTEN_AS = {"GroupQueryAttention": "GroupedQueryAttention"}


@dataclass(frozen=True)
class ConfigNode:
    """One layer of a configuration.

    Attributes:
        path: The names of the layers around it and its own, joined by slashes. The outermost model
            has none; a part that is known by its role has that (`bidirectional/forward_layer`).
        file_path: Where `.weights.h5` files keep it: `layers/bidirectional/forward_layer`.
        name: Its own name.
        layer_class: Its class.
        config: Its configuration.
        children: The layers in it.
    """

    path: str
    file_path: str
    name: str
    layer_class: str
    config: Mapping[str, Any] = field(repr=False)
    children: tuple[ConfigNode, ...] = ()

    def walk(self) -> Iterator[ConfigNode]:
        """Give this node and all below, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


def to_snake_case(name: str) -> str:
    """Turn a class name into Keras's snake case: `ConvLSTM2D` gives `conv_lstm2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def config_tree(config: Mapping[str, Any]) -> ConfigNode:
    """Return the layers of a model's configuration.

    Args:
        config: The configuration as a file holds it, `{"class_name": ..., "config": ...}`.

    Raises:
        FileFormatError: If it is no configuration of a model, or nested too deeply.
    """
    return _node(config, "", "", 0)


def _node(described: Any, path: str, file_path: str, depth: int) -> ConfigNode:
    if depth > MAX_DEPTH:
        raise FileFormatError(
            f"Layers can't be nested more than {MAX_DEPTH} levels deep. Received: {path[:200]!r}"
        )
    layer_class = described.get("class_name") if isinstance(described, Mapping) else None
    inner = described.get("config") if isinstance(described, Mapping) else None
    if isinstance(inner, list):  # a Sequential of Keras before 2.3
        inner = {"layers": inner}
    if not isinstance(layer_class, str) or not isinstance(inner, Mapping):
        raise FileFormatError(
            f"The configuration of {path or 'the model'} needs a class_name and a config. "
            f"Received: {str(described)[:120]}"
        )
    name = inner.get("name", described.get("name"))
    name = name if isinstance(name, str) else to_snake_case(layer_class)
    # Classes may be written with the package under which they were registered.
    layer_class = layer_class.rpartition(">")[2]
    children: list[ConfigNode] = []
    for attribute, held in _held(layer_class, inner):
        below = f"{file_path}/{attribute}" if file_path else attribute
        if isinstance(held, list):
            children += _container(held, path, below, depth)
        else:
            child = f"{path}/{attribute}" if path else attribute
            children.append(_node(held, child, below, depth + 1))
    return ConfigNode(path, file_path, name, layer_class, inner, tuple(children))


def _held(layer_class: str, config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the attributes of a layer that hold others, and their configurations."""
    if layer_class == "Bidirectional":
        forward = config.get("layer")
        yield "forward_layer", forward
        yield "backward_layer", config.get("backward_layer") or forward
        return
    for attribute in _HELD:
        held = config.get(attribute)
        if _is_layer(held) or (isinstance(held, list) and all(map(_is_layer, held))):
            yield attribute, held


def _is_layer(value: Any) -> bool:
    return isinstance(value, Mapping) and "class_name" in value and "config" in value


def _container(
    described: Iterable[Any], path: str, file_path: str, depth: int
) -> Iterator[ConfigNode]:
    """Give the layers of a list, numbered by class as Keras does for its files."""
    used: dict[str, int] = {}
    for entry in described:
        layer_class = str(entry.get("class_name")).rpartition(">")[2]
        key = unique(to_snake_case(_WRITTEN_AS.get(layer_class, layer_class)), used)
        inner = entry.get("config")
        name = inner.get("name") if isinstance(inner, Mapping) else None
        name = name if isinstance(name, str) else entry.get("name")
        name = name if isinstance(name, str) else key
        yield _node(entry, f"{path}/{name}" if path else name, f"{file_path}/{key}", depth + 1)


def unique(name: str, used: dict[str, int]) -> str:
    """Return a name with a number if it was used before: `lstm`, `lstm_1`, `lstm_2`."""
    used[name] = used.get(name, -1) + 1
    return f"{name}_{used[name]}" if used[name] else name
