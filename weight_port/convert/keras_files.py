"""Layers into Keras's files: under which names and in which order each format keeps the arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

from weight_port import formats
from weight_port.errors import WeightMismatchError
from weight_port.formats.optimizer_names import numbered
from weight_port.formats.tensors import LazyTensors, Tensors
from weight_port.records.config_tree import ConfigNode, config_tree, to_snake_case
from weight_port.records.record import LayerRecord
from weight_port.records.weights_h5 import PARTS, group_of

FORMATS = ("keras", "h5", "weights.h5")
_NEVER_TRAINED = {"moving_mean", "moving_variance", "mean", "variance", "count", "vector_u"}


def write_keras_file(
    path: str | PathLike,
    records: Sequence[LayerRecord],
    config: Mapping[str, Any],
    *,
    whole: bool = True,
    optimizer: Tensors | None = None,
    extras: Tensors | None = None,
    assets: Mapping[str, bytes] | None = None,
    overwrite: bool = True,
) -> None:
    """Write layers to a file of Keras; its ending tells the format.

    Args:
        path: The file: `.keras`, `.weights.h5`, `.h5` or `.hdf5`.
        records: The layers.
        config: The architecture in Keras 3's form, which names the layers.
        whole: Whether an `.h5` file gets the architecture too.
        optimizer: The arrays of the optimizer, in the order of Keras 3.
        extras: Arrays beside the weights by their names in a `.weights.h5` file; not for `.h5`.
        assets: Further members of a `.keras` file by name, such as vocabularies.
        overwrite: Whether an existing file is replaced.

    Raises:
        WeightMismatchError: If the architecture has no layer of a record's path.
    """
    kind = formats.format_of_name(path)
    tree = config_tree(config)
    nodes = {node.path: node for node in tree.walk()}
    strange = [record.describe() for record in records if record.path not in nodes]
    if strange:
        raise WeightMismatchError(
            f"{path}", [f"{line}: the architecture has no such layer" for line in strange]
        )
    places = {path: place for place, path in enumerate(nodes)}
    records = sorted(records, key=lambda record: places[record.path])
    if kind == "h5":
        keys = _legacy_keys(records, tree, nodes)
        layers: dict[str, list[str]] = {node.name: [] for node in tree.children}
        for top, key in keys:
            layers[top].append(key)
        formats.module_of("h5").write(
            path,
            _tensors({key: source for (_, key), source in keys.items()}),
            layers=list(layers.items()),
            config={"class_name": config["class_name"], "config": config["config"]}
            if whole
            else None,
            optimizer=optimizer,
            overwrite=overwrite,
        )
        return
    tensors = _joined(_tensors(_numbered_keys(records, nodes)), extras)
    state = _numbered_optimizer(optimizer)
    arguments: dict[str, Any] = {"layer_names": _layer_names(tree), "optimizer": state}
    if kind == "keras":
        arguments.update(config=config, assets=assets)
    formats.module_of(kind).write(path, tensors, overwrite=overwrite, **arguments)


def _numbered_keys(
    records: Iterable[LayerRecord], nodes: Mapping[str, ConfigNode]
) -> dict[str, tuple[LayerRecord, str]]:
    """Name arrays as `.weights.h5` files do: the path of the layer and a number."""
    result: dict[str, tuple[LayerRecord, str]] = {}
    for record in records:
        node = nodes[record.path]
        counts: dict[str, int] = {}
        for weight in record.weights:
            group = group_of(node, weight)
            number = counts.get(group, 0)
            counts[group] = number + 1
            result[f"{group}/vars/{number}" if group else f"vars/{number}"] = (record, weight)
    return result


def _legacy_keys(
    records: Iterable[LayerRecord], tree: ConfigNode, nodes: Mapping[str, ConfigNode]
) -> dict[tuple[str, str], tuple[LayerRecord, str]]:
    """Name arrays as `.h5` files do; for each layer what training changes comes first."""
    result: dict[tuple[str, str], tuple[LayerRecord, str]] = {}
    tops = {node.path: node.name for node in tree.children}
    entries = []
    for record in records:
        top = record.path.partition("/")[0]
        frozen = any(
            nodes[above].config.get("trainable", True) is False
            for above in _paths_above(record.path)
            if above in nodes
        )
        for weight in record.weights:
            name = f"{record.path}/{weight}"
            last = frozen or weight.rpartition("/")[2] in _NEVER_TRAINED
            entries.append((last, tops.get(top, top), name, record, weight))
    for _, top, name, record, weight in sorted(entries, key=lambda entry: entry[0]):
        result[top, f"{top}/{name}:0"] = (record, weight)
    return result


def _paths_above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _numbered_optimizer(optimizer: Tensors | None) -> Tensors | None:
    if not optimizer:
        return None
    names = numbered(optimizer)
    infos = {key: optimizer[name] for key, name in names.items()}
    return LazyTensors(infos, lambda key: optimizer.read(names[key]))


def _layer_names(tree: ConfigNode) -> dict[str, str]:
    names = {}
    for node in tree.walk():
        names[node.file_path] = node.name
        if "cell" in PARTS.get(node.layer_class, {}):
            names[f"{node.file_path}/cell"] = f"{to_snake_case(node.layer_class)}_cell"
    return names


def _joined(tensors: Tensors, extras: Tensors | None) -> Tensors:
    if not extras:
        return tensors
    infos = {**tensors, **{name: extras[name] for name in extras}}
    return LazyTensors(infos, lambda key: (extras if key in extras else tensors).read(key))


def _tensors(sources: Mapping[str, tuple[LayerRecord, str]]) -> Tensors:
    infos = {key: record.weights[weight] for key, (record, weight) in sources.items()}

    def read(key: str) -> Any:
        record, weight = sources[key]
        return record.weights.read(weight)

    return LazyTensors(infos, read)
