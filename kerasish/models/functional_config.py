"""A Functional model as plain data in Keras 3's form, and a model from it."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Callable
from typing import Any

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.node import Node
from kerasish.graph.structure import map_structure

# The steps that a configuration may name are entered in the table by this import.
from kerasish.layers.core import operations as _operations  # noqa: F401
from kerasish.saving.deserialize import check_depth
from kerasish.saving.registry import (
    ObjectSharingScope,
    deserialize_keras_object,
    serialize_keras_object,
)

_PARTS = ("layers", "input_layers", "output_layers")


def functional_config(model: Any) -> dict[str, Any]:
    """Return the configuration of a model: its layers, the calls of each, inputs and outputs.

    Args:
        model: A `Functional` model.
    """
    operations = dict(zip(map(id, model._graph_layers), model.operations, strict=True))
    calls: dict[int, list[Node]] = {}
    for node in model._graph_nodes:
        calls.setdefault(id(node.layer), []).append(node)

    def address(tensor: KerasTensor, first_call: int = 0) -> list[Any]:
        history = tensor._keras_history
        number = calls[id(history.layer)].index(history.node) + first_call
        return [history.layer.name, number, history.tensor_index]

    def end(tensor: KerasTensor) -> list[Any]:
        # Among a model's inputs and outputs, though not in calls, Keras counts the calls of a
        # nested model from 1.
        return address(tensor, int(_is_nested(tensor._keras_history.layer)))

    def argument(value: Any) -> Any:
        if not isinstance(value, KerasTensor):
            return serialize_keras_object(value)
        return {
            "class_name": "__keras_tensor__",
            "config": {
                "shape": value.shape,
                "dtype": value.dtype,
                "keras_history": address(value),
            },
        }

    layers = []
    with ObjectSharingScope():
        for original in model._graph_layers:
            layer = operations[id(original)]
            nodes = [node for node in calls[id(original)] if not node.is_input]
            layers.append(
                {
                    **serialize_keras_object(layer),
                    "name": original.name,
                    "inbound_nodes": [
                        {
                            "args": map_structure(argument, list(node.args)),
                            "kwargs": map_structure(argument, node.kwargs),
                        }
                        for node in nodes
                    ],
                }
            )
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": map_structure(end, model._input_structure),
        "output_layers": map_structure(end, model._output_structure),
    }


def functional_from_config(
    make: Callable[..., Any], config: dict[str, Any], custom_objects: Any = None
) -> Any:
    """Make a model from what `functional_config` gave, or Keras 3 wrote.

    Args:
        make: Called with `inputs`, `outputs`, `name` and `trainable`.
        config: The configuration.
        custom_objects: Classes and functions of the user, by name.

    Raises:
        ValueError: If the configuration is not one of a model, is nested too deeply, or has calls
            that can't be put in an order in which each finds its inputs.
    """
    check_depth(config)
    _require_parts(config)
    layers: dict[str, Any] = {}
    waiting: list[tuple[str, dict[str, Any]]] = []
    with ObjectSharingScope():
        for entry in config["layers"]:
            name = _name_of(entry)
            layers[name] = deserialize_keras_object(entry, custom_objects=custom_objects)
            waiting += [(name, call) for call in entry.get("inbound_nodes") or []]
    made: dict[str, list[Node]] = {}

    def find(address: list[Any], counts_from_one: bool = False) -> KerasTensor | None:
        name, call, output = _checked_address(address, layers)
        layer = layers[name]
        if name not in made and _is_input(layer):
            made[name] = [layer._first_node("output")]
        nodes = made.get(name, [])
        call -= counts_from_one and _is_nested(layer)
        if call >= len(nodes):
            return None
        tensors = nodes[call].output_tensors
        if not call >= 0 or not 0 <= output < len(tensors):
            raise ValueError(
                f"Layer '{name}' has {len(tensors)} outputs. Received: the address {address} in "
                "the configuration of a model"
            )
        return tensors[output]

    while waiting:
        left = []
        blocked: set[str] = set()
        for name, call in waiting:
            args, kwargs, ready = _resolve(call, find, custom_objects)
            if not ready or name in blocked:
                left.append((name, call))
                blocked.add(name)  # calls of one layer keep their order
                continue
            if kwargs.get("training") is False and _has_training_default(layers[name]):
                del kwargs["training"]  # not given, but the default, which Keras writes out
            before = len(layers[name]._inbound_nodes)
            layers[name](*args, **kwargs)
            made.setdefault(name, []).append(layers[name]._inbound_nodes[before])
        if len(left) == len(waiting):
            raise ValueError(
                "The configuration of a model has calls whose inputs no call makes. "
                f"Received: calls of {sorted({name for name, _ in left})}"
            )
        waiting = left
    rest = {key: value for key, value in config.items() if key not in _PARTS}
    return make(
        inputs=_structure(config["input_layers"], find),
        outputs=_structure(config["output_layers"], find),
        **{"name": None, "trainable": None, **rest},
    )


def is_functional_config(config: Any) -> bool:
    """Whether a configuration describes a model by its layers and their calls."""
    return isinstance(config, dict) and all(part in config for part in _PARTS)


def _require_parts(config: Any) -> None:
    if not is_functional_config(config) or not isinstance(config["layers"], list):
        received = sorted(config) if isinstance(config, dict) else config
        raise ValueError(
            f"The configuration of a Functional model has the parts {list(_PARTS)}. "
            f"Received: {received!r}"
        )


def _name_of(entry: Any) -> str:
    parts = entry if isinstance(entry, dict) else {}
    inner = parts.get("config")
    name = parts.get("name") or (inner.get("name") if isinstance(inner, dict) else None)
    if not isinstance(name, str):
        raise ValueError(
            "Each layer in the configuration of a model is an object that has a name. "
            f"Received: {sorted(parts) if parts else entry!r}"
        )
    return name


def _checked_address(address: Any, layers: dict[str, Any]) -> list[Any]:
    is_one = isinstance(address, list) and [type(part) for part in address] == [str, int, int]
    if not is_one or address[0] not in layers:
        raise ValueError(
            "A tensor in the configuration of a model is addressed by [layer, call, output], with "
            f"a layer among {sorted(layers)}. Received: {address!r}"
        )
    return address


def _has_training_default(layer: Any) -> bool:
    """Whether a layer's `call` runs in inference if nothing is said: `training=False`."""
    parameter = inspect.signature(type(layer).call).parameters.get("training")
    return parameter is not None and parameter.default is False


