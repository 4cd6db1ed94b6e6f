"""The layers of a TensorFlow checkpoint, joined with a model's layers if they are known.

A checkpoint names a variable by the attributes that lead to it,
`layer_with_weights-0/forward_layer/cell/kernel`. What it calls `layer_with_weights-N` is the N-th
layer of the model that has weights, and the same object is `layer-M`, the M-th of all its layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from weight_port.errors import FileFormatError
from weight_port.formats.tensor_bundle import CheckpointLayer, TensorBundleFile, keras_layers
from weight_port.records.checkpoint import SEED, full_path, is_list, records_of_checkpoint
from weight_port.records.checkpoint_path import CheckpointPaths
from weight_port.records.config_tree import ConfigNode, config_tree
from weight_port.records.inference import stored_class
from weight_port.records.record import LayerRecord
from weight_port.records.weight_names import layout_for
from weight_port.records.weights_h5 import make_record

# Names of weights in Keras 2 whose weight has another name today.
_OLD_NAMES = {(f"DepthwiseConv{rank}D", "depthwise_kernel"): "kernel" for rank in (1, 2)}
# A checkpoint of several objects keeps the model below an attribute: `model/layer_with_weights-0`.
_MOST_OUTER = 8


@dataclass
class _Held:
    """The variables of one layer: keys and full names by the names of attributes."""

    keys: dict[str, str] = field(default_factory=dict)
    full_names: dict[str, str] = field(default_factory=dict)


def records_of_tensor_bundle(
    file: TensorBundleFile,
    tree: ConfigNode | None = None,
    *,
    with_weights: Mapping[str, Sequence[ConfigNode]] | None = None,
    problems: list[str] | None = None,
) -> list[LayerRecord]:
    """Return the layers of a checkpoint, in the order of the model.

    Args:
        file: The open checkpoint or SavedModel.
        tree: The layers of the model; those of the file's configuration by default. If there is
            neither, layers have the names of the attributes that lead to them, and classes that
            the weights tell for certain.
        with_weights: Each model's layers that have weights, where it is known, by the model's
            `file_path`; those too that stand in another place of the tree, as shared layers do.
        problems: Takes a line for each layer of the file that has no place in the tree.

    Raises:
        FileFormatError: If layers of the file have no place in the tree, and there is no list
            `problems` to take them.
    """
    if tree is None and file.config is not None:
        tree = config_tree(file.config)
        if not tree.children:  # a class of its own, whose layers the configuration does not tell
            tree = None
    if tree is None:
        return records_of_checkpoint(file)
    groups = keras_layers(file)
    by_name = [group for group in groups if is_list(group)]
    if file.graph is None:  # TensorFlow 1 named arrays by the variables' full names
        by_name = [replace(group, full_names=group.keys) for group in groups]
    held, lost = _by_attributes(
        CheckpointPaths(file, tree, with_weights),
        [group for group in groups if group not in by_name] if file.graph else [],
    )
    if by_name:
        lost += _by_full_names(tree, by_name, held)
    if lost and problems is None:
        listed = "".join(f"\n  - {line}" for line in lost[:50])
        raise FileFormatError(
            f"{file.path} has weights that no layer of the model is for:{listed}\n"
            f"Received: {len(lost)} layers without a place, of {len(groups)}"
        )
    if problems is not None:
        problems += lost
    return [_record(file, node, held[node.path]) for node in tree.walk() if node.path in held]


def _by_attributes(
    paths: CheckpointPaths, groups: Sequence[CheckpointLayer]
) -> tuple[dict[str, _Held], list[str]]:
    """Join by attributes; the model is below the attribute under which all find their layers."""
    if not groups:
        return {}, []
    parts = groups[0].path.split("/")
    tried = [
        _under("/".join(parts[:count]), paths, groups)
        for count in range(min(len(parts), _MOST_OUTER))
    ]
    return min(tried, key=lambda result: len(result[1]))


def _under(
    outer: str, paths: CheckpointPaths, groups: Sequence[CheckpointLayer]
) -> tuple[dict[str, _Held], list[str]]:
    held: dict[str, _Held] = {}
    lost = []
    for group in groups:
        place = paths.find(group.path, outer)
        if isinstance(place, str):
            lost.append(f"{group.path}: {place}")
            continue
        node, prefix = place
        own = held.setdefault(node.path, _Held())
        named = [
            (f"{prefix}{name}", key) for name, key in zip(group.names, group.keys, strict=True)
        ]
        if any(name in own.keys for name, _ in named):
            lost.append(f"{group.path}: {node.path!r} has weights of these names already")
            continue
        own.keys.update(named)
        own.full_names.update(zip((name for name, _ in named), group.full_names, strict=True))
    return held, lost


def _by_full_names(
    tree: ConfigNode, groups: Sequence[CheckpointLayer], held: dict[str, _Held]
) -> list[str]:
    """Join variables that the file has in mere lists, by the names that they had."""
    by_path: dict[str, list[ConfigNode]] = {}
    for node in tree.walk():
        by_path.setdefault(node.path, []).append(node)
        by_path.setdefault(f"{tree.name}/{node.path}", []).append(node)
    # Keras 3 puts the name of the model first, which may be another one here.
    models = {
        full.partition("/")[0]
        for group in groups
        for full in group.full_names
        if full.rpartition("/")[2] != SEED
    }
    model = f"{models.pop()}/" if len(models) == 1 else ""
    lost = []
    for group in groups:
        for name, key, full in zip(group.names, group.keys, group.full_names, strict=True):
            if full.rpartition("/")[2] == SEED:
                continue
            path = full_path(full)
            found = by_path.get(path) or by_path.get(path.removeprefix(model), [])
            if len(found) != 1:
                lost.append(f"{group.path}/{name} ({full or 'without a name'}): no layer has it")
                continue
            own = held.setdefault(found[0].path, _Held())
            own.keys[full.rpartition("/")[2]] = key
    return lost


def _record(file: TensorBundleFile, node: ConfigNode, held: _Held) -> LayerRecord:
    """Name the variables of a layer as the table does."""
    shapes = {name: file[key].shape for name, key in held.keys.items()}
    layer_class = stored_class(node.layer_class, shapes)
    layout = layout_for(layer_class, node.config, shapes)
    if layout is None:
        return make_record(file, node.path, layer_class, None, held.keys, node.config)
    named: dict[str, str] = {}
    for attribute, key in held.keys.items():
        full = held.full_names.get(attribute, "").rpartition("/")[2]
        old = _OLD_NAMES.get((layer_class, attribute), attribute)
        choices = (attribute, old, attribute.removeprefix("_"), full)
        named[next((name for name in choices if name in layout.names), attribute)] = key
    if len(named) != len(held.keys) or not set(named) <= set(layout.names):
        return make_record(file, node.path, layer_class, None, held.keys, node.config)
    ordered = {name: named[name] for name in layout.names if name in named}
    shapes = {name: file[key].shape for name, key in ordered.items()}
    layout = layout_for(layer_class, node.config, shapes)
    return make_record(file, node.path, layer_class, layout, ordered, node.config)
