"""From a path of attributes in a checkpoint to the layer of a model that it leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from weight_port.formats.tensor_bundle import TensorBundleFile
from weight_port.records.config_tree import ConfigNode
from weight_port.records.weights_h5 import PARTS

_NUMBERED = re.compile(r"(layer_with_weights|layer)-(\d{1,9})")
_NUMBER = re.compile(r"\d{1,9}")
# Where models of Keras 3 have their layers: a Sequential's graph, and a model's list.
_GRAPH, _LISTS = "_functional", ("_operations", "_layers")
_SHOWN = 12


@dataclass(frozen=True)
class _Held:
    """What an object of a checkpoint holds.

    Attributes:
        numbers: The numbers of objects by the names of attributes.
        weighted: How many names `layer_with_weights-N` there are.
        places: The place among all layers, `M` of `layer-M`, by the number of the object.
        listed: The places of a list, in order.
    """

    numbers: Mapping[str, int]
    weighted: int
    places: Mapping[int, int]
    listed: Mapping[int, int]

    @classmethod
    def of(cls, children: Sequence[tuple[str, int]]) -> _Held:
        numbers = dict(children)
        found = {name: _NUMBERED.fullmatch(name) for name in numbers}
        marks = [(mark[1], int(mark[2]), numbers[n]) for n, mark in found.items() if mark]
        digits = sorted(int(name) for name in numbers if _NUMBER.fullmatch(name))
        return cls(
            numbers,
            sum(kind == "layer_with_weights" for kind, _, _ in marks),
            {number: place for kind, place, number in marks if kind == "layer"},
            {digit: place for place, digit in enumerate(digits)},
        )


class CheckpointPaths:
    """The ways from a model's variables in a checkpoint to its layers.

    Args:
        file: The checkpoint.
        tree: The layers.
        with_weights: Each model's layers that have weights, by its `file_path`, where it is known.
    """

    def __init__(
        self,
        file: TensorBundleFile,
        tree: ConfigNode,
        with_weights: Mapping[str, Sequence[ConfigNode]] | None,
    ) -> None:
        self._tree = tree
        self._with_weights = with_weights or {}
        self._graph = file.graph
        self._held: dict[int, _Held] = {}
        self._nodes = {node.file_path: node for node in tree.walk()}
        # What stands below each part of the paths, in order.
        self._below: dict[str, dict[str, None]] = {}
        for path in self._nodes:
            steps = path.split("/")
            for count in range(len(steps)):
                self._below.setdefault("/".join(steps[:count]), {})[steps[count]] = None
        self._lists: dict[str, list[ConfigNode]] = {}
        self._entries: dict[str, list[str]] = {}

    def find(self, path: str, outer: str) -> tuple[ConfigNode, str] | str:
        """Return the layer that a path leads to, and the prefix that names of its weights get.

        Args:
            path: Attributes, joined by slashes.
            outer: Those of them that lead to the model.

        Returns:
            The layer and the prefix, or why there is none.
        """
        parts = path.split("/")
        at = len(outer.split("/")) if outer else 0
        if "/".join(parts[:at]) != outer:
            return f"it is not below {outer!r} as the other layers are"
        node = self._tree
        while at < len(parts):
            step = self._step(node, parts, at)
            if isinstance(step, str):
                return step
            if step is None:
                rest = "/".join(parts[at:])
                prefix = PARTS.get(node.layer_class, {}).get(rest)
                if prefix is None and (node.children or node is self._tree):
                    return f"{node.path or 'the model'!r} has no {rest!r}"
                return node, f"{rest}/" if prefix is None else prefix
            node, at = step
        return node, ""

    def _step(
        self, node: ConfigNode, parts: list[str], at: int
    ) -> tuple[ConfigNode, int] | str | None:
        """Go on to a layer below; None if no layer below is called so."""
        head = parts[at]
        layers = self._layers(node)
        numbered = _NUMBERED.fullmatch(head)
        if layers and numbered is not None:
            held = self._children(parts[:at])
            found = self._numbered(node, layers, held, head, numbered[1], int(numbered[2]))
            return found if isinstance(found, str) else (found, at + 1)
        if layers and head == _GRAPH:
            at += 1
        if layers and at + 1 < len(parts) and parts[at] in _LISTS:
            held = self._children(parts[: at + 1])
            place = _placed(held, parts[at + 1])
            if place is not None:
                found = _of_operations(layers, len(held.numbers), place)
                return found if isinstance(found, str) else (found, at + 2)
        below = _joined(node.file_path, parts[at])
        if below in self._nodes:
            return self._nodes[below], at + 1
        # An attribute that other files know by its property's name.
        public = _joined(node.file_path, parts[at].lstrip("_"))
        if public in self._nodes:
            return self._nodes[public], at + 1
        # A layer in a list, or in lists within it.
        while below in self._below and at + 1 < len(parts):
            held = self._children(parts[: at + 1])
            place = _placed(held, parts[at + 1])
            if place is None:
                return None
            inside = self._below[below]
            if len(held.listed) != len(inside):
                return (
                    f"the file has {len(held.listed)} objects in that list, the model has "
                    f"{list(inside)[:_SHOWN]}"
                )
            at += 1
            below = f"{below}/{self._entry(below, place)}"
            if below in self._nodes:
                return self._nodes[below], at + 1
        return None

    def _layers(self, node: ConfigNode) -> list[ConfigNode]:
        """Return the layers of a model in order; none for another layer."""
        path = _joined(node.file_path, "layers")
        if path not in self._lists:
            named = (f"{path}/{name}" for name in self._below.get(path, ()))
            self._lists[path] = [self._nodes[name] for name in named if name in self._nodes]
        return self._lists[path]

    def _entry(self, path: str, place: int) -> str:
        if path not in self._entries:
            self._entries[path] = list(self._below[path])
        return self._entries[path][place]

    def _numbered(
        self,
        node: ConfigNode,
        layers: list[ConfigNode],
        held: _Held,
        name: str,
        kind: str,
        number: int,
    ) -> ConfigNode | str:
        if node.file_path in self._with_weights and kind == "layer_with_weights":
            own = self._with_weights[node.file_path]
            if held.weighted != len(own):
                return (
                    f"the file has {held.weighted} layers with weights there, the model has "
                    f"{len(own)}: {_names(own)}"
                )
        else:
            own = layers
            if node.layer_class == "Sequential" and layers[0].layer_class == "InputLayer":
                own = layers[1:]
            # By its place among all layers, which both names of it tell.
            if len(held.places) != len(own):
                return (
                    f"the file has {len(held.places)} layers there, the model has {len(own)}: "
                    f"{_names(own)}"
                )
            number = held.places.get(held.numbers.get(name, -1), len(own))
        if number >= len(own):
            return f"the model has no such layer, but {_names(own)}"
        return own[number]

    def _children(self, path: list[str]) -> _Held:
        """Return what the object at a path holds."""
        number = 0 if self._graph is not None and self._graph.nodes else -1
        for part in path:
            name = re.sub(r"\.(.)", lambda found: "/" if found[1] == "S" else ".", part)
            number = self._object(number).numbers.get(name, -1)
        return self._object(number)

    def _object(self, number: int) -> _Held:
        if number not in self._held:
            known = self._graph is not None and number >= 0
            self._held[number] = _Held.of(self._graph.nodes[number].children if known else [])  # type: ignore[union-attr]
        return self._held[number]


def _joined(path: str, attribute: str) -> str:
    return f"{path}/{attribute}" if path else attribute


def _names(layers: Sequence[ConfigNode]) -> list[str]:
    return [layer.name for layer in layers[:_SHOWN]]


def _placed(held: _Held, name: str) -> int | None:
    return held.listed.get(int(name)) if _NUMBER.fullmatch(name) else None


def _of_operations(layers: list[ConfigNode], count: int, place: int) -> ConfigNode | str:
    """Return a layer of a model of Keras 3, whose list has `count` layers."""
    if count == len(layers) + 1 and layers[0].layer_class != "InputLayer":
        place -= 1  # a Sequential whose configuration leaves out the input
    elif count != len(layers):
        return f"the file has {count} layers there, the model has {len(layers)}: {_names(layers)}"
    if not 0 <= place < len(layers):
        return f"the model has no such layer, but {_names(layers)}"
    return layers[place]
