"""The modules of a torch `state_dict`, told from the names and shapes of its arrays.

Recurrent weights tell their class for certain, `weight` and `bias` alone do not: what they are is
decided by the layer that they are matched with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from weight_port import layouts, transform
from weight_port.errors import LayoutError
from weight_port.formats.tensors import LazyTensors, TensorInfo, Tensors
from weight_port.gates import gate_order
from weight_port.layouts import Layout
from weight_port.records.inference import class_of_weights
from weight_port.records.record import LayerRecord
from weight_port.records.weight_names import layout_for

# A recurrent module of several layers or directions, as torch marks them.
_MARK = re.compile(r"^(weight_ih|weight_hh|bias_ih|bias_hh|weight_hr)_l(\d+)(_reverse)?$")

# What Keras calls weights, and torch never.
_KERAS_NAMES = {
    *("kernel", "recurrent_kernel", "bias", "embeddings", "gamma", "beta"),
    *("moving_mean", "moving_variance", "depthwise_kernel", "pointwise_kernel", "alpha"),
}
# What a key of the state of a layer's seed generator ends in. It is no weight.
SEED_STATE = ".seed_state"
_ATTENTION = ("in_proj_weight", "in_proj_bias", "q_proj_weight")


@dataclass(frozen=True, eq=False)
class TorchRecord(LayerRecord):
    """A layer whose weights lie in torch arrays.

    Without a layout its weights are the torch arrays themselves.

    Attributes:
        arrays: The torch arrays, by the names that layouts have for them.
        torch_keys: The name of each array in the `state_dict`, by the same names.
    """

    arrays: Tensors = field(default_factory=lambda: LazyTensors({}, _none))
    torch_keys: Mapping[str, str] = field(default_factory=dict)

    def read_as(self, layout: Layout) -> TorchRecord | None:
        """Return the layer with a layout; None if its arrays are not those of the layout."""
        for form in _forms(layout):
            arrays = _renamed(self, form)
            weights = _weights(form, arrays.arrays) if arrays is not None else None
            if arrays is None or weights is None:
                continue
            keys = {
                name: " + ".join(arrays.torch_keys[k] for k in form.weight(name).torch_names)
                for name in weights
            }
            return replace(
                arrays, layer_class=form.layer_class, layout=form, weights=weights, keys=keys
            )
        return None

    def as_torch(self) -> TorchRecord:
        """Return the layer without its layout: its weights are the torch arrays."""
        return replace(self, layout=None, weights=self.arrays, keys=self.torch_keys)

    def to_arrays(self, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the arrays of the `state_dict` that hold weights of this layer.

        Args:
            values: Weights by Keras name, or by torch name if the layer has no layout. Where
                several weights share an array, all that are not given are read from it.
        """
        if self.layout is None:
            return {self.torch_keys[name]: value for name, value in values.items()}
        found: dict[str, np.ndarray] = {}
        for name, value in values.items():
            shared = {
                key: found[key] if key in found else self.arrays.read(key)
                for key in self.layout.weight(name).torch_names
                if key in self.layout.shares
            }
            found.update(transform.weight_to_torch(self.layout, name, value, shared))
        return {self.torch_keys[name]: value for name, value in found.items()}


def records_of_state_dict(tensors: Tensors) -> list[LayerRecord]:
    """Return the modules of a `state_dict`, in its order.

    Args:
        tensors: The arrays by their names, `encoder.rnn.weight_ih_l0`; or by Keras's names with
            slashes, `encoder/dense/kernel`, in Keras's layout.
    """
    groups: dict[str, dict[str, str]] = {}
    mark = "/" if any("/" in key for key in tensors) else "."
    for key in tensors:
        if key.endswith(SEED_STATE):
            continue
        prefix, _, name = key.rpartition(mark)
        # The projection behind an attention is a module of its own in torch and not in Keras.
        above = prefix.removesuffix("out_proj")
        if above != prefix and any(above + inner in tensors for inner in _ATTENTION):
            prefix, name = above.rstrip("."), f"out_proj.{name}"
        groups.setdefault(prefix, {})[name] = key
    records: list[LayerRecord] = []
    for prefix, keys in groups.items():
        if set(keys) <= _KERAS_NAMES and set(keys) != {"bias"}:
            records.append(_keras_record(prefix.replace(".", "/"), keys, tensors))
            continue
        records += records_of_group(prefix.replace(".", "/"), "", keys, tensors)
    return records


def _keras_record(path: str, keys: Mapping[str, str], tensors: Tensors) -> LayerRecord:
    """Return the layer that arrays with Keras's names for them are."""
    infos = {name: tensors[key] for name, key in keys.items()}
    shapes = {name: info.shape for name, info in infos.items()}
    layer_class = class_of_weights(shapes)
    layout = layout_for(layer_class, {}, shapes)
    names = list(infos)
    if layout is not None:
        names = [name for name in layout.names if name in infos]
    weights = LazyTensors({n: infos[n] for n in names}, lambda name: tensors.read(keys[name]))
    return LayerRecord(path, layer_class, layout, weights, dict(keys))


