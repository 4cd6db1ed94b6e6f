"""`clone_model`: a model of the same architecture, on layers of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten, map_structure
from kerasish.layers.core.input_layer import Input
from kerasish.layers.core.torch_function import TorchFunction
from kerasish.models.functional import Functional
from kerasish.models.sequential import Sequential
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """Make a model of the same architecture with weights of its own, drawn anew.

    Args:
        model: A Functional or Sequential model, or one of a class with `get_config`.
        input_tensors: Symbols to build on, in the structure of `model.input`; new ones by default.
        clone_function: Called with each layer but inputs, gives the layer that stands for it; by
            default one made from its configuration. Give back the layer itself to share it.
        call_function: Called with a new layer and the arguments of its call, gives the outputs, so
            that other layers can be put before or after. Only for Functional models.
        recursive: Whether models inside are cloned layer by layer, too.

    Returns:
        The new model, of the same name.

    Raises:
        ValueError: If an argument does not go with the model.

    See https://keras.io/api/models/model_saving_apis/model_config_serialization/.
    """
    made: dict[int, Any] = {}
    return _clone(model, input_tensors, clone_function, call_function, recursive, made)


def _clone(
    model: Any,
    input_tensors: Any,
    clone_function: Callable | None,
    call_function: Callable | None,
    recursive: bool,
    made: dict[int, Any],
) -> Any:
    def clone_layer(layer: Any) -> Any:
        # One clone for each layer, however often the layer is used.
        if id(layer) not in made:
            if recursive and isinstance(layer, Sequential):
                made[id(layer)] = _clone(layer, None, clone_function, None, True, made)
            elif recursive and isinstance(layer, Functional):
                made[id(layer)] = _clone(layer, None, clone_function, call_function, True, made)
            else:
                made[id(layer)] = (clone_function or _renew)(layer)
        return made[id(layer)]

    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError(
                "clone_model takes `call_function` for Functional models only. "
                f"Received: Sequential model '{model.name}'"
            )
        return _compiled_as(model, _clone_sequential(model, input_tensors, clone_layer))
    if isinstance(model, Functional):
        clone = _clone_functional(model, input_tensors, clone_layer, call_function)
        return _compiled_as(model, clone)
    if input_tensors is not None or clone_function is not None or call_function is not None:
        raise ValueError(
            "clone_model takes `input_tensors`, `clone_function` and `call_function` for "
            f"Functional and Sequential models only. Received: '{model.name}' of class "
            f"{type(model).__name__}"
        )
    return deserialize_keras_object(
        serialize_keras_object(model), custom_objects={type(model).__name__: type(model)}
    )


def _compiled_as(model: Any, clone: Any) -> Any:
    if model.compiled:
        clone.compile_from_config(model.get_compile_config())
    return clone


def _renew(layer: Any) -> Any:
    if isinstance(layer, TorchFunction):
        return copy.deepcopy(layer)
    return type(layer).from_config(layer.get_config())


def _clone_sequential(model: Sequential, input_tensors: Any, clone_layer: Callable) -> Sequential:
    layers = [clone_layer(layer) for layer in model.layers]
    start = model._start
    if input_tensors is not None:
        given = flatten(input_tensors)
        if len(given) != 1 or not isinstance(given[0], KerasTensor):
            raise ValueError(
                "clone_model takes one symbol as `input_tensors` for a Sequential model. "
                f"Received: input_tensors={input_tensors!r}"
            )
        layers.insert(0, given[0])
    elif start is not None:
        layers.insert(0, Input(batch_shape=start.batch_shape, dtype=start.dtype, name=start.name))
    return Sequential(layers, name=model.name, trainable=model.trainable)


def _clone_functional(
    model: Functional,
    input_tensors: Any,
    clone_layer: Callable,
    call_function: Callable | None,
) -> Any:
    if input_tensors is None:
        input_tensors = map_structure(_new_input, model.input)
    given = flatten(input_tensors)
    if len(given) != len(model.inputs) or not all(isinstance(t, KerasTensor) for t in given):
        raise ValueError(
            f"clone_model takes symbols in the structure of the model's inputs {model.input!r}. "
            f"Received: input_tensors={input_tensors!r}"
        )
    found = dict(zip(map(id, model.inputs), given, strict=True))

    def resolve(leaf: Any) -> Any:
        return found[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

    current = dict(zip(map(id, model._graph_layers), model.operations, strict=True))
    for node in model._graph_nodes:
        if all(id(tensor) in found for tensor in node.output_tensors):
            continue
        layer = clone_layer(current[id(node.layer)])
        args = map_structure(resolve, list(node.args))
        kwargs = map_structure(resolve, node.kwargs)
        outputs = call_function(layer, *args, **kwargs) if call_function else layer(*args, **kwargs)
        found.update(zip(map(id, node.output_tensors), flatten(outputs), strict=True))
    outputs = map_structure(resolve, model.output)
    cls: Any = model._class_in_configs if model._has_functional_constructor else Functional
    return cls(input_tensors, outputs, name=model.name)


def _new_input(symbol: KerasTensor) -> KerasTensor:
    name = symbol._keras_history.layer.name
    return Input(batch_shape=symbol.shape, dtype=symbol.dtype, name=name)
