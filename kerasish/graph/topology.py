"""Order of the layers and calls between the inputs and the outputs of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.node import Node

if TYPE_CHECKING:
    from kerasish.layers.base.layer import Layer


@dataclass(frozen=True)
class Topology:
    """A sorted graph.

    Attributes:
        nodes: The calls, each after those whose outputs it takes.
        layers: The layers, in Keras's order: farthest from the outputs first, then in the order in
            which a walk from the outputs meets them.
    """

    nodes: list[Node]
    layers: list[Layer]


def sort_graph(inputs: Sequence[KerasTensor], outputs: Sequence[KerasTensor]) -> Topology:
    """Find and sort the calls that lead from inputs to outputs.

    Args:
        inputs: The symbols at which the graph starts.
        outputs: The symbols that it computes.

    Raises:
        ValueError: If an output depends on something that is not an input, or if two layers of the
            graph have one name.
    """
    walked = _walk(inputs, outputs)
    depth: dict[Node, int] = {}
    layer_depth: dict[Layer, int] = {}
    for node in reversed(walked):
        own = max(depth.get(node, 0), layer_depth.get(node.layer, 0))
        depth[node] = layer_depth[node.layer] = own
        for parent in _parents_inside(node, inputs):
            depth[parent] = max(own + 1, depth.get(parent, 0))
    order: dict[Layer, int] = {}
    for index, node in enumerate(walked):
        order.setdefault(node.layer, index)
    for tensor in inputs:
        node = tensor._keras_history.node
        if node.is_input and node not in depth:
            walked.insert(0, node)
            depth[node] = layer_depth[node.layer] = 0
            order[node.layer] = -1
    layers = sorted(layer_depth, key=lambda layer: (-layer_depth[layer], order[layer]))
    _require_unique_names(layers)
    return Topology(walked, layers)


def _parents_inside(node: Node, inputs: Sequence[KerasTensor]) -> list[Node]:
    """The calls that a call depends on, up to the graph's inputs."""
    starts = {id(tensor) for tensor in inputs}
    tensors = [
        t for t in node.input_tensors if id(t) not in starts or t._keras_history.node.is_input
    ]
    return list(dict.fromkeys(t._keras_history.node for t in tensors))


def _walk(inputs: Sequence[KerasTensor], outputs: Sequence[KerasTensor]) -> list[Node]:
    """Depth-first from the outputs; each call after its parents. Iterative, as graphs get deep."""
    starts = {id(tensor) for tensor in inputs}
    done: dict[Node, None] = {}
    opened: set[Node] = set()
    for tensor in outputs:
        if id(tensor) in starts and not tensor._keras_history.node.is_input:
            continue
        stack = [(tensor._keras_history.node, False)]
        while stack:
            node, expanded = stack.pop()
            if node in done:
                continue
            if expanded:
                done[node] = None
                continue
            if node in opened:
                continue
            opened.add(node)
            if node.is_input and not any(id(t) in starts for t in node.output_tensors):
                symbol = node.output_tensors[0]
                raise ValueError(
                    f"The graph is disconnected: an output depends on input "
                    f"'{node.layer.name}' of shape {symbol.shape}, which is not among the model's "
                    f"inputs. Received: inputs={[t.name for t in inputs]}"
                )
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(_parents_inside(node, inputs)))
    return list(done)


def _require_unique_names(layers: Sequence[Layer]) -> None:
    seen: set[str] = set()
    for layer in layers:
        if layer.name in seen:
            raise ValueError(
                "Layers of one model need different names. "
                f"Received: two layers named {layer.name!r}"
            )
        seen.add(layer.name)
