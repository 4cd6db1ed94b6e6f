"""From a path of attributes in a checkpoint to the layer of a model that it leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from weight_port.formats.tensor_bundle import TensorBundleFile
from weight_port.records.config_tree import ConfigNode
from weight_port.records.weights_h5 import PARTS

_NUMBERED = re.compile(r"(layer_with_weights|layer)-(\d{1,9})")
# Where models of Keras 3 have their layers: a Sequential's graph, and a model's list.
_GRAPH, _LISTS = "_functional", ("_operations", "_layers")


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
        own = [child for child in node.children if _attribute(node, child) == "layers"]
        numbered = _NUMBERED.fullmatch(head)
        if own and numbered is not None:
            found = self._numbered(node, own, parts[: at + 1], numbered[1], int(numbered[2]))
            return found if isinstance(found, str) else (found, at + 1)
        if own and head == _GRAPH:
            at += 1
        if own and at + 1 < len(parts) and parts[at] in _LISTS and parts[at + 1].isdecimal():
            count = len(self._children(parts[: at + 1]))
            return _of_list(node, own, count, parts[at + 1], at + 2)
        for child in node.children:
            if child.file_path == _below(node, head):
                return child, at + 1
        return self._listed(node, parts, at)

    def _listed(
        self, node: ConfigNode, parts: list[str], at: int
    ) -> tuple[ConfigNode, int] | str | None:
        """Go on to a layer in a list, or in lists within it."""
        below = f"{_below(node, parts[at])}/"
        found = [
            (child.file_path.removeprefix(below).split("/"), child)
            for child in node.children
            if child.file_path.startswith(below)
        ]
        while found and at + 1 < len(parts) and re.fullmatch(r"\d{1,9}", parts[at + 1]):
            inside = list(dict.fromkeys(steps[0] for steps, _ in found))
            numbers = sorted(
                int(name)
                for name in self._children(parts[: at + 1])
                if re.fullmatch(r"\d{1,9}", name)
            )
            if len(numbers) != len(inside):
                return (
                    f"the file has {len(numbers)} objects in that list, the model has "
                    f"{[child.name for _, child in found]}"
                )
            at += 1
            step = inside[numbers.index(int(parts[at]))]
            found = [(steps[1:], child) for steps, child in found if steps[0] == step]
            if not found[0][0]:
                return found[0][1], at + 1
        return None

    def _numbered(
        self, node: ConfigNode, own: list[ConfigNode], path: list[str], kind: str, number: int
    ) -> ConfigNode | str:
        siblings = self._children(path[:-1])
        if node.layer_class == "Sequential":
            own = [child for child in own if child.layer_class != "InputLayer"]
        if node.file_path in self._with_weights and kind == "layer_with_weights":
            own = list(self._with_weights[node.file_path])
            count = sum(name.startswith("layer_with_weights-") for name in siblings)
            if count and count != len(own):
                return (
                    f"the file has {count} layers with weights there, the model has "
                    f"{[child.name for child in own]}"
                )
        else:
            # By its place among all layers, which both names of it tell.
            places = [name for name in siblings if re.fullmatch(r"layer-\d{1,9}", name)]
            if len(places) != len(own):
                return (
                    f"the file has {len(places)} layers there, the model has "
                    f"{[child.name for child in own]}"
                )
            one = siblings.get(path[-1])
            number = next((int(name[6:]) for name in places if siblings[name] == one), len(own))
        if number >= len(own):
            return f"the model has {[child.name for child in own]} only"
        return own[number]

    def _children(self, path: list[str]) -> dict[str, int]:
        """Return what an object holds: the numbers of objects by the names of attributes."""
        if self._graph is None or not self._graph.nodes:
            return {}
        number = 0
        for part in path:
            name = re.sub(r"\.(.)", lambda found: "/" if found[1] == "S" else ".", part)
            held = dict(self._graph.nodes[number].children)
            if name not in held:
                return {}
            number = held[name]
        return dict(self._graph.nodes[number].children)


def _below(node: ConfigNode, attribute: str) -> str:
    return f"{node.file_path}/{attribute}" if node.file_path else attribute


def _attribute(node: ConfigNode, child: ConfigNode) -> str:
    """Return the attribute that holds a layer with others in a list; empty for one alone."""
    inner = child.file_path.removeprefix(f"{node.file_path}/" if node.file_path else "")
    return inner.rpartition("/")[0]


def _of_list(
    node: ConfigNode, held: list[ConfigNode], count: int, number: str, at: int
) -> tuple[ConfigNode, int] | str:
    place = int(number) if len(number) < 10 else count
    if count == len(held) + 1 and held[0].layer_class != "InputLayer":
        place -= 1  # a Sequential whose configuration leaves out the input
    elif count != len(held):
        return f"the file has {count} layers there, the model has {[c.name for c in held]}"
    if not 0 <= place < len(held):
        return f"{node.path or 'the model'!r} has no layer number {number}"
    return held[place], at