def records_of_group(
    path: str,
    module_class: str,
    keys: Mapping[str, str],
    tensors: Tensors,
    layout: Layout | None = None,
) -> list[LayerRecord]:
    """Return the layer that a module's arrays are, or the layers of a recurrent stack.

    Args:
        path: The path of the module.
        module_class: The module's class, where it is known.
        keys: The arrays' names in the `state_dict` by their names in the module.
        tensors: The arrays of the `state_dict`.
        layout: The layout of the module, or of one layer of a stack, where it is known.
    """
    parts: dict[tuple[int, bool], dict[str, str]] = {}
    for name, key in keys.items():
        mark = _MARK.match(name)
        if mark is None:
            parts = {}
            break
        part = parts.setdefault((int(mark[2]), bool(mark[3])), {})
        part[f"{mark[1]}_l0"] = key
    if not parts:
        return [_record(path, module_class, keys, tensors, layout)]
    several, both = len({k for k, _ in parts}) > 1, any(reverse for _, reverse in parts)
    records: list[LayerRecord] = []
    for (number, reverse), held in sorted(parts.items()):
        below = [str(number)] if several else []
        below += ["backward_layer" if reverse else "forward_layer"] if both else []
        place = "/".join([*([path] if path else []), *below])
        records.append(_record(place, module_class, held, tensors, layout))
    return records


def _record(
    path: str,
    module_class: str,
    keys: Mapping[str, str],
    tensors: Tensors,
    layout: Layout | None,
) -> LayerRecord:
    infos = {name: tensors[key] for name, key in keys.items()}
    arrays = LazyTensors(infos, lambda name: tensors.read(keys[name]))
    raw = TorchRecord(path, module_class, None, arrays, keys, {}, arrays, keys)
    if layout is None:
        certain = _certain_class({name: info.shape for name, info in infos.items()})
        layout = layouts.get(certain) if certain else None
    return raw if layout is None else raw.read_as(layout) or raw


def _certain_class(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Return the class that torch arrays of these names and shapes can only be of."""
    if {"running_mean", "running_var"} <= set(shapes):
        return "BatchNormalization"
    for suffix, ending in (("_l0", ""), ("", "Cell")):
        hidden = shapes.get(f"weight_hh{suffix}", ())
        if len(hidden) == 2 and hidden[1] and hidden[0] % hidden[1] == 0:
            gates = {
                len(gate_order("torch", "lstm")): "LSTM",
                len(gate_order("torch", "gru")): "GRU",
                1: "SimpleRNN",
            }
            found = gates.get(hidden[0] // hidden[1])
            return f"{found}{ending}" if found else ""
    return ""


def _forms(layout: Layout) -> list[Layout]:
    """Return the layouts that torch modules may have for a layer of a layout."""
    variant = {**layout.variant, **_parameters(layout)}
    if layout.layer_class == "MultiHeadAttention":
        return [
            layouts.get("MultiHeadAttention", **{**variant, "projection": projection})
            for projection in ("packed", "separate", "linear")
        ]
    if layout.layer_class == "PReLU":
        return [layouts.get("PReLU", spatial_rank=0), layouts.get("PReLU")]
    return [layout]


def _parameters(layout: Layout) -> dict[str, Any]:
    return {
        argument: layout.sizes[axis]
        for argument, axis in layout.parameters.items()
        if axis in layout.sizes
    }


def _renamed(record: TorchRecord, layout: Layout) -> TorchRecord | None:
    """Return the record with the layout's names, which may lack or have the mark of a stack."""
    known = {*layout.torch_names, *layout.torch_only}
    names = {}
    for name in record.arrays:
        options = (name, f"{name}_l0", name.removesuffix("_l0"))
        fitting = next((option for option in options if option in known), None)
        if fitting is None:
            return None
        names[fitting] = name
    arrays = LazyTensors(
        {new: record.arrays[old] for new, old in names.items()},
        lambda name: record.arrays.read(names[name]),
    )
    keys = {new: record.torch_keys[old] for new, old in names.items()}
    return replace(record, arrays=arrays, torch_keys=keys)


def _weights(layout: Layout, arrays: Tensors) -> Tensors | None:
    """Return the weights in Keras's layout; None if the arrays do not fit."""
    present = []
    for weight in layout.weights:
        absent = [name for name in weight.torch_names if name not in arrays]
        if absent and (not weight.optional or len(absent) < len(weight.torch_names)):
            return None
        if not absent:
            present.append(weight.name)
    # Arrays without memory of their own, for the shapes.
    hollow = {
        name: np.broadcast_to(np.zeros((), np.bool_), info.shape)
        for name, info in arrays.items()
        if name in layout.torch_names
    }
    try:
        shapes = {name: array.shape for name, array in transform.to_keras(layout, hollow).items()}
    except LayoutError:
        return None
    infos = {
        name: TensorInfo(tuple(shapes[name]), arrays[layout.weight(name).torch_names[0]].dtype)
        for name in present
    }

    def read(name: str) -> np.ndarray:
        own = {key: arrays.read(key) for key in layout.weight(name).torch_names}
        return np.asarray(transform.weight_to_keras(layout, name, own))

    return LazyTensors(infos, read)


def _none(name: str) -> np.ndarray:
    raise KeyError(name)
