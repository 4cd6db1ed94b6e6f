"""Order of the layers and calls between the inputs and the outputs of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.mask_step import MaskStep
from kerasish.graph.node import Node

if TYPE_CHECKING:
    from kerasish.layers.base.layer import Layer

Step = Node | MaskStep


@dataclass(frozen=True)
class Topology:
    """A sorted graph.

    Attributes:
        nodes: The calls, each after those whose outputs it takes.
        layers: The layers, in Keras's order: farthest from the outputs first, then in the order in
            which a walk from the outputs meets them. The steps that compute masks count as steps.
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
    walked, visited = _walk(inputs, outputs)
    calls = frozenset(step for step in walked if isinstance(step, Node))
    if any(call.masks for call in calls):
        walked, visited = _walk(inputs, outputs, calls)
    depth: dict[Step, int] = {}
    layer_depth: dict[Layer, int] = {}
    for step in reversed(walked):
        own = depth.get(step, 0)
        if isinstance(step, Node):
            own = max(own, layer_depth.get(step.layer, 0))
            layer_depth[step.layer] = own
        depth[step] = own
        for parent in _parents_inside(step, inputs, calls):
            depth[parent] = max(own + 1, depth.get(parent, 0))
    order: dict[Layer, int] = {}
    for index, step in enumerate(visited):
        if isinstance(step, Node):
            order.setdefault(step.layer, index)
    nodes = [step for step in walked if isinstance(step, Node)]
    for tensor in inputs:
        node = tensor._keras_history.node
        if node.is_input and node not in depth:
            nodes.insert(0, node)
            depth[node] = layer_depth[node.layer] = 0
            order[node.layer] = -1
    layers = sorted(layer_depth, key=lambda layer: (-layer_depth[layer], order[layer]))
    _require_unique_names(layers)
    return Topology(nodes, layers)


def _parents_inside(
    step: Step, inputs: Sequence[KerasTensor], calls: frozenset[Node] | None
) -> list[Step]:
    """The steps that a step depends on, up to the graph's inputs.

    Args:
        step: The step.
        inputs: The symbols at which the graph starts.
        calls: The calls of the graph, to find the steps of masks between them, too.
    """
    starts = {id(tensor) for tensor in inputs}
    found: list[Step] = []
    if isinstance(step, Node):
        found = [
            tensor._keras_history.node
            for tensor in step.input_tensors
            if id(tensor) not in starts or tensor._keras_history.node.is_input
        ]
    if calls is not None:
        # A mask is computed from what the walk has met; what lies outside does not count.
        for source in step.masks if isinstance(step, Node) else step.sources:
            origin = source if isinstance(source, MaskStep) else source._keras_history.node
            if isinstance(origin, MaskStep) or origin in calls:
                found.append(origin)
    return list(dict.fromkeys(found))


def _walk(
    inputs: Sequence[KerasTensor],
    outputs: Sequence[KerasTensor],
    calls: frozenset[Node] | None = None,
) -> tuple[list[Step], list[Step]]:
    """Depth-first from the outputs. Iterative, as graphs get deep.

    Args:
        inputs: The symbols at which the graph starts.
        outputs: The symbols that it computes.
        calls: The calls of the graph, to walk the steps of masks between them, too.

    Returns:
        The steps, each after its parents, and the steps in the order in which they are met.
    """
    starts = {id(tensor) for tensor in inputs}
    done: dict[Step, None] = {}
    opened: dict[Step, None] = {}
    for tensor in outputs:
        if id(tensor) in starts and not tensor._keras_history.node.is_input:
            continue
        stack: list[tuple[Step, bool]] = [(tensor._keras_history.node, False)]
        while stack:
            step, expanded = stack.pop()
            if step in done:
                continue
            if expanded:
                done[step] = None
                continue
            if step in opened:
                continue
            opened[step] = None
            if isinstance(step, Node) and step.is_input:
                _require_start(step, starts, inputs)
            stack.append((step, True))
            parents = _parents_inside(step, inputs, calls)
            stack.extend((parent, False) for parent in reversed(parents))
    return list(done), list(opened)


def _require_start(node: Node, starts: set[int], inputs: Sequence[KerasTensor]) -> None:
    if not any(id(tensor) in starts for tensor in node.output_tensors):
        symbol = node.output_tensors[0]
        raise ValueError(
            f"The graph is disconnected: an output depends on input '{node.layer.name}' of shape "
            f"{symbol.shape}, which is not among the model's inputs. "
            f"Received: inputs={[t.name for t in inputs]}"
        )


def _require_unique_names(layers: Sequence[Layer]) -> None:
    seen: set[str] = set()
    for layer in layers:
        if layer.name in seen:
            raise ValueError(
                "Layers of one model need different names. "
                f"Received: two layers named {layer.name!r}"
            )
        seen.add(layer.name)
