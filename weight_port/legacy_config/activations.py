"""Activations that had another meaning, or another name, in old Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weight_port.legacy_config.errors import Place, copied

# Keras 2's `hard_sigmoid` is clip(0.2 * x + 0.5, 0, 1), Keras 3's is relu6(x + 3) / 6. The name
# under which kerasish has the old one:
KERAS2_HARD_SIGMOID = "keras2_hard_sigmoid"
HARD_SIGMOID_NAME = "hard_sigmoid"

# Functions of TensorFlow, as configurations of `tf.keras` name them.
_NAMES = {
    HARD_SIGMOID_NAME: KERAS2_HARD_SIGMOID,
    "softmax_v2": "softmax",
    "log_softmax_v2": "log_softmax",
    "relu_v2": "relu",
}


def is_activation_argument(name: str) -> bool:
    """Whether an argument of a layer holds an activation, by its name."""
    return name == "activation" or name.endswith("_activation")


def activation(value: Any, place: Place, argument: str) -> Any:
    """Return what an activation of Keras 1 or 2 is called today.

    Args:
        value: None, a name, or the configuration of a function or of a layer.
        place: The layer, for messages.
        argument: The name of the argument, for messages.

    Returns:
        None, a name, or a copied configuration; that of a layer is not modernized yet.

    Raises:
        LegacyConfigError: If it is anything else.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _NAMES.get(value, value)
    if not isinstance(value, Mapping):
        place.refuse(f"takes a name or a configuration as `{argument}`", value)
    name = value.get("config")
    if value.get("class_name") == "function" and isinstance(name, str) and name in _NAMES:
        return _NAMES[name]
    return copied(value)
