"""The layers of Keras's old HDF5 files, joined with the configuration if there is one.

The files list the layers of the model itself; what lies in a nested model or a wrapper stands in
one list, those that training changes first. So arrays are told apart by their names, and by their
place only where the names leave no choice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from weight_port import layouts
from weight_port.errors import FileFormatError
from weight_port.formats.legacy_h5 import TOP_LEVEL, LegacyH5File
from weight_port.records.config_tree import ConfigNode, config_tree
from weight_port.records.inference import class_of_path, class_of_weights, stored_class
from weight_port.records.keras1 import is_keras1, records_of_keras1
from weight_port.records.record import LayerRecord
from weight_port.records.weight_names import layout_for, names_of
from weight_port.records.weights_h5 import make_record


def records_of_legacy_h5(
    file: LegacyH5File, nodes: Mapping[str, ConfigNode] | None = None
) -> list[LayerRecord]:
    """Return the layers of an HDF5 file of Keras, in the order of the file.

    Args:
        file: The open file.
        nodes: The layers of the model by the names that the file gives them; those of the file's
            configuration by default. If there is neither, classes come from the names and shapes
            of the weights, where they tell.

    Raises:
        FileFormatError: If the arrays can't be told apart for certain.
    """
    if nodes is None:
        nodes = layers_by_name(config_tree(file.config)) if file.config is not None else {}
    if is_keras1(file):
        return records_of_keras1(file, nodes)
    records = []
    for name, keys in file.layers:
        if not keys:
            continue
        node = nodes.get(name)
        if nodes and node is None:
            raise FileFormatError(
                f"{file.path} has weights of a layer that the model does not have. "
                f"Received: {name!r}, with the layers {list(nodes)[:40]}"
            )
        if node is None:
            records += _without_config(file, name, keys)
        elif name == TOP_LEVEL:
            records.append(_as_they_are(file, name, "", keys))
        else:
            records += _with_config(file, node, keys)
    return records


def layers_by_name(tree: ConfigNode) -> dict[str, ConfigNode]:
    """Return the layers of a model by the names under which these files list them."""
    return {**{node.name: node for node in tree.children}, TOP_LEVEL: tree}


def weight_name(key: str) -> str:
    """Return a weight's own name from an array's: `lstm/lstm_cell/kernel:0` gives `kernel`."""
    return re.sub(r"(_\d+)?(:\d+)?$", "", key.rpartition("/")[2])


def _with_config(file: LegacyH5File, node: ConfigNode, keys: Sequence[str]) -> list[LayerRecord]:
    """Return the layers at and below a layer of the model."""
    holders = [leaf for leaf in node.walk() if not leaf.children or _has_own(leaf)]
    if len(holders) <= 1:
        return [_record(file, holders[0] if holders else node, keys)]
    by_leaf = _by_name(holders, keys) or _by_place(file, node, holders, keys)
    return [_record(file, leaf, by_leaf[leaf.path]) for leaf in holders if by_leaf.get(leaf.path)]


def _has_own(node: ConfigNode) -> bool:
    return node.layer_class in layouts.known_classes() or node.layer_class == (
        "SpectralNormalization"
    )


def _by_name(holders: Sequence[ConfigNode], keys: Sequence[str]) -> dict[str, list[str]] | None:
    """Give each array to the one layer whose name is in its path; None if that does not do."""
    result: dict[str, list[str]] = {}
    for key in keys:
        parts = key.split("/")[1:-1]
        fitting = [leaf for leaf in holders if _names(leaf, parts)]
        if len(fitting) > 1:  # the name of an outer layer is in the path of an inner one
            deepest = max(_depth(leaf, parts) for leaf in fitting)
            fitting = [leaf for leaf in fitting if _depth(leaf, parts) == deepest]
        if len(fitting) != 1:
            return None
        result.setdefault(fitting[0].path, []).append(key)
    return result


def _names(leaf: ConfigNode, parts: Sequence[str]) -> bool:
    return _depth(leaf, parts) >= 0


def _depth(leaf: ConfigNode, parts: Sequence[str]) -> int:
    """Return how deep in a path a layer's name stands; -1 if it does not."""
    role = leaf.path.rpartition("/")[2]
    direction = role.removesuffix("_layer") if role in ("forward_layer", "backward_layer") else ""
    for place in range(len(parts) - 1, -1, -1):
        if parts[place] == leaf.name or (direction and parts[place].startswith(f"{direction}_")):
            return place
    return -1


