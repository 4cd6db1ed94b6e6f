"""The `torch.fx` graph of a Functional model, written from the record of its symbolic calls."""

from __future__ import annotations

import keyword
import operator
import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import fx, nn

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.node import Node
from kerasish.graph.structure import map_structure
from kerasish.layers.core.torch_function import TorchFunction


def attribute_name(name: str, reserved: type, taken: Sequence[str]) -> str:
    """Return the attribute under which a layer is attached to its model.

    Args:
        name: Name of the layer.
        reserved: Class whose attributes must not be shadowed.
        taken: Attributes that are in use.
    """
    attribute = re.sub(r"\W", "_", name)
    if not attribute or attribute[0].isdigit():
        attribute = f"_{attribute}"
    # The name stands in generated code: `lambda`, as Keras calls a Lambda layer, must not.
    while (
        hasattr(reserved, attribute)
        or attribute in taken
        or attribute in _MODULE_ATTRIBUTES
        or keyword.iskeyword(attribute)
    ):
        attribute += "_"
    return attribute


_MODULE_ATTRIBUTES = frozenset(nn.Module().__dict__) | {"name", "built", "self"}


def _parameter_name(name: str) -> str:
    """Return the name of an input as the name of a parameter in generated code."""
    cleaned = re.sub(r"[^0-9A-Za-z_]", "_", name)
    if not cleaned.isidentifier():
        cleaned = f"_{cleaned}"
    return f"{cleaned}_" if keyword.iskeyword(cleaned) or cleaned in ("self", "_") else cleaned


class FxGraphWriter:
    """Writes one graph.

    Args:
        attributes: The attribute of each layer on the model.

    Attributes:
        graph: The graph, complete after `write`.
        constants: Tensors among the calls' arguments, by the attribute that holds them.
    """

    def __init__(self, attributes: dict[Any, str]) -> None:
        self.graph = fx.Graph()
        self.constants: dict[str, torch.Tensor] = {}
        self._attributes = attributes
        self._values: dict[int, fx.Node] = {}

    def write(self, inputs: Sequence[KerasTensor], nodes: Sequence[Node], outputs: Any) -> None:
        """Write placeholders, one step a call, and the output.

        Args:
            inputs: Symbols of the model's inputs.
            nodes: The calls, sorted.
            outputs: Structure of the model's outputs.
        """
        for tensor in inputs:
            name = _parameter_name(tensor._keras_history.layer.name)
            self._values[id(tensor)] = self.graph.placeholder(name)
        for node in nodes:
            if not all(id(tensor) in self._values for tensor in node.output_tensors):
                self._write_call(node)
        self.graph.output(map_structure(self._value, unpack_single(outputs)))
        self.graph.lint()

    def _write_call(self, node: Node) -> None:
        args = tuple(map_structure(self._value, list(node.args)))
        kwargs = map_structure(self._value, node.kwargs)
        layer = node.layer
        if isinstance(layer, TorchFunction) and _is_public_function(layer.function):
            result = self.graph.call_function(layer.function, args, kwargs)
        else:
            result = self.graph.create_node("call_module", self._attributes[layer], args, kwargs)
        outputs = unpack_single(node.outputs) if isinstance(layer, fx.GraphModule) else node.outputs
        for path, tensor in _paths(outputs):
            value = result
            for key in path:
                value = self.graph.call_function(operator.getitem, (value, key))
            self._values[id(tensor)] = value

    def _value(self, leaf: Any) -> Any:
        if isinstance(leaf, KerasTensor):
            return self._values[id(leaf)]
        if isinstance(leaf, torch.Tensor):
            name = f"_constant_{len(self.constants)}"
            self.constants[name] = leaf.detach()
            return self.graph.create_node("get_attr", name)
        return leaf


def unpack_single(structure: Any) -> Any:
    """Return the only item of a list or tuple: a model answers with it, and not with the list."""
    if isinstance(structure, (list, tuple)) and len(structure) == 1:
        return structure[0]
    return structure


def _is_public_function(function: Any) -> bool:
    """Whether generated code can name a function: those of `operator` and of `torch`."""
    module, name = getattr(function, "__module__", None), getattr(function, "__name__", "")
    if module == "_operator":
        return True
    return module in ("torch", None) and getattr(torch, name, None) is function


def _paths(structure: Any, prefix: tuple = ()) -> list[tuple[tuple, KerasTensor]]:
    """Each symbol of a structure with the indices and keys that lead to it."""
    if isinstance(structure, KerasTensor):
        return [(prefix, structure)]
    if isinstance(structure, (list, tuple)):
        items: Any = enumerate(structure)
    elif isinstance(structure, dict):
        items = structure.items()
    else:
        return []
    return [found for key, item in items for found in _paths(item, (*prefix, key))]
