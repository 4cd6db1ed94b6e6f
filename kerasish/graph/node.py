"""One call of a layer on symbolic tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.mask_step import MaskStep
from kerasish.graph.structure import flatten

if TYPE_CHECKING:
    from kerasish.layers.base.layer import Layer


class KerasHistory(NamedTuple):
    """Where a symbolic tensor came from.

    Attributes:
        layer: The layer that was called.
        node: The call.
        tensor_index: Which of the call's flattened outputs the tensor is.
    """

    layer: Layer
    node: Node
    tensor_index: int


class Node:
    """One call of a layer on symbolic tensors, an edge set of the graph of layers.

    Attributes:
        layer: The layer that was called.
        args: Positional arguments of the call, symbolic tensors among them.
        kwargs: Keyword arguments of the call.
        outputs: What the call gave, in the structure it gave it.
        input_tensors: The symbolic tensors among the arguments, flattened.
        output_tensors: The symbolic tensors of `outputs`, flattened.
        masks: The masks that the call would be given in Keras's graph: steps, or symbols.
    """

    def __init__(
        self,
        layer: Layer,
        args: tuple,
        kwargs: dict[str, Any],
        outputs: Any,
        masks: Sequence[MaskStep | KerasTensor] = (),
    ) -> None:
        self.layer = layer
        self.args = args
        self.kwargs = kwargs
        self.outputs = outputs
        self.input_tensors = symbolic_leaves([list(args), kwargs])
        self.masks = list(masks)
        self.output_tensors = symbolic_leaves(outputs)
        for index, tensor in enumerate(self.output_tensors):
            tensor._keras_history = KerasHistory(layer, self, index)

    @property
    def is_input(self) -> bool:
        """Whether the node is the start of a graph: an `Input`."""
        return not self.input_tensors

    @property
    def parents(self) -> list[Node]:
        """The nodes whose outputs this one takes, each once, in the order of the arguments."""
        return list(dict.fromkeys(t._keras_history.node for t in self.input_tensors))


def symbolic_leaves(structure: Any) -> list[KerasTensor]:
    """Return the symbolic tensors of a nested structure, flattened."""
    return [leaf for leaf in flatten(structure) if isinstance(leaf, KerasTensor)]
