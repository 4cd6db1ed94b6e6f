"""What is written alike for Keras and kerasish."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Case
from benchmarks.data import Data


def make_layer(layers: Any, case: Case) -> Any:
    """Make a case's layer.

    Args:
        layers: `keras.layers` or `kerasish.layers`.
        case: The case.
    """
    inner = "LSTM" if case.layer == "Bidirectional" else case.layer
    layer = getattr(layers, inner)(case.size.units, return_sequences=True)
    return layers.Bidirectional(layer) if case.layer == "Bidirectional" else layer


def set_weights(layer: Any, data: Data) -> None:
    """Give a built layer the case's weights."""
    layer.set_weights([array for weights in data.weights for array in weights.values()])


def read_weights(layer: Any) -> list[dict[str, np.ndarray]]:
    """Read the weights of each direction, in Keras's layout."""
    arrays = layer.get_weights()
    names = ("kernel", "recurrent_kernel", "bias")
    return [
        {name: np.array(arrays[start + i]) for i, name in enumerate(names)}
        for start in range(0, len(arrays), len(names))
    ]
