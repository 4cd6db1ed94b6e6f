"""The graph of objects that a checkpoint of TensorFlow 2 keeps beside the arrays.

It tells by which attributes each variable was reached, and which variables are an optimizer's.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property

from weight_port.errors import FileFormatError
from weight_port.formats.limits import Limits
from weight_port.formats.tensor_bundle.wire import Message

# Names of attributes that optimizers alone have, of all of Keras's generations.
_OPTIMIZER_MARKS = (
    {"_variables", "_learning_rate"},
    {"_variables", "_current_learning_rate"},
    {"_variables", "_iterations"},
    {"_trainable_variables", "_iterations"},
    {"iter", "learning_rate"},
    {"iter", "decay"},
)


@dataclass
class Node:
    """An object.

    Attributes:
        children: The objects that it holds: the attribute's name and the number of the object.
        keys: The keys of its arrays in the checkpoint, with the names that variables had.
        slots: The numbers of the variables that it keeps for others, as optimizers do.
    """

    children: list[tuple[str, int]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    slots: list[int] = field(default_factory=list)


class ObjectGraph:
    """The objects of a checkpoint; the first is the root.

    Args:
        nodes: The objects.
        where: The file and the part of it, for messages.
        size: The bytes that the graph takes there.
        limits: How far the paths in it may expand.
    """

    def __init__(self, nodes: list[Node], where: str, size: int, limits: Limits) -> None:
        self.nodes = nodes
        self._where, self._size, self._limits = where, size, limits
        self._spent = 0

    @classmethod
    def parse(cls, data: bytes, where: str, limits: Limits) -> ObjectGraph:
        """Read a `TrackableObjectGraph`.

        Raises:
            FileFormatError: If it is broken.
        """
        stored = Message(data, where).messages(1)
        limits.check_count(where, "objects", len(stored))
        nodes = []
        for message in stored:
            node = Node()
            node.children = [(ref.text(2), ref.integer(1)) for ref in message.messages(1)]
            node.keys = {ref.text(3): ref.text(2) for ref in message.messages(2)}
            node.slots = [ref.integer(3) for ref in message.messages(3)]
            for number in [number for _, number in node.children] + node.slots:
                if number >= len(stored):
                    raise FileFormatError(
                        f"{where} names an object that is not there. Received: {number}"
                    )
            nodes.append(node)
        return cls(nodes, where, len(data), limits)

    @cached_property
    def paths(self) -> dict[int, str]:
        """The shortest path to each object, by number; the nearest to the root come first."""
        return self._reached(avoiding=frozenset())

    @cached_property
    def key_paths(self) -> dict[str, list[str]]:
        """The paths of attributes that lead to each array, by its key; the shortest first."""
        found: dict[str, dict[str, None]] = {}
        for number, path in self.paths.items():
            for key in self.nodes[number].keys:
                found.setdefault(key, {})[path] = None
        for number, path in self.paths.items():
            for name, child in self.nodes[number].children:
                for key in self.nodes[child].keys:
                    found.setdefault(key, {})[self.joined(path, name)] = None
        return {key: list(paths) for key, paths in found.items()}

    @cached_property
    def full_names(self) -> dict[str, str]:
        """The names that variables had in the program, by key."""
        return {key: name for node in self.nodes for key, name in node.keys.items() if name}

    @cached_property
    def optimizers(self) -> frozenset[int]:
        """The numbers of the objects that are optimizers."""
        return frozenset(
            number
            for number, node in enumerate(self.nodes)
            if node.slots
            or any(mark <= {name for name, _ in node.children} for mark in _OPTIMIZER_MARKS)
        )

    @cached_property
    def optimizer_keys(self) -> set[str]:
        """The keys of arrays that optimizers keep, and no model."""
        slots = {slot for node in self.nodes for slot in node.slots}
        models = set(self._reached(avoiding=self.optimizers)) - slots
        return {
            key
            for number, node in enumerate(self.nodes)
            if number in slots or (number in self.paths and number not in models)
            for key in node.keys
        }

    def _reached(self, avoiding: frozenset[int]) -> dict[int, str]:
        if not self.nodes or 0 in avoiding:
            return {}
        paths = {0: ""}
        waiting = deque([0])
        while waiting:
            number = waiting.popleft()
            for name, child in self.nodes[number].children:
                if child not in paths and child not in avoiding:
                    paths[child] = self.joined(paths[number], name)
                    waiting.append(child)
        return paths

    def joined(self, path: str, name: str) -> str:
        """Join a path and a name in the way of the keys, where a slash in a name is `.S`.

        Raises:
            LimitError: If all paths together become long, as those of a long chain do.
        """
        escaped = name.replace(".", "..").replace("/", ".S")
        self._spent += len(path) + len(escaped)
        self._limits.check_expansion(self._where, "its paths", self._spent, self._size)
        return f"{path}/{escaped}" if path else escaped
