"""The layers of a TensorFlow checkpoint that a Keras model wrote.

It names layers by the attributes that lead to them, `layer_with_weights-0/cell`, and does not tell
their classes; those are told where the weights leave no choice.
"""

from __future__ import annotations

from weight_port import layouts
from weight_port.formats.tensor_bundle import TensorBundleFile, keras_layers
from weight_port.records.inference import class_of_weights
from weight_port.records.record import LayerRecord
from weight_port.records.weight_names import layout_for
from weight_port.records.weights_h5 import PARTS, make_record

_ATTENTION = "MultiHeadAttention"


def records_of_checkpoint(file: TensorBundleFile) -> list[LayerRecord]:
    """Return the layers of a checkpoint, in the order of the model where the file tells it.

    Args:
        file: The open checkpoint.
    """
    found: dict[str, dict[str, str]] = {}
    for layer in keras_layers(file):
        above, _, part = layer.path.rpartition("/")
        prefix = PARTS[_ATTENTION].get(part)
        path = above if prefix is not None or part == "cell" else layer.path
        named = zip(layer.names, layer.keys, strict=True)
        found.setdefault(path, {}).update((f"{prefix or ''}{name}", key) for name, key in named)
    return [_record(file, path, keys) for path, keys in found.items()]


def _record(file: TensorBundleFile, path: str, keys: dict[str, str]) -> LayerRecord:
    shapes = {name: file[key].shape for name, key in keys.items()}
    query = shapes.get("query/kernel", ())
    if len(query) == 3:
        layer_class, layout = _ATTENTION, layouts.get(_ATTENTION, num_heads=query[1])
    else:
        layer_class = class_of_weights(shapes)
        found = layout_for(layer_class, {}, shapes)
        if found is None:
            return make_record(file, path, layer_class, None, keys, {})
        layout = found
    if not set(keys) <= set(layout.names):
        return make_record(file, path, "", None, keys, {})
    ordered = {name: keys[name] for name in layout.names if name in keys}
    return make_record(file, path, layer_class, layout, ordered, {})