def _is_nested(layer: Any) -> bool:
    """Whether a layer is a Functional model."""
    return hasattr(layer, "_graph_nodes")


def _is_input(layer: Any) -> bool:
    from kerasish.layers.core.input_layer import InputLayer

    return isinstance(layer, InputLayer)


def _structure(value: Any, find: Callable) -> Any:
    """Replace every `[name, call, output]` of a structure by its symbol."""
    if isinstance(value, (list, tuple)):
        if len(value) == 3 and isinstance(value[0], str):
            return find(list(value), counts_from_one=True)
        return type(value)(_structure(item, find) for item in value)
    return {key: _structure(item, find) for key, item in value.items()}


class _MissingInputError(Exception):
    pass


def _resolve(call: Any, find: Callable, custom_objects: Any) -> tuple[list, dict, bool]:
    if not isinstance(call, dict):
        return _resolve_legacy(call, find)

    if not isinstance(call.get("args"), (list, tuple)) or not isinstance(call.get("kwargs"), dict):
        raise ValueError(
            "A call in the configuration of a model has a list `args` and an object `kwargs`. "
            f"Received: {reprlib.repr(call)}"
        )

    def resolve(value: Any) -> Any:
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            tensor = find(_history_in(value))
            if tensor is None:
                raise _MissingInputError
            return tensor
        if isinstance(value, dict) and "class_name" in value:
            return deserialize_keras_object(value, custom_objects=custom_objects)
        if isinstance(value, (list, tuple)):
            return [resolve(item) for item in value]
        if isinstance(value, dict):
            return {key: resolve(item) for key, item in value.items()}
        return value

    try:
        args = [resolve(value) for value in call["args"]]
        return args, {key: resolve(value) for key, value in call["kwargs"].items()}, True
    except _MissingInputError:
        return [], {}, False


def _history_in(tensor: dict[str, Any]) -> Any:
    """Where a tensor in a call's arguments comes from."""
    inner = tensor.get("config")
    return inner.get("keras_history") if isinstance(inner, dict) else inner


def _resolve_legacy(call: Any, find: Callable) -> tuple[list, dict, bool]:
    """Keras 2's form: a list of `[name, call, output, kwargs]`, one for each input."""
    tensors, kwargs = [], {}
    for entry in call:
        if not isinstance(entry, (list, tuple)):
            raise ValueError(
                "A call in the configuration of a model is a list of [layer, call, output, "
                f"arguments]. Received: {reprlib.repr(call)}"
            )
        tensor = find(list(entry[:3]), counts_from_one=True)
        if tensor is None:
            return [], {}, False
        tensors.append(tensor)
        kwargs.update(entry[3] if len(entry) > 3 and isinstance(entry[3], dict) else {})
    return [tensors[0] if len(tensors) == 1 else tensors], kwargs, True
