"""Arguments and layers that have another name today."""

from __future__ import annotations

from typing import Any

from weight_port.legacy_config.errors import Place

_ARGUMENTS = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "InputLayer": {"batch_input_shape": "batch_shape"},
}


def renamed(class_name: str, config: dict[str, Any], place: Place) -> tuple[str, dict[str, Any]]:
    """Return the class and the arguments of a layer under the names of today.

    Args:
        class_name: The class in the file.
        config: The layer's configuration.
        place: The layer, for messages.

    Raises:
        LegacyConfigError: If an argument has a value that no version took.
    """
    names = _ARGUMENTS.get(class_name, {})
    config = {names.get(key, key): value for key, value in config.items()}
    if class_name == "ThresholdedReLU":
        theta = config.pop("theta", 1.0)
        config["threshold"] = theta
        class_name = "ReLU"
    axis = config.get("axis")
    if class_name == "BatchNormalization" and isinstance(axis, (list, tuple)):
        # TensorFlow wrote a list; more than one axis was for its fused kernels only.
        if len(axis) != 1 or type(axis[0]) is not int:
            place.refuse("takes one axis as `axis`", axis)
        config["axis"] = axis[0]
    return class_name, config
