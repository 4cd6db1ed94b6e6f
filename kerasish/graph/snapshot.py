"""A graph as flat data, for pickling: references by number in place of linked objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.node import Node
from kerasish.graph.structure import map_structure


class TensorReference(NamedTuple):
    """A symbol: the number of the call that made it, and which of its outputs it is."""

    call: int
    output: int


class _Marked:
    """Holds a reference so that walks over structures take it for one leaf."""

    def __init__(self, reference: TensorReference) -> None:
        self.reference = reference


@dataclass
class GraphSnapshot:
    """Calls in order, with layers by number.

    Attributes:
        calls: For each call: number of the layer, args, kwargs, outputs as (shape, dtype, name).
        inputs: The inputs' structure, with references.
        outputs: The outputs' structure, with references.
    """

    calls: list[tuple[int, tuple, dict, Any]]
    inputs: Any
    outputs: Any

    @classmethod
    def take(
        cls, nodes: list[Node], number_of: Callable[[Any], int], inputs: Any, outputs: Any
    ) -> GraphSnapshot:
        """Flatten a graph.

        Args:
            nodes: The calls, sorted.
            number_of: Gives the number of a layer.
            inputs: Structure of symbols.
            outputs: Structure of symbols.
        """
        index = {node: number for number, node in enumerate(nodes)}

        def refer(value: Any) -> Any:
            if not isinstance(value, KerasTensor):
                return value
            history = value._keras_history
            if history.node not in index:  # an inner symbol that serves as an input
                return value
            return _Marked(TensorReference(index[history.node], history.tensor_index))

        def describe(value: Any) -> Any:
            return _Symbol(value) if isinstance(value, KerasTensor) else value

        calls = [
            (
                number_of(node.layer),
                tuple(map_structure(refer, list(node.args))),
                map_structure(refer, node.kwargs),
                map_structure(describe, node.outputs),
            )
            for node in nodes
        ]
        return cls(calls, map_structure(refer, inputs), map_structure(refer, outputs))

    def restore(self, layers: list[Any]) -> tuple[Any, Any]:
        """Link the graph again, on these layers; return the structures of inputs and outputs."""
        made: list[Node] = []

        def resolve(value: Any) -> Any:
            if isinstance(value, _Marked):
                return made[value.reference.call].output_tensors[value.reference.output]
            return value

        for number, args, kwargs, outputs in self.calls:
            layer = layers[number]
            node = Node(
                layer,
                tuple(map_structure(resolve, list(args))),
                map_structure(resolve, kwargs),
                map_structure(lambda v: v.make() if isinstance(v, _Symbol) else v, outputs),
            )
            layer._inbound_nodes.append(node)
            made.append(node)
        return map_structure(resolve, self.inputs), map_structure(resolve, self.outputs)


class _Symbol:
    """Shape, dtype and name of a symbol."""

    def __init__(self, tensor: KerasTensor) -> None:
        self.description = (tensor.shape, tensor.dtype, tensor.name)

    def make(self) -> KerasTensor:
        return KerasTensor(*self.description)
