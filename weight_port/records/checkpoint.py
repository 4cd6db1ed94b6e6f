"""The layers of a TensorFlow checkpoint that a Keras model wrote, where the model is not known.

It names layers by the attributes that lead to them, `layer_with_weights-0/cell`, and does not tell
their classes; those are told where the weights leave no choice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from weight_port import layouts
from weight_port.formats.tensor_bundle import CheckpointLayer, TensorBundleFile, keras_layers
from weight_port.records.inference import class_of_weights, stored_class
from weight_port.records.record import LayerRecord
from weight_port.records.weight_names import layout_for
from weight_port.records.weights_h5 import PARTS, make_record

_ATTENTION = "MultiHeadAttention"
# Where exported models have all variables, without the layers.
_LISTS = ("variables", "_all_variables", "trainable_variables", "non_trainable_variables")
# What layers that draw numbers keep besides weights.
SEED = "seed_generator_state"
_CELL = re.compile(r"(lstm|gru|simple_rnn)_cell(_\d+)?")


def records_of_checkpoint(file: TensorBundleFile) -> list[LayerRecord]:
    """Return the layers of a checkpoint, in the order of the model where the file tells it.

    Args:
        file: The open checkpoint.
    """
    found: dict[str, dict[str, str]] = {}
    for layer in keras_layers(file):
        if is_list(layer):
            for key, full in zip(layer.keys, layer.full_names, strict=True):
                name = full.rpartition("/")[2]
                if name == SEED:
                    continue
                found.setdefault(full_path(full), {}).setdefault(name, key)
            continue
        above, _, part = layer.path.rpartition("/")
        prefix = PARTS[_ATTENTION].get(part)
        path = above if prefix is not None or part == "cell" else layer.path
        named = found.setdefault(path, {})
        for name, key in zip(layer.names, layer.keys, strict=True):
            # Layers of Keras 3 hide some weights: `_kernel`.
            public = name.removeprefix("_")
            named[f"{prefix or ''}{name if public in layer.names else public}"] = key
    return [_record(file, path, keys) for path, keys in found.items()]


def is_list(layer: CheckpointLayer) -> bool:
    """Tell whether variables stand in a mere list, so that their full names alone tell of them."""
    return layer.path.rpartition("/")[2] in _LISTS and all("/" in n for n in layer.full_names)


def full_path(full_name: str) -> str:
    """Return the layer's path from a variable's full name.

    `both/forward_lstm/lstm_cell/kernel` gives `both/forward_layer`.
    """
    parts = full_name.split("/")[:-1]
    if not any(part.startswith("stacked_rnn_cells") for part in parts):
        parts = [part for part in parts if not _CELL.fullmatch(part)] or parts
    for way in ("forward", "backward"):
        if len(parts) > 1 and parts[-1].startswith(f"{way}_"):
            parts[-1] = f"{way}_layer"
    return "/".join(parts)


def _record(file: TensorBundleFile, path: str, keys: dict[str, str]) -> LayerRecord:
    shapes = {name: file[key].shape for name, key in keys.items()}
    described = file.layer_metadata.get(path, {})
    stored = described.get("config")
    config: Mapping[str, Any] = stored if isinstance(stored, dict) else {}
    query = shapes.get("query/kernel", ())
    if len(query) == 3:
        layer_class, layout = _ATTENTION, layouts.get(_ATTENTION, num_heads=query[1])
    else:
        layer_class = stored_class(str(described.get("class_name", "")), shapes)
        layer_class = layer_class or class_of_weights(shapes)
        found = layout_for(layer_class, config, shapes)
        if found is None:
            return make_record(file, path, layer_class, None, keys, config)
        layout = found
    if not set(keys) <= set(layout.names):
        return make_record(file, path, layer_class if config else "", None, keys, config)
    ordered = {name: keys[name] for name in layout.names if name in keys}
    return make_record(file, path, layer_class, layout, ordered, config)
