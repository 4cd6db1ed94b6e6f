"""The class of a layer whose configuration is not at hand, where its weights tell it for certain.

Files of weights alone name arrays and, in part, layers by their class. What several classes could
have written stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from weight_port import layouts
from weight_port.gates import gate_order
from weight_port.records.config_tree import to_snake_case
from weight_port.records.weight_names import Shape


def class_of_path(path: str) -> str:
    """Return the class that a path in a `.weights.h5` file names, or an empty string.

    Args:
        path: Such as `layers/lstm_1` or `layers/bidirectional/forward_layer/cell`.
    """
    by_snake = {to_snake_case(name): name for name in layouts.known_classes()}
    last = path.rpartition("/")[2]
    return by_snake.get(last) or by_snake.get(re.sub(r"_\d+$", "", last)) or ""


def class_of_weights(shapes: Mapping[str, Shape]) -> str:
    """Return the class that weights of these names and shapes can only be of.

    Args:
        shapes: The shapes by Keras name (`kernel`, `recurrent_kernel`, `bias`, ...).

    Returns:
        The class, or an empty string.
    """
    names = set(shapes)
    if {"kernel", "recurrent_kernel"} <= names <= {"kernel", "recurrent_kernel", "bias"}:
        return _recurrent_class(shapes)
    if {"moving_mean", "moving_variance"} <= names:
        return "BatchNormalization"
    if names == {"embeddings"}:
        return "Embedding"
    if "depthwise_kernel" in names and "pointwise_kernel" in names:
        return {3: "SeparableConv1D", 4: "SeparableConv2D"}.get(len(shapes["depthwise_kernel"]), "")
    # Kernels of more dimensions may be a convolution's or an einsum's.
    if names in ({"kernel"}, {"kernel", "bias"}) and len(shapes["kernel"]) == 2:
        return "Dense"
    return ""


def _recurrent_class(shapes: Mapping[str, Shape]) -> str:
    """Tell recurrent layers by the width of the recurrent kernel: a block of units for a gate."""
    kernel, recurrent = shapes["kernel"], shapes["recurrent_kernel"]
    bias = shapes.get("bias")
    if len(recurrent) != 2 or len(kernel) != 2:
        convolution = {3: "ConvLSTM1D", 4: "ConvLSTM2D", 5: "ConvLSTM3D"}
        return convolution.get(len(recurrent), "")
    units, width = recurrent
    gates = {
        len(gate_order("keras", "lstm")): "LSTM",
        len(gate_order("keras", "gru")): "GRU",
        1: "SimpleRNN",
    }
    found = gates.get(width // units, "") if units and width % units == 0 else ""
    if not found or kernel[1] != width:
        return ""
    if bias == (2 * width,) and found != "SimpleRNN":
        return f"CuDNN{found}"
    return found


def stored_class(layer_class: str, shapes: Mapping[str, Shape]) -> str:
    """Return the class whose form a recurrent layer's weights have in a file.

    A model with `CuDNNLSTM` layers may be read as one with `LSTM` layers, and the other way round;
    the number of biases tells which of the two wrote the weights.

    Args:
        layer_class: The class in the model.
        shapes: The shapes by Keras name.
    """
    plain = layer_class.removeprefix("CuDNN")
    if plain not in ("LSTM", "GRU") or "bias" not in shapes or "recurrent_kernel" not in shapes:
        return layer_class
    return class_of_weights(shapes) or layer_class
