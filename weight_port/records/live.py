"""The layers of a model in memory, whether of Keras, of tf-keras or of kerasish.

None of them is imported: a layer is what has `get_weights`, a weight what has a name and `assign`.
Weights are told by their names, so it does not matter that freezing a layer reorders its list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from weight_port import layouts, transform
from weight_port.errors import LayoutError, WeightMismatchError, WeightPortError
from weight_port.formats.tensors import LazyTensors, TensorInfo
from weight_port.layouts import Layout
from weight_port.records.config_tree import to_snake_case, unique
from weight_port.records.record import LayerRecord, mismatches
from weight_port.records.state_dict import TorchRecord, records_of_state_dict
from weight_port.records.weight_names import layout_for

# Attributes that hold the layers inside a wrapper, as in configurations and files.
_ROLES = ("forward_layer", "backward_layer", "layer", "cell", "cells")
# What Keras 2 called weights otherwise.
_OLD_NAMES = {(f"DepthwiseConv{rank}D", "depthwise_kernel"): "kernel" for rank in (1, 2)}
_NAMED_CONTAINERS = {"Functional", "Sequential"}


def is_live(value: Any) -> bool:
    """Tell whether something is a layer or model in memory."""
    return (
        hasattr(value, "get_weights")
        and hasattr(value, "get_config")
        and not isinstance(value, type)
    )


@dataclass(frozen=True)
class LiveModel:
    """A model or layer in memory, as records that can be read and written.

    Attributes:
        records: Its layers that have weights of their own, each once.
        variables: The weights themselves, by the path of the layer and Keras's name.
    """

    records: tuple[LayerRecord, ...]
    variables: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, model: Any, layouts_for: Mapping[str, Layout] | None = None) -> LiveModel:
        """Read the layers of a model or of a layer.

        Args:
            model: The model or layer; it must be built.
            layouts_for: Layouts of classes that the table does not have.

        Raises:
            WeightPortError: If it is not built, or is no layer.
        """
        if not is_live(model):
            raise WeightPortError(
                "A model in memory must have get_weights and get_config. "
                f"Received: {type(model).__name__}"
            )
        if not list(model.weights) and not getattr(model, "built", True):
            raise WeightPortError(
                f"{type(model).__name__} {model.name!r} has no weights. Build it first, by a call "
                "on data or by build(input_shape). Received: a model without weights"
            )
        variables: dict[str, dict[str, Any]] = {}
        records: list[LayerRecord] = []
        inner = hasattr(model, "layers") or (
            not _classes(model, layouts_for or {}) and any(True for _ in _children(model))
        )
        path = "" if inner else model.name
        for place, layer, owned, layout in _walk(model, path, set(), layouts_for or {}):
            of_torch = {n: v for n, v in owned.items() if layout is None and _is_of_torch(layer, v)}
            for record in _torch_records(place, of_torch):
                variables[record.path] = of_torch
                records.append(record)
            rest = {name: variable for name, variable in owned.items() if name not in of_torch}
            if rest:
                place = _free(place, variables)
                variables[place] = rest
                records.append(_record(place, layer, rest, layout))
        return cls(tuple(records), variables)

    def assign(self, values: Sequence[tuple[LayerRecord, Mapping[str, np.ndarray]]]) -> None:
        """Write weights. The layers keep their dtypes.

        Args:
            values: Layers of `records`, each with arrays by Keras's name of the weight.

        Raises:
            WeightMismatchError: If a weight does not exist or has another shape. All mismatches
                are listed, and nothing is written.
        """
        wrong = [line for record, arrays in values for line in mismatches(record, arrays)]
        if wrong:
            raise WeightMismatchError("Weights of a model in memory", wrong)
        for record, arrays in values:
            held = record.to_arrays(arrays) if isinstance(record, TorchRecord) else arrays
            for name, array in held.items():
                self.variables[record.path][name].assign(array)


def records_of_model(model: Any) -> list[LayerRecord]:
    """Return the layers of a model or layer in memory that have weights of their own."""
    return list(LiveModel.of(model).records)


def _walk(
    layer: Any, path: str, seen: set[int], layouts_for: Mapping[str, Layout]
) -> Iterator[tuple[str, Any, dict[str, Any], Layout | None]]:
    """Give the layers with weights of their own: path, layer, weights by name, layout."""
    if id(layer) in seen:
        return
    seen.add(id(layer))
    weights = list(layer.weights)
    for layer_class in _classes(layer, layouts_for):
        named = _by_layout(layer, layer_class, weights, layouts_for)
        if named is not None:
            yield path, layer, *named
            return
    children = list(_children(layer))
    inside = {_key(weight) for _, child in children for weight in child.weights}
    own = [weight for weight in weights if _key(weight) not in inside]
    if own:
        yield path, layer, _as_they_are(layer, own), None
    for name, child in children:
        yield from _walk(child, f"{path}/{name}" if path else name, seen, layouts_for)


def _classes(layer: Any, layouts_for: Mapping[str, Layout]) -> list[str]:
    """Return the classes of a layer that have a layout, the nearest first."""
    known = {*layouts.known_classes(), *layouts_for}
    return [cls.__name__ for cls in type(layer).__mro__ if cls.__name__ in known]


def _by_layout(
    layer: Any, layer_class: str, weights: Sequence[Any], layouts_for: Mapping[str, Layout]
) -> tuple[dict[str, Any], Layout] | None:
    """Name the weights of a layer by its layout; None if they are not what the layout has."""
    config = _config(layer)
    shapes = {_short_name(weight): tuple(weight.shape) for weight in weights}
    layout = layouts_for.get(layer_class) or layout_for(layer_class, config, shapes)
    if layout is None or not weights:
        return None
    named: dict[str, Any] = {}
    for weight in weights:
        parts = _path(weight).split("/")
        long = "/".join(parts[-2:])
        short = _OLD_NAMES.get((layer_class, parts[-1]), parts[-1])
        named[long if long in layout.names else short] = weight
    if len(named) != len(weights) or not set(named) <= set(layout.names):
        return None
    shapes = {name: tuple(weight.shape) for name, weight in named.items()}
    if not _fits(layout, shapes):
        if layer_class not in layouts.known_classes():
            return None
        layout = layouts.get(layer_class)
        if not _fits(layout, shapes):
            return None
    return {name: named[name] for name in layout.names if name in named}, layout


def _fits(layout: Layout, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    try:
        return bool(transform.torch_shapes(layout, shapes))
    except LayoutError:
        return False


def _children(layer: Any) -> Iterator[tuple[str, Any]]:
    """Give the layers directly inside a layer, under the names that files have for them."""
    held = list(_held(layer))
    classes = {cls.__name__ for cls in type(layer).__mro__}
    if classes & _NAMED_CONTAINERS:
        for child in held:
            yield child.name, child
        return
    names: dict[int, str] = {}
    attributes = {**vars(layer), **getattr(layer, "_modules", {})}
    for attribute, value in attributes.items():
        # The lists by which the frameworks themselves keep track of layers.
        if attribute in ("_layers", "_metrics", "_modules") or attribute.startswith("_self_"):
            continue
        prefix = "" if attribute in ("layers", "cells") else f"{attribute}/"
        if is_live(value):
            names.setdefault(id(value), attribute)
            continue
        if hasattr(value, "_modules"):  # torch's list or dict of modules
            value = value._modules
        items = list(value.values()) if isinstance(value, Mapping) else value
        if isinstance(items, Sequence) and not isinstance(items, (str, bytes)):
            used: dict[str, int] = {}
            for item in items:
                if is_live(item):
                    key = unique(to_snake_case(type(item).__name__), used)
                    key = item.name if attribute == "cells" else key
                    names.setdefault(id(item), prefix + key)
    for child in held:
        yield names.get(id(child), child.name), child


def _held(layer: Any) -> Iterator[Any]:
    """Give the layers directly inside a layer, each once."""
    found: dict[int, Any] = {}
    for role in _ROLES:
        value = getattr(layer, role, None)
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if is_live(item):
                found[id(item)] = item
    if hasattr(layer, "layers"):
        others = list(layer.layers)
    elif hasattr(layer, "_flatten_layers"):
        others = list(layer._flatten_layers(include_self=False, recursive=False))
    else:
        others = list(_modules_below(layer))
    for item in others:
        if is_live(item):
            found.setdefault(id(item), item)
    yield from found.values()


def _modules_below(module: Any) -> Iterator[Any]:
    for child in getattr(module, "_modules", {}).values():
        if is_live(child):
            yield child
        elif child is not None:
            yield from _modules_below(child)


def _record(
    path: str, layer: Any, variables: Mapping[str, Any], layout: Layout | None
) -> LayerRecord:
    infos = {name: _info(variable) for name, variable in variables.items()}
    weights = LazyTensors(infos, lambda name: np.asarray(variables[name].numpy()))
    layer_class = layout.layer_class if layout is not None else type(layer).__name__
    keys = {name: _path(variable) for name, variable in variables.items()}
    return LayerRecord(path, layer_class, layout, weights, keys, _config(layer))


def _is_of_torch(layer: Any, variable: Any) -> bool:
    """Tell a weight of a torch module in a layer of kerasish, which lies as torch has it."""
    return hasattr(layer, "_modules") and "/" in variable.name


def _torch_records(path: str, variables: Mapping[str, Any]) -> list[LayerRecord]:
    """Return the layers that the weights of a torch module in a layer are."""
    names = {variable.name.replace("/", "."): name for name, variable in variables.items()}
    tensors = LazyTensors(
        {key: _info(variables[name]) for key, name in names.items()},
        lambda key: np.asarray(variables[names[key]].numpy()),
    )
    return [
        replace(
            record,
            path=f"{path}/{record.path}".strip("/"),
            torch_keys={name: names[key] for name, key in record.torch_keys.items()},
        )
        for record in records_of_state_dict(tensors)
        if isinstance(record, TorchRecord)
    ]


def _info(variable: Any) -> TensorInfo:
    dtype = getattr(variable.dtype, "name", str(variable.dtype)).removeprefix("torch.")
    return TensorInfo(tuple(int(size) for size in variable.shape), dtype)


def _as_they_are(layer: Any, weights: Sequence[Any]) -> dict[str, Any]:
    """Name weights of a class that the table does not have by their own names."""
    of_torch = {weight.name: weight for weight in weights if _is_of_torch(layer, weight)}
    weights = [weight for weight in weights if weight.name not in of_torch]
    used = Counter(_short_name(weight) for weight in weights)
    for number, weight in enumerate(weights):
        short = _short_name(weight)
        of_torch[short if used[short] == 1 else f"{short}_{number}"] = weight
    return of_torch


def _config(layer: Any) -> Mapping[str, Any]:
    try:
        config = layer.get_config()
    except NotImplementedError:  # a class of the user's that does not say how to make it again
        return {}
    return config if isinstance(config, Mapping) else {}


def _key(weight: Any) -> Any:
    """Return what tells two handles on the same weight."""
    return getattr(weight, "key", None) or id(weight)


def _path(weight: Any) -> str:
    return re.sub(r":\d+$", "", getattr(weight, "path", None) or weight.name)


def _short_name(weight: Any) -> str:
    return _path(weight).rpartition("/")[2]


def _free(path: str, used: Mapping[str, Any]) -> str:
    """Return a path that no other layer has."""
    free, number = path, 1
    while free in used:
        free = f"{path}_{number}"
        number += 1
    return free
