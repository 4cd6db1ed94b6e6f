"""Layers with random weights, as records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from weight_port import layouts
from weight_port.formats.tensors import ArrayTensors
from weight_port.records.record import LayerRecord

UNITS = 4


def random_layer(
    layer_class: str, seed: int = 0, inputs: int = UNITS, units: int = UNITS, **variant: Any
) -> dict[str, np.ndarray]:
    """Random weights of a recurrent layer, of a BatchNormalization or of a Dense layer."""
    rng = np.random.default_rng(seed)
    if layer_class == "BatchNormalization":
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(
            ("gamma", "beta", "moving_mean", "moving_variance"), (units,)
        )
    elif layer_class == "Dense":
        shapes = {"kernel": (inputs, units), "bias": (units,)}
    elif layer_class == "Embedding":
        shapes = {"embeddings": (inputs, units)}
    else:
        gates = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}[layer_class]
        two = layer_class == "GRU" and variant.get("reset_after", True)
        shapes = {
            "kernel": (inputs, gates * units),
            "recurrent_kernel": (units, gates * units),
            "bias": (2, gates * units) if two else (gates * units,),
        }
    arrays = {name: rng.normal(size=shape).astype("float32") for name, shape in shapes.items()}
    if "moving_variance" in arrays:
        arrays["moving_variance"] = np.abs(arrays["moving_variance"]) + np.float32(0.5)
    return arrays


def record(
    path: str,
    layer_class: str,
    arrays: Mapping[str, np.ndarray],
    config: Mapping[str, Any] | None = None,
    **variant: Any,
) -> LayerRecord:
    known = layer_class in layouts.known_classes()
    layout = layouts.get(layer_class, **variant) if known else None
    return LayerRecord(path, layer_class, layout, ArrayTensors(arrays), {}, config or {})
