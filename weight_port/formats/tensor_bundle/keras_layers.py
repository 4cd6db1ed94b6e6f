"""The variables of a checkpoint, grouped into the layers of Keras that held them."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from weight_port.formats.tensor_bundle.object_graph import ObjectGraph
from weight_port.formats.tensor_bundle.reading import TensorBundleFile

SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
# Attributes that hold a model's variables a second time, not by layer.
_DETOURS = frozenset(
    {"keras_api", "variables", "trainable_variables", "non_trainable_variables", "save_counter"}
    | {"_trainable_weights", "_non_trainable_weights", "regularization_losses", "signatures"}
    | {"weights", "_variables", "_trainable_variables", "_non_trainable_variables", "layers"}
)


@dataclass(frozen=True)
class CheckpointLayer:
    """The variables that one object holds.

    Attributes:
        path: The attributes that lead to it: `layer_with_weights-0/forward_layer/cell`.
        names: The names of its variables: `kernel`, `recurrent_kernel`, `bias`.
        keys: The names of the arrays in the file, in the same order.
        full_names: The names that the variables had in the program, empty where not stored.
    """

    path: str
    names: tuple[str, ...]
    keys: tuple[str, ...]
    full_names: tuple[str, ...]


def keras_layers(file: TensorBundleFile) -> list[CheckpointLayer]:
    """Return the layers that hold the model's variables, in the model's order.

    A variable that several layers share stands in each of them. Files without a graph of objects
    are grouped by the names of their arrays.

    Args:
        file: An open checkpoint.
    """
    held = _by_object(file, file.graph) if file.graph else {}
    found = {key for _, key in (pair for pairs in held.values() for pair in pairs)}
    for key in sorted(file, key=_natural):
        if key not in found:
            path, _, name = key.removesuffix(SUFFIX).rpartition("/")
            held.setdefault(path, []).append((name, key))
    return [
        CheckpointLayer(
            path,
            tuple(name for name, _ in held[path]),
            tuple(key for _, key in held[path]),
            tuple(file.full_names.get(key, "") for _, key in held[path]),
        )
        for path in held
    ]


def _by_object(file: TensorBundleFile, graph: ObjectGraph) -> dict[str, list[tuple[str, str]]]:
    paths = {0: ""}
    waiting = deque([0] if graph.nodes else [])
    below: dict[int, list[int]] = {}
    held: dict[int, list[tuple[str, str]]] = {}
    while waiting:
        number = waiting.popleft()
        # The name with weights comes before the other name of the same layer, `layer-3`.
        children = sorted(
            (child for child in graph.nodes[number].children if child[0] not in _DETOURS),
            key=lambda child: not child[0].startswith("layer_with_weights-"),
        )
        variables: dict[str, str] = {}
        for name, child in children:
            keys = [key for key in graph.nodes[child].keys if key in file]
            if keys:
                variables.setdefault(keys[0], name)
            elif child not in paths and child not in graph.optimizers:
                paths[child] = graph.joined(paths[number], name)
                waiting.append(child)
                below.setdefault(number, []).append(child)
        held[number] = [(name, key) for key, name in variables.items()]
    # Found nearest first, they are given in the order in which their owners hold them.
    ordered: dict[str, list[tuple[str, str]]] = {}
    stack = [0] if graph.nodes else []
    while stack:
        number = stack.pop()
        if held[number]:
            ordered[paths[number]] = held[number]
        stack.extend(reversed(below.get(number, [])))
    return ordered


def _natural(path: str) -> list[tuple[int, str]]:
    """Order `layer_with_weights-10` behind `layer_with_weights-9`."""
    pieces = re.split(r"(\d+)", path)
    return [(int(p), "") if p.isdecimal() and len(p) < 19 else (-1, p) for p in pieces]
