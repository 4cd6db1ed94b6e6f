"""Operations of TensorFlow that `tf.keras` put into models as layers.

Only those with an operation of Keras 3 that computes the same are translated. Like the operations
of Keras 3, they do not pass masks on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from weight_port.legacy_config.errors import Place, copied, require_mapping
from weight_port.legacy_config.tf_tables import FUNCTIONS, NEUTRAL, NODES, Target

# The arguments of a call: those by position, and those by name.
Call = tuple[list[Any], dict[str, Any]]

_CLASSES = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")


def is_operation(class_name: str) -> bool:
    """Whether a class of layers stands for an operation of TensorFlow."""
    return class_name in _CLASSES


def operation(
    entry: Mapping[str, Any], calls: list[Call], place: Place
) -> tuple[dict[str, Any], list[Call]]:
    """Return the operation of Keras 3 that computes the same, and its calls.

    Args:
        entry: The layer's `class_name` and `config`.
        calls: The arguments of its calls.
        place: The layer, for messages.

    Raises:
        LegacyConfigError: If there is none.
    """
    config = require_mapping(entry.get("config"), place, "config")
    if place.class_name == "SlicingOpLambda":
        return _entry(Target("GetItem"), place), [_slicing(call, config, place) for call in calls]
    function: Any
    if place.class_name == "TensorFlowOpLayer":
        function, calls = _node(config, calls, place)
    else:
        function = config.get("function")
    if not isinstance(function, str) or function not in FUNCTIONS:
        place.refuse(
            "is an operation of TensorFlow that has no equivalent here; build the model again with "
            "a layer in its place and load the weights alone",
            {"function": function},
        )
    target = FUNCTIONS[function]
    options: dict[str, Any] | None = None
    modern: list[Call] = []
    for args, kwargs in calls:
        positional, rest = _by_position(args, kwargs, target.arguments, place)
        own = {
            name: _option(rest.pop(key, default), key, place)
            for key, (name, default) in target.options.items()
        }
        own = {key: _in_keras(target.class_name, key, value) for key, value in own.items()}
        if options is not None and own != options:
            place.refuse("is called with different options", own)
        options = own
        for key, value in rest.items():
            if key != "name" and value not in NEUTRAL.get(key, ()):
                place.refuse(f"has an argument `{key}` that has no equivalent", value)
        modern.append((positional, {}))
    return _entry(target, place, options), modern


def _option(value: Any, key: str, place: Place) -> Any:
    """Return an argument that has to be plain, because it is no longer one of the call."""
    if not _is_plain(value):
        place.refuse(f"takes plain numbers as `{key}`, not tensors", value)
    return value


def _is_plain(value: Any, depth: int = 2) -> bool:
    if isinstance(value, list):
        return depth > 0 and all(_is_plain(item, depth - 1) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))


def _in_keras(class_name: str, key: str, value: Any) -> Any:
    """Return an option as Keras's operation takes it."""
    if key == "mode" and isinstance(value, str):
        return value.lower()
    if class_name == "Split" and key == "indices_or_sections" and isinstance(value, list):
        return list(accumulate(value))[:-1]  # places, where TensorFlow takes sizes
    return value


def _entry(target: Target, place: Place, options: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "module": f"keras.src.ops.{target.module}",
        "class_name": target.class_name,
        "config": {"name": place.name, **(options or {})},
        "registered_name": target.class_name,
    }


def _by_position(
    args: list[Any], kwargs: dict[str, Any], names: tuple[str, ...], place: Place
) -> Call:
    rest = dict(kwargs)
    positional = list(args)
    for name in names[len(positional) :]:
        if name not in rest:
            place.refuse(f"has no argument `{name}`", sorted(rest))
        positional.append(rest.pop(name))
    return positional, rest


def _slicing(call: Call, config: Mapping[str, Any], place: Place) -> Call:
    """Return `x[index]` as a call of an operation."""
    if config.get("function") != "__operators__.getitem":
        place.refuse("is not an index of a tensor", config.get("function"))
    (tensor,), kwargs = call
    if "slice_spec" not in kwargs:
        place.refuse("has no index", sorted(kwargs))
    return [tensor, _index(kwargs["slice_spec"], place)], {}


def _index(value: Any, place: Place) -> Any:
    if isinstance(value, Mapping) and {"start", "stop", "step"} == set(value):
        return {"class_name": "__slice__", "config": copied(value)}
    if isinstance(value, list):
        return [_index(item, place) for item in value]
    if isinstance(value, Mapping) and value.get("class_name") == "__ellipsis__":
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, int) or value is None:
        return value
    return place.refuse("is indexed with what is no index of plain numbers", value)


def _node(config: Mapping[str, Any], calls: list[Call], place: Place) -> tuple[str, list[Call]]:
    """Return the function of a node of a TensorFlow graph, and its calls with constants put in."""
    node = config.get("node_def")
    if isinstance(node, str):
        try:
            node = json.loads(node)
        except (ValueError, RecursionError):
            place.refuse("has a node that is no JSON", node)
    name = require_mapping(node, place, "node_def").get("op")
    constants = require_mapping(config.get("constants") or {}, place, "constants")
    if not isinstance(name, str) or name not in NODES:
        place.refuse(
            "is an operation of TensorFlow that has no equivalent here; build the model again with "
            "a layer in its place and load the weights alone",
            {"op": name},
        )
    filled = []
    for (first,), kwargs in calls:
        args = list(first) if isinstance(first, list) else [first]
        for key in sorted(constants):
            if not key.isdecimal() or len(key) > 2 or int(key) > len(args):
                place.refuse("has a constant at a place that there is not", key)
            args.insert(int(key), copied(constants[key]))
        if name == "ExpandDims" and len(args) == 2:
            args, kwargs = args[:1], {**kwargs, "axis": args[1]}
        filled.append((args, kwargs))
    return NODES[name], filled