def _by_place(
    file: LegacyH5File, node: ConfigNode, holders: Sequence[ConfigNode], keys: Sequence[str]
) -> dict[str, list[str]]:
    """Give the arrays of one prefix after the other to the layers, if each fits one."""
    runs: dict[str, list[str]] = {}
    for key in keys:
        runs.setdefault(key.rpartition("/")[0], []).append(key)
    # Keras lists what training changes before what it leaves alone.
    holders = sorted(holders, key=lambda leaf: leaf.config.get("trainable", True) is False)
    if len(runs) == len(holders):
        pairs = list(zip(holders, runs.values(), strict=True))
        if all(_fits(file, leaf, run) for leaf, run in pairs):
            return {leaf.path: run for leaf, run in pairs}
    listed = [f"{key} {file[key].shape}" for key in keys]
    raise FileFormatError(
        f"{file.path}: which of the weights of {node.name!r} belong to which of its layers "
        f"{[leaf.path for leaf in holders]} is not certain. Give a mapping. Received: {listed}"
    )


def _fits(file: LegacyH5File, leaf: ConfigNode, keys: Sequence[str]) -> bool:
    layout = layout_for(leaf.layer_class, leaf.config, {})
    if layout is None:
        return False
    return {weight_name(key) for key in keys} <= set(layout.names) or bool(
        names_of(layout, leaf.config, [file[key].shape for key in keys])
    )


def _record(file: LegacyH5File, leaf: ConfigNode, keys: Sequence[str]) -> LayerRecord:
    """Name the arrays of one layer."""
    shapes = {weight_name(key): file[key].shape for key in keys}
    layer_class = stored_class(leaf.layer_class, shapes)
    layout = layout_for(layer_class, leaf.config, shapes)
    if layout is None:
        return _as_they_are(file, leaf.path, layer_class, keys, leaf.config)
    named: dict[str, str] = {}
    for key in keys:
        short = weight_name(key)
        long = f"{key.split('/')[-2]}/{short}" if "/" in key else short
        name = long if long in layout.names else short
        named[name] = key
    if len(named) != len(keys) or not set(named) <= set(layout.names):
        names = names_of(layout, leaf.config, [file[key].shape for key in keys])
        if not names:
            return _as_they_are(file, leaf.path, layer_class, keys, leaf.config)
        named = dict(zip(names, keys, strict=True))
    ordered = {name: named[name] for name in layout.names if name in named}
    return make_record(file, leaf.path, layer_class, layout, ordered, leaf.config)


def _as_they_are(
    file: LegacyH5File,
    path: str,
    layer_class: str,
    keys: Sequence[str],
    config: Mapping[str, Any] | None = None,
) -> LayerRecord:
    """Return a layer of a class that the table does not have, its arrays under their own names."""
    layer = keys[0].partition("/")[0]
    names = [weight_name(key) for key in keys]
    if len(set(names)) != len(names):
        names = [re.sub(r":\d+$", "", key.removeprefix(f"{layer}/")) for key in keys]
    if len(set(names)) != len(names):
        names = [str(number) for number in range(len(keys))]
    return make_record(
        file, path, layer_class, None, dict(zip(names, keys, strict=True)), config or {}
    )


def _without_config(file: LegacyH5File, layer: str, keys: Sequence[str]) -> list[LayerRecord]:
    """Return the layers that the prefixes of a layer's weights tell."""
    runs: dict[str, list[str]] = {}
    for key in keys:
        runs.setdefault(_prefix(layer, key), []).append(key)
    records = []
    for prefix, run in runs.items():
        path = "/".join([layer, *([prefix] if prefix else [])]) if len(runs) > 1 else layer
        shapes = {weight_name(key): file[key].shape for key in run}
        layer_class = class_of_weights(shapes) or class_of_path(prefix or layer)
        if len(shapes) != len(run):
            layer_class = ""
        layout = layout_for(layer_class, {}, shapes)
        if layout is None or not set(shapes) <= set(layout.names):
            records.append(_as_they_are(file, path, layer_class, run))
            continue
        named = {weight_name(key): key for key in run}
        ordered = {name: named[name] for name in layout.names if name in named}
        records.append(make_record(file, path, layer_class, layout, ordered, {}))
    return records


def _prefix(layer: str, key: str) -> str:
    """Return what stands between a layer's name and the weight's, the cell's name left out."""
    parts = key.split("/")[len(layer.split("/")) : -1]
    if not any(part.startswith("stacked_rnn_cells") for part in parts):
        parts = [p for p in parts if not re.fullmatch(r"(lstm|gru|simple_rnn)_cell(_\d+)?", p)]
    for direction in ("forward", "backward"):
        if any(part.startswith(f"{direction}_") for part in parts):
            return f"{direction}_layer"
    return "/".join(part for part in parts if part != layer)
