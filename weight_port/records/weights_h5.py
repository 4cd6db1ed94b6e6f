"""The layers of `.weights.h5` and `.keras` files, joined with the configuration if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weight_port.formats.tensors import LazyTensors, TensorInfo
from weight_port.formats.weights_h5 import WeightsH5File
from weight_port.records.config_tree import ConfigNode, config_tree
from weight_port.records.inference import class_of_path, class_of_weights
from weight_port.records.record import LayerRecord
from weight_port.records.weight_names import layout_for, names_of

# Layers whose weights lie with parts of them, by the part's path and the prefix of the names.
_ATTENTION = {
    f"{hidden}{part}": f"{prefix}/"
    for hidden in ("", "_")
    for part, prefix in (
        ("query_dense", "query"),
        ("key_dense", "key"),
        ("gate_dense", "gate"),
        ("value_dense", "value"),
        ("output_dense", "attention_output"),
    )
}
_CELL = {"cell": ""}
PARTS: dict[str, Mapping[str, str]] = {
    **dict.fromkeys(
        ("MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention"), _ATTENTION
    ),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU"), _CELL),
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _CELL),
}


@dataclass
class _Found:
    """A layer found in a file: the keys of its arrays by the part that holds them."""

    path: str
    layer_class: str
    config: Mapping[str, Any] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)


def records_of_weights_h5(file: WeightsH5File, tree: ConfigNode | None = None) -> list[LayerRecord]:
    """Return the layers of a weights file, in the order of the model or else of the file.

    Args:
        file: The open file.
        tree: The layers of the model; those of the file's configuration by default. If there is
            neither, names come from the file and classes from paths and shapes, where they tell.
    """
    if tree is None and file.config is not None:
        tree = config_tree(file.config)
    groups: dict[str, list[str]] = {}
    for key in file:
        groups.setdefault(key.rpartition("/vars/")[0] if "/vars/" in key else "", []).append(key)
    found: dict[str, _Found] = {}
    if tree is not None:
        for node in tree.walk():
            found[node.file_path] = _Found(node.path, node.layer_class, node.config)
    for group, keys in groups.items():
        owner, part = _owner(group, found, tree)
        if owner not in found:
            layer_class = class_of_path(owner) or class_of_path(file.layer_names.get(owner, ""))
            found[owner] = _Found(_named_path(owner, file.layer_names), layer_class)
        found[owner].parts[part] = keys
    return [_record(file, entry) for entry in found.values() if entry.parts]


def _owner(group: str, found: Mapping[str, _Found], tree: ConfigNode | None) -> tuple[str, str]:
    """Return the layer that a group of arrays belongs to, and the part of it that the group is."""
    above, _, part = group.rpartition("/")
    if group in found:
        return group, ""
    if tree is not None:
        if above in found and part in PARTS.get(found[above].layer_class, {}):
            return above, part
        return group, ""
    known = part in PARTS.get(class_of_path(above), {})
    # The layers of a Bidirectional are known by their roles; theirs is a cell of a fused layer.
    by_role = part == "cell" and above.rpartition("/")[2] in ("forward_layer", "backward_layer")
    return (above, part) if known or by_role else (group, "")


def _named_path(owner: str, names: Mapping[str, str]) -> str:
    """Return the names of the layers along a path, by role where a layer is known by its role."""
    parts = owner.split("/") if owner else []
    named = []
    for position, part in enumerate(parts):
        if part in ("layers", "cells"):
            continue
        container = position and parts[position - 1] in ("layers", "cells")
        here = "/".join(parts[: position + 1])
        named.append(names.get(here, part) if container else part)
    return "/".join(named)


def _record(file: WeightsH5File, entry: _Found) -> LayerRecord:
    """Name the numbered arrays of a layer."""
    prefixes = PARTS.get(entry.layer_class, {"": "", "cell": ""})
    known = {part: prefixes.get(part, f"{part}/" if part else "") for part in entry.parts}
    keys = [key for part in _in_order(entry.parts, prefixes) for key in entry.parts[part]]
    shapes = [file[key].shape for key in keys]
    layer_class = entry.layer_class
    if not layer_class and len(keys) in (2, 3):
        recurrent = ("kernel", "recurrent_kernel", "bias")[: len(keys)]
        likely = class_of_weights(dict(zip(recurrent, shapes, strict=True)))
        if likely and "cell" in entry.parts:
            layer_class = likely
        elif likely and entry.path.endswith("/cell"):
            layer_class = f"{likely}Cell"
    by_number = dict(zip(("kernel", "recurrent_kernel", "bias"), shapes, strict=False))
    if "alpha" in _all_names(layer_class):
        by_number = {"alpha": shapes[0]}
    layout = layout_for(layer_class, entry.config, by_number)
    names = names_of(layout, entry.config, shapes) if layout is not None else []
    if not names:
        layout = None
        names = [
            f"{known[part]}{key.rpartition('/')[2]}"
            for part in _in_order(entry.parts, prefixes)
            for key in entry.parts[part]
        ]
    return make_record(
        file, entry.path, layer_class, layout, dict(zip(names, keys, strict=True)), entry.config
    )


def group_of(node: ConfigNode, weight: str) -> str:
    """Return the path in `.weights.h5` files at which a weight of a layer lies.

    Args:
        node: The layer.
        weight: Keras's name of the weight.
    """
    part = ""
    for name, prefix in PARTS.get(node.layer_class, {}).items():
        # Of the two spellings, the public attribute is Keras's for MultiHeadAttention alone; the
        # gate has none.
        hidden = node.layer_class != "MultiHeadAttention" or prefix == "gate/"
        if not prefix or (weight.startswith(prefix) and name.startswith("_") == hidden):
            part = name
            break
    return "/".join(piece for piece in (node.file_path, part) if piece)


def make_record(
    file: Any,
    path: str,
    layer_class: str,
    layout: Any,
    keys: Mapping[str, str],
    config: Mapping[str, Any],
) -> LayerRecord:
    """Return the record of a layer whose weights are arrays of a file as they are."""
    infos: dict[str, TensorInfo] = {name: file[key] for name, key in keys.items()}
    weights = LazyTensors(infos, lambda name: file.read(keys[name]))
    return LayerRecord(path, layer_class, layout, weights, keys, config)


def _in_order(parts: Mapping[str, Any], prefixes: Mapping[str, str]) -> list[str]:
    # A gate has a hidden name alone, and still stands between the keys and the values.
    order = [part.lstrip("_") for part in prefixes]
    return sorted(parts, key=lambda part: order.index(part.lstrip("_")) if part in prefixes else -1)


def _all_names(layer_class: str) -> tuple[str, ...]:
    layout = layout_for(layer_class, {}, {})
    return layout.names if layout is not None else ()
