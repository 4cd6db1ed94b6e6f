"""Layers and arguments of Keras 1 under the names of Keras 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from weight_port.legacy_config.errors import Place, require_mapping
from weight_port.legacy_config.keras1_tables import ARGUMENTS, CLASSES, COMMON, MERGES, NEUTRAL


def from_keras1(
    class_name: str, config: dict[str, Any], place: Place
) -> tuple[str, dict[str, Any]]:
    """Return the class and configuration that Keras 2 gives to the same layer.

    Args:
        class_name: The class in the file.
        config: The layer's configuration.
        place: The layer, for messages.

    Raises:
        LegacyConfigError: If an argument has a value without an equivalent.
    """
    if class_name == "Merge":
        return _merge(config, place)
    for key, neutral in NEUTRAL.get(class_name, {}).items():
        value = config.get(key, neutral[0])
        if not any(value is one or value == one for one in neutral):
            place.refuse(
                f"has an argument `{key}` that is gone; only {neutral[0]!r} can be read", value
            )
        config = {name: item for name, item in config.items() if name != key}
    names = {**COMMON, **ARGUMENTS.get(class_name, {})}
    # An input's dtype was an argument of the first layer; of an input it still is one.
    if class_name != "InputLayer":
        config = {key: value for key, value in config.items() if key != "input_dtype"}
    config = {
        names.get(key, key): value
        for key, value in config.items()
        if value is not None or key not in ("input_dim", "input_length")
    }
    for key in tuple(config):
        if key.endswith("_regularizer"):
            config[key] = _regularizer(config[key], place, key)
        elif key.endswith("_constraint"):
            config[key] = _constraint(config[key], place, key)
    config = _SPECIAL.get(class_name, _unchanged)(config, place)
    return CLASSES.get(class_name, class_name), config


def _unchanged(config: dict[str, Any], place: Place) -> dict[str, Any]:
    return config


def _merge(config: dict[str, Any], place: Place) -> tuple[str, dict[str, Any]]:
    if config.get("layers"):
        place.refuse(
            "joins models, which only the first layer of a Sequential model could",
            config["layers"],
        )
    mode = config.get("mode")
    if config.get("mode_type", "raw") != "raw" or not isinstance(mode, str) or mode not in MERGES:
        place.refuse(f"takes one of {sorted(MERGES)} as `mode`", mode)
    modern: dict[str, Any] = {key: config[key] for key in ("name", "trainable") if key in config}
    if mode == "concat":
        modern["axis"] = config.get("concat_axis", -1)
    elif mode == "dot":
        modern["axes"] = config.get("dot_axes", -1)
    if config.get("output_mask") is not None:
        place.refuse("has an argument `output_mask` that is gone", config["output_mask"])
    return MERGES[mode], modern


def _named(value: Any, place: Place, key: str) -> tuple[str | None, dict[str, Any]]:
    """Return the name and the arguments of what Keras 1 wrote flat, as `{"name": ..., ...}`."""
    inner = dict(require_mapping(value, place, key))
    return inner.pop("name", None), inner


def _regularizer(value: Any, place: Place, key: str) -> Any:
    if not isinstance(value, Mapping) or "class_name" in value:
        return value
    name, inner = _named(value, place, key)
    known = ("L1L2Regularizer", "WeightRegularizer", "ActivityRegularizer")
    if name not in known or not set(inner) <= {"l1", "l2"}:
        place.refuse(f"takes one of {list(known)} as `{key}`", value)
    return {"class_name": "L1L2", "config": inner}


def _constraint(value: Any, place: Place, key: str) -> Any:
    if not isinstance(value, Mapping) or "class_name" in value:
        return value
    name, inner = _named(value, place, key)
    if name == "MaxNorm" and "m" in inner:
        inner["max_value"] = inner.pop("m")
    if name not in ("MaxNorm", "NonNeg", "UnitNorm"):
        place.refuse(f"takes one of MaxNorm, NonNeg and UnitNorm as `{key}`", value)
    return {"class_name": name, "config": inner}


def _gated(config: dict[str, Any], place: Place) -> dict[str, Any]:
    """Translate what only LSTMs have: the first bias of the forget gate."""
    config = dict(config)
    start = config.pop("forget_bias_init", "one")
    if start not in ("one", "ones", "zero", "zeros"):
        place.refuse("takes 'one' or 'zero' as `forget_bias_init`", start)
    config["unit_forget_bias"] = start.startswith("one")
    return config


def _kernel(names: tuple[str, ...], argument: str) -> Callable:
    """Return a function that joins several sizes in one argument."""

    def join(config: dict[str, Any], place: Place) -> dict[str, Any]:
        config = dict(config)
        if all(name in config for name in names):
            config[argument] = [config.pop(name) for name in names]
        ordering = config.pop("dim_ordering", None)
        formats = {"th": "channels_first", "tf": "channels_last"}
        if isinstance(ordering, str) and ordering in formats:
            config["data_format"] = formats[ordering]
        elif ordering not in (None, "default"):
            place.refuse("takes 'th' or 'tf' as `dim_ordering`", ordering)
        if isinstance(config.get("padding"), str) and config["padding"] not in ("valid", "same"):
            place.refuse("takes 'valid' or 'same' as `border_mode`", config["padding"])
        return config

    return join


def _conv_lstm(config: dict[str, Any], place: Place) -> dict[str, Any]:
    return _gated(_PLANE(config, place), place)


def _zero_padding(config: dict[str, Any], place: Place) -> dict[str, Any]:
    config = _PLANE(config, place)
    padding = config.get("padding")
    if isinstance(padding, (list, tuple)) and len(padding) == 4:
        config["padding"] = [list(padding[:2]), list(padding[2:])]
    return config


_LINE = _kernel(("filter_length",), "kernel_size")
_PLANE = _kernel(("nb_row", "nb_col"), "kernel_size")
_SPACE = _kernel(("kernel_dim1", "kernel_dim2", "kernel_dim3"), "kernel_size")

_SPECIAL: dict[str, Callable[[dict[str, Any], Place], dict[str, Any]]] = {
    "LSTM": _gated,
    "ConvLSTM2D": _conv_lstm,
    "Convolution1D": _LINE,
    "AtrousConvolution1D": _LINE,
    **dict.fromkeys(
        (
            *("Convolution2D", "AtrousConvolution2D", "SeparableConvolution2D"),
            *("MaxPooling2D", "AveragePooling2D", "UpSampling2D", "Cropping2D"),
            *("GlobalMaxPooling2D", "GlobalAveragePooling2D"),
        ),
        _PLANE,
    ),
    "ZeroPadding2D": _zero_padding,
    **dict.fromkeys(
        (
            *("Convolution3D", "MaxPooling3D", "AveragePooling3D", "UpSampling3D"),
            *("ZeroPadding3D", "Cropping3D", "GlobalMaxPooling3D", "GlobalAveragePooling3D"),
        ),
        _SPACE,
    ),
}
