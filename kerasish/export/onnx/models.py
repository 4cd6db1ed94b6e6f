"""Converters of models: the graph of calls of a Functional, the stack of a Sequential."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.layer_call import call_layer
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten, map_structure
from kerasish.models.functional import Functional
from kerasish.models.functional_inputs import arrange_inputs
from kerasish.models.fx_graph import FxGraphWriter, unpack_single
from kerasish.models.sequential import Sequential


@layer_converter(Functional)
def convert_functional(
    graph: GraphBuilder, model: Functional, *args: Any, mask: Any = None, **kwargs: Any
) -> Any:
    """Write the calls of a functional model, each after those whose outputs it takes."""
    _require_own_graph(model)
    given = kwargs["inputs"] if "inputs" in kwargs else args[0] if len(args) == 1 else list(args)
    flat = arrange_inputs(given, model._input_structure, model.name)
    masks = [None] * len(flat) if mask is None else flatten(mask)
    known: dict[int, Value] = {}
    for value, symbol, one in zip(flat, model.inputs, masks, strict=True):
        value = value if one is None else value.with_mask(one)
        known[id(symbol)] = fit_input(graph, value, symbol)

    def resolve(leaf: Any) -> Any:
        return known[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

    for node in model._graph_nodes:
        if all(id(tensor) in known for tensor in node.output_tensors):
            continue
        # What an attribute holds is what runs.
        layer = model._modules.get(model._attribute_of[id(node.layer)], node.layer)
        outputs = call_layer(
            graph,
            layer,
            *map_structure(resolve, list(node.args)),
            output_spec=node.outputs,
            **map_structure(resolve, node.kwargs),
        )
        values = [value for value in flatten(outputs) if isinstance(value, Value)]
        known.update(zip(map(id, node.output_tensors), values, strict=True))
    return unpack_single(map_structure(resolve, model._output_structure))


@layer_converter(Sequential)
def convert_sequential(
    graph: GraphBuilder, model: Sequential, inputs: Any, mask: Any = None
) -> Any:
    """Write the layers of a stack one after another."""
    if isinstance(inputs, Value):
        inputs = fit_input(graph, inputs, model.input)
        if mask is not None and inputs.mask is None:
            inputs = inputs.with_mask(mask)
    outputs = inputs
    for layer in model.layers:
        outputs = call_layer(graph, layer, outputs)
    return outputs


def fit_input(graph: GraphBuilder, value: Value, symbol: KerasTensor) -> Value:
    """Cast an input of a model, and add or drop a last axis of size 1, as the model does."""
    value = graph.cast(value, symbol.dtype)
    have, want = value.ndim, len(symbol.shape)
    assert value.shape is not None
    if have == want:
        sizes = zip(value.shape[1:], symbol.shape[1:], strict=True)
        known = [one if one is not None else other for one, other in sizes]
        return value.with_shape((*value.shape[:1], *known))
    if have == want + 1:
        changed = graph.op("Squeeze", value, graph.ints(-1))
        return changed.with_shape(value.shape[:-1]).with_mask(value.mask)
    changed = graph.op("Unsqueeze", value, graph.ints(-1))
    return changed.with_shape((*value.shape, 1)).with_mask(value.mask)


def _require_own_graph(model: Functional) -> None:
    """Check that the model runs the calls that it was described with.

    Raises:
        ExportError: If its `torch.fx` graph was edited.
    """
    attributes = {node.layer: model._attribute_of[id(node.layer)] for node in model._graph_nodes}
    writer = FxGraphWriter(attributes)
    writer.write(model.inputs, model._graph_nodes, model._output_structure)
    if _code(writer.graph) != _code(model.graph):
        raise ExportError(
            f"Model '{model.name}' runs an edited torch.fx graph, and the ONNX export follows the "
            "calls that it was made from; describe the changed model with Model(inputs, outputs). "
            "Received: a graph that differs from the model's own"
        )


def _code(graph: torch.fx.Graph) -> str:
    return graph.python_code("self").src
