"""Models that begin within another model: their graph is made anew, from inputs of its own."""

from __future__ import annotations

from typing import Any

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten, map_structure
from kerasish.graph.topology import sort_graph
from kerasish.layers.core.input_layer import Input


def with_own_inputs(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """Return inputs that come from `Input`, and outputs that follow from them.

    As in Keras, symbols that a layer computed get an input in their place, and the layers between
    are called again. The layers and their weights are the same.

    Args:
        inputs: Symbols in any structure.
        outputs: Symbols computed from them.

    Raises:
        ValueError: If the outputs do not follow from the inputs.
    """
    starts = flatten(inputs)
    if all(tensor._keras_history.node.is_input for tensor in starts):
        return inputs, outputs
    topology = sort_graph(starts, flatten(outputs))
    found = {id(tensor): _own_input(tensor) for tensor in starts}

    def resolve(leaf: Any) -> Any:
        return found[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

    for node in topology.nodes:
        if node.is_input or all(id(tensor) in found for tensor in node.output_tensors):
            continue
        again = node.layer(
            *map_structure(resolve, list(node.args)), **map_structure(resolve, node.kwargs)
        )
        for tensor, own in zip(node.output_tensors, flatten(again), strict=True):
            # An input may be one of several outputs of a layer.
            found.setdefault(id(tensor), own)
    return map_structure(resolve, inputs), map_structure(resolve, outputs)


def _own_input(tensor: KerasTensor) -> KerasTensor:
    if tensor._keras_history.node.is_input:
        return tensor
    return Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=f"{tensor.name}CLONE")
