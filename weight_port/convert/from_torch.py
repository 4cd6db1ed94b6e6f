"""A model's layers from arrays under torch's names, by a configuration that names the layers."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike

import numpy as np

from weight_port import layouts, transform
from weight_port.errors import WeightMismatchError
from weight_port.formats.tensors import LazyTensors, TensorInfo, Tensors
from weight_port.layouts import Layout
from weight_port.records.config_tree import ConfigNode
from weight_port.records.record import LayerRecord
from weight_port.records.weight_names import layout_for


def records_from_torch(
    tensors: Tensors, tree: ConfigNode, path: str | PathLike
) -> list[LayerRecord]:
    """Return the layers of a configuration with weights from arrays under torch's names.

    Args:
        tensors: Arrays named `<path of the layer, with dots>.<torch's name>`, as `to_framework`
            names them; one module in between (`lstm.rnn.weight_ih_l0`) is passed over.
        tree: The layers of the configuration.
        path: The file of the arrays, for messages.

    Raises:
        WeightMismatchError: If a layer finds only part of its arrays, or an array no layer.
    """
    left = dict.fromkeys(tensors)
    records: list[LayerRecord] = []
    problems: list[str] = []
    for node in tree.walk():
        prefix = f"{node.path.replace('/', '.')}." if node.path else ""
        if node.layer_class == "Bidirectional" and len(node.children) == 2:
            layout = _both_directions(node)
            names = layout.torch_names if layout is not None else ()
            found = {name: f"{prefix}{name}" for name in names if f"{prefix}{name}" in tensors}
            if layout is not None and found:
                records += _halves(tensors, node, layout, found)
                for key in found.values():
                    left.pop(key, None)
            continue
        layout = layout_for(node.layer_class, node.config, {})
        if layout is None:
            found = _as_they_are(left, prefix, node)
        else:
            found = _present(tensors, prefix, layout.torch_names)
        if not found:
            continue
        for key in found.values():
            left.pop(key, None)
        if layout is None:
            infos = {name: tensors[key] for name, key in found.items()}
            weights = LazyTensors(infos, lambda name, found=found: tensors.read(found[name]))  # type: ignore[misc]
            records.append(
                LayerRecord(node.path, node.layer_class, None, weights, found, node.config)
            )
            continue
        try:
            records.append(_record(tensors, node, layout, found))
        except ValueError as error:
            problems.append(f"{node.path}: {error}")
    problems += [f"{key} {tensors[key].shape}: no layer has it" for key in left]
    if problems:
        raise WeightMismatchError(f"{path} to the layers of the configuration", problems)
    return records


def _both_directions(node: ConfigNode) -> Layout | None:
    forward, backward = node.children
    if forward.layer_class != backward.layer_class:
        return None
    single = layout_for(forward.layer_class, forward.config, {})
    if single is None or not single.recurrent:
        return None
    return layouts.get(forward.layer_class, **dict(single.variant), bidirectional=True)


def _present(tensors: Tensors, prefix: str, names: tuple[str, ...]) -> dict[str, str]:
    """Return the keys of a module's arrays by torch's names, a held module passed over."""
    found = {name: f"{prefix}{name}" for name in names if f"{prefix}{name}" in tensors}
    if found:
        return found
    held = {key.removeprefix(prefix).partition(".")[0] for key in tensors if key.startswith(prefix)}
    for module in sorted(held):
        keys = {name: f"{prefix}{module}.{name}" for name in names}
        keys = {name: key for name, key in keys.items() if key in tensors}
        if keys:
            return keys
    return {}


def _as_they_are(left: Mapping[str, None], prefix: str, node: ConfigNode) -> dict[str, str]:
    """Return the arrays of a layer that the table does not have; none for one that holds others."""
    if node.children or not prefix:
        return {}
    return {key.removeprefix(prefix): key for key in left if key.startswith(prefix)}


def _record(
    tensors: Tensors, node: ConfigNode, layout: Layout, found: Mapping[str, str]
) -> LayerRecord:
    infos = _keras_infos(tensors, layout, found)

    def read(name: str) -> np.ndarray:
        own = layout.weight(name).torch_names
        return transform.weight_to_keras(
            layout, name, {n: tensors.read(found[n]) for n in own if n in found}
        )

    keys = {
        name: ", ".join(found[n] for n in layout.weight(name).torch_names if n in found)
        for name in infos
    }
    weights = LazyTensors(infos, read)
    return LayerRecord(node.path, node.layer_class, layout, weights, keys, node.config)


def _keras_infos(
    tensors: Tensors, layout: Layout, found: Mapping[str, str]
) -> dict[str, TensorInfo]:
    """Return shapes and types in Keras's layout, from hollow arrays."""
    hollow = {
        name: np.broadcast_to(np.zeros((), bool), tensors[key].shape) for name, key in found.items()
    }
    return {
        name: TensorInfo(array.shape, tensors[found[layout.weight(name).torch_names[0]]].dtype)
        for name, array in transform.to_keras(layout, hollow).items()
    }


def _halves(
    tensors: Tensors, node: ConfigNode, layout: Layout, found: Mapping[str, str]
) -> list[LayerRecord]:
    """Return the records of both directions."""
    joined = _record(tensors, node, layout, found)
    records = []
    for way, half in zip(("forward", "backward"), node.children, strict=True):
        names = {n.removeprefix(f"{way}/"): n for n in joined.weights if n.startswith(f"{way}/")}
        infos = {short: joined.weights[name] for short, name in names.items()}
        weights = LazyTensors(infos, lambda n, names=names: joined.weights.read(names[n]))  # type: ignore[misc]
        keys = {short: joined.keys[name] for short, name in names.items()}
        single = layout_for(half.layer_class, half.config, {})
        records.append(LayerRecord(half.path, half.layer_class, single, weights, keys, half.config))
    return records
