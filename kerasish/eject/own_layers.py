"""Layers of a user's own, and `Lambda`: what their code does to symbols becomes steps.

The code is run once on symbols, as a Functional model is described. What it asks of Python itself
(an `if`, a loop) is decided then; the comparison of the outputs shows whether that holds.
"""

from __future__ import annotations

from typing import Any

import torch

from kerasish import layers
from kerasish.eject.calls import call_layer, vars_in
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.models import call_model
from kerasish.eject.registry import LAYERS, layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.node import Node
from kerasish.graph.structure import flatten, map_structure
from kerasish.graph.topology import sort_graph
from kerasish.models.functional import Functional

_ADVICE = (
    "write it with operators, functions of torch and layers, or write the code for it with "
    "kerasish.eject.layer_writer(TheClass)"
)


@layer_writer(layers.Lambda)
def write_by_running(scope: Scope, layer: Any, *args: Any, **kwargs: Any) -> Any:
    """Run the layer's code on symbols, and write what it did."""
    known: dict[int, Var] = {}

    def symbol(leaf: Any) -> Any:
        if not isinstance(leaf, Var):
            return leaf
        shape = [size if isinstance(size, int) else None for size in leaf.shape]
        made = layers.Input(batch_shape=tuple(shape), dtype=leaf.dtype)
        known[id(made)] = leaf
        starts.append(made)
        return made

    starts: list[KerasTensor] = []
    given = map_structure(symbol, list(args)), map_structure(symbol, kwargs)
    options: dict[str, Any] = dict(given[1])
    if "training" in layer._signature.accepted:
        options["training"] = False
    outputs = _run(layer, given[0], options)
    nodes = sort_graph(starts, _symbols(outputs)).nodes
    if "training" in options:
        other = _run(layer, given[0], {**options, "training": True})
        if _looks(sort_graph(starts, _symbols(other)).nodes) != _looks(nodes):
            raise NoEquivalentError("computes something else in training", _ADVICE)
    if list(layer.children()) or list(layer.parameters()):
        # A class of its own, as the layer has.
        model = Functional(starts, outputs, name=layer.name)
        values = [known[id(one)] for one in starts]
        return call_model(scope, model, values, [one.mask for one in values], layer)
    _write_nodes(scope, nodes, known)
    return map_structure(lambda leaf: known.get(id(leaf), leaf), outputs)


def _run(layer: Any, args: list, options: dict[str, Any]) -> Any:
    counts = {id(one): len(one._inbound_nodes) for one in _layers_in(layer)}
    try:
        outputs = layer.call(*args, **options)
        _symbols(outputs)
        return outputs
    except NoEquivalentError:
        raise
    except Exception as error:
        raise NoEquivalentError(
            f"its code can't be followed ({type(error).__name__}: {error})", _ADVICE
        ) from error
    finally:
        # The layers inside forget this call.
        for one in _layers_in(layer):
            del one._inbound_nodes[counts[id(one)] :]


def _layers_in(layer: Any) -> list[Any]:
    return [one for one in layer.modules() if isinstance(one, layers.Layer)]


def _symbols(outputs: Any) -> list[KerasTensor]:
    leaves = flatten(outputs)
    if not leaves or not all(isinstance(leaf, KerasTensor) for leaf in leaves):
        kinds = sorted({type(leaf).__name__ for leaf in leaves})
        raise NoEquivalentError(f"gives {', '.join(kinds)} for symbols", _ADVICE)
    return leaves


def _looks(nodes: list[Node]) -> list[Any]:
    """What is called, in order."""
    return [
        getattr(node.layer, "function", None) or id(node.layer)
        for node in nodes
        if not node.is_input
    ]


def _write_nodes(scope: Scope, nodes: list[Node], known: dict[int, Var]) -> None:
    def resolve(leaf: Any) -> Any:
        return known[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

    for node in nodes:
        if node.is_input:
            continue
        made = call_layer(
            scope,
            node.layer,
            *map_structure(resolve, list(node.args)),
            spec=node.outputs,
            **map_structure(resolve, node.kwargs),
        )
        known.update(zip(map(id, node.output_tensors), vars_in(made), strict=True))


LAYERS.enter("own", write_by_running)


def own_parameter(scope: Scope, value: torch.Tensor) -> str | None:
    """Return the code of a weight of a layer whose code is followed; None for a constant.

    Raises:
        NoEquivalentError: For what was computed from weights before.
    """
    name = scope.own_parameters.get(id(value))
    if name is not None:
        before = scope.enter_layer(name)
        code = scope.parameter(value, "", value)
        scope.enter_layer(before)
        return code
    if value.requires_grad:
        raise NoEquivalentError("uses a weight of another layer as a constant", _ADVICE)
    return None
