"""Keras 2's `hard_sigmoid` in a form that Keras 3 computes.

Keras 3 has no function of that kind, but it takes a model as an activation: a layer that scales
and one that clips compute the same. In that form the function is written to configurations, so
that real Keras reads them, and in that form it is recognized when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weight_port.legacy_config.activations import KERAS2_HARD_SIGMOID

_RESCALING = {"scale": 0.2, "offset": 0.5}
_CLIPPING = {"max_value": 1.0, "negative_slope": 0.0, "threshold": 0.0}


def model_config(dtype: str) -> dict[str, Any]:
    """Return the configuration of a model of Keras 3 that computes the function.

    Args:
        dtype: Type of the computation, which is that of the layer it stands in. (Keras rounds the
            very first input of such a model to its default float type if that is a value and not
            a symbol; within a Functional model it is a symbol.)
    """

    def entry(module: str, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
        return {
            "module": module,
            "class_name": class_name,
            "config": {"trainable": True, "dtype": dtype, **config},
            "registered_name": None,
        }

    rescaling: dict[str, Any] = dict(_RESCALING)
    if dtype == "float64":
        # Keras on TensorFlow rounds a plain number to float32 first, though not an array.
        array = {"value": _RESCALING["scale"], "dtype": dtype}
        rescaling["scale"] = {"class_name": "__numpy__", "config": array}
    layers = [
        entry("keras.layers", "Rescaling", {"name": "rescaling", **rescaling}),
        entry("keras.layers", "ReLU", {"name": "re_lu", **_CLIPPING}),
    ]
    return entry("keras", "Sequential", {"name": KERAS2_HARD_SIGMOID, "layers": layers})


def is_model_config(config: Any) -> bool:
    """Whether a configuration is that of `model_config`, perhaps as Keras wrote it again."""
    layers = _inner(config, "Sequential").get("layers")
    if not isinstance(layers, (list, tuple)):
        return False
    steps = [one for one in layers if not _inner(one, "InputLayer")]
    if len(steps) != 2:
        return False
    return all(
        {key: _plain(found.get(key)) for key in wanted} == wanted
        for found, wanted in (
            (_inner(steps[0], "Rescaling"), _RESCALING),
            (_inner(steps[1], "ReLU"), _CLIPPING),
        )
    )


def _plain(value: Any) -> Any:
    return _inner(value, "__numpy__").get("value", value)


def _inner(config: Any, class_name: str) -> Mapping[str, Any]:
    if not isinstance(config, Mapping) or config.get("class_name") != class_name:
        return {}
    inner = config.get("config")
    return inner if isinstance(inner, Mapping) else {}
