"""One layer of a model, with the layers, cells and models within it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weight_port.legacy_config.activations import activation, is_activation_argument
from weight_port.legacy_config.arguments import renamed
from weight_port.legacy_config.era import Era
from weight_port.legacy_config.errors import Place, copied, require_list, require_mapping
from weight_port.legacy_config.graph import graph_config, is_graph
from weight_port.legacy_config.keras1 import from_keras1
from weight_port.legacy_config.keras1_branches import flat_model, has_branches
from weight_port.legacy_config.lambdas import lambda_config
from weight_port.legacy_config.objects import described_object, dtype, kind_of
from weight_port.legacy_config.recurrent import recurrent_layer
from weight_port.legacy_config.removed import check_layer, without_removed
from weight_port.legacy_config.tf_operations import is_operation

# Modules of TensorFlow and Keras 2, in which a class has the name that it has in Keras today.
_OLD_MODULES = ("tf_keras.", "keras.src.", "tensorflow.", "keras.engine")


def layer_entry(entry: Any, era: Era) -> dict[str, Any]:
    """Return the entry of a layer or model in the form of today, without its calls.

    Args:
        entry: `class_name`, `config` and more.
        era: Which Keras wrote it.

    Raises:
        LegacyConfigError: If it is not what old Keras writes, or has no equivalent.
    """
    place = _place_of(entry)
    check_layer(place)
    if is_operation(place.class_name):
        place.refuse(
            "is an operation of TensorFlow, which can only stand in a Functional model", entry
        )
    if place.class_name == "Sequential" and era.major < 2 and has_branches(entry["config"]):
        entry = {**entry, "class_name": "Model", "config": flat_model(entry["config"], place)}
        place = Place(place.name, "Model")
    if place.class_name == "Sequential":
        return _entry(entry, "Sequential", sequential_config(entry, era, place))
    if is_graph(entry["config"]):
        config = graph_config(entry["config"], place, lambda one: layer_entry(one, era))
        class_name = "Functional" if place.class_name == "Model" else place.class_name
        return _entry(entry, class_name, config)
    config = dict(require_mapping(entry["config"], place, "config"))
    class_name = place.class_name
    if config.get("batch_input_shape") is not None:
        # Other ways to say the same of a first layer.
        said_twice = ("input_length",) if class_name == "Embedding" else _INPUT_SIZES
        config = {key: value for key, value in config.items() if key not in said_twice}
    if era.major < 2:
        class_name, config = from_keras1(class_name, config, place)
    class_name, config = recurrent_layer(class_name, config, era, place)
    place = Place(place.name, class_name)
    class_name, config = renamed(class_name, without_removed(config, place), place)
    if class_name == "Lambda":
        config = lambda_config(config, place)
    modern = {}
    for key, value in config.items():
        kind = kind_of(key)
        if kind is not None:
            modern[key] = described_object(kind, value, place, key)
        elif is_activation_argument(key):
            modern[key] = _inner(activation(value, place, key), era)
        elif key == "dtype":
            if (found := dtype(value, place)) is not None:
                modern[key] = found
        elif key == "cells":
            cells = require_list(value, place, key)
            modern[key] = [layer_entry(cell, era) for cell in cells]
        else:
            modern[key] = _inner(value, era) if key in _INNER_LAYERS else copied(value)
    return _entry(entry, class_name, modern)


_INPUT_SIZES = ("input_dim", "input_length", "input_shape")
_INNER_LAYERS = ("layer", "forward_layer", "backward_layer", "cell")


def sequential_config(entry: Mapping[str, Any], era: Era, place: Place) -> dict[str, Any]:
    """Return the configuration of a Sequential model; old Keras also wrote a bare list.

    Args:
        entry: The entry of the model.
        era: Which Keras wrote it.
        place: The model, for messages.
    """
    config = entry["config"]
    if isinstance(config, (list, tuple)):
        config = {"layers": config}
        if place.name is not None:
            config["name"] = place.name
    config = require_mapping(config, place, "config")
    layers = [layer_entry(one, era) for one in require_list(config.get("layers"), place, "layers")]
    kept = {
        key: copied(config[key])
        for key in ("name", "trainable", "build_input_shape")
        if config.get(key) is not None
    }
    return {**kept, "layers": layers}


def _inner(value: Any, era: Era) -> Any:
    """Return a layer within a layer in the form of today, anything else as it is."""
    if isinstance(value, Mapping) and "class_name" in value and "config" in value:
        return value if value["class_name"] == "function" else layer_entry(value, era)
    return copied(value)


def _place_of(entry: Any) -> Place:
    nowhere = Place(None, "?")
    outer = require_mapping(entry, nowhere, "layer")
    class_name = outer.get("class_name")
    if not isinstance(class_name, str) or "config" not in outer:
        nowhere.refuse("has to have a class_name and a config", entry)
    inner = outer["config"]
    name = outer.get("name") or (inner.get("name") if isinstance(inner, Mapping) else None)
    if name is not None and not isinstance(name, str):
        Place(None, class_name).refuse("takes a text as `name`", name)
    return Place(name, class_name)


def _entry(old: Mapping[str, Any], class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Put an entry together; where old Keras says in which module a class is, it may stay."""
    entry: dict[str, Any] = {"class_name": class_name, "config": config}
    module, registered = old.get("module"), old.get("registered_name")
    of_keras = isinstance(module, str) and module.startswith(_OLD_MODULES)
    if class_name == old["class_name"] and not of_keras:
        for key, value in (("module", module), ("registered_name", registered)):
            if key in old:
                entry[key] = copied(value)
    if "shared_object_id" in old:
        entry["shared_object_id"] = copied(old["shared_object_id"])
    return entry
