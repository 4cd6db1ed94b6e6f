"""Initializers, regularizers, constraints and dtypes of old configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weight_port.legacy_config.errors import Place, copied, require_mapping

_KINDS = ("initializer", "regularizer", "constraint")
_POLICIES = ("Policy", "PolicyV1", "PolicyV2", "FloatDTypePolicy", "DTypePolicy")

# Names of Keras 1, and aliases of Keras 2 that are gone.
_INITIALIZER_NAMES = {
    "zero": "zeros",
    "one": "ones",
    "uniform": "random_uniform",
    "normal": "random_normal",
}
# What TensorFlow 1 wrote besides, and which changes no value that is drawn.
_DROPPED = ("dtype", "verify_shape", "partition_info")


def kind_of(argument: str) -> str | None:
    """Return `"initializer"`, `"regularizer"`, `"constraint"` or None, by an argument's name."""
    last = argument.rpartition("_")[2]
    return last if last in _KINDS else None


def described_object(kind: str, value: Any, place: Place, argument: str) -> Any:
    """Return an initializer, regularizer or constraint in the form of today.

    Args:
        kind: One of `"initializer"`, `"regularizer"`, `"constraint"`.
        value: None, a name, or a configuration.
        place: The layer, for messages.
        argument: The name of the argument, for messages.

    Raises:
        LegacyConfigError: If it is anything else.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _INITIALIZER_NAMES.get(value, value) if kind == "initializer" else value
    outer = require_mapping(value, place, argument)
    if "class_name" not in outer:
        place.refuse(f"takes a name or an object with a class_name as `{argument}`", value)
    inner = dict(require_mapping(outer.get("config") or {}, place, argument))
    if kind == "initializer":
        inner = {key: item for key, item in inner.items() if key not in _DROPPED}
        # Keras 2 drew from a truncated normal distribution under this name.
        if outer["class_name"] == "VarianceScaling" and inner.get("distribution") == "normal":
            inner["distribution"] = "truncated_normal"
    return {**copied(outer), "config": copied(inner)}


def dtype(value: Any, place: Place) -> Any:
    """Return a dtype: a name, or the configuration of a policy of Keras 3.

    Returns:
        None where the file leaves the choice to the default.

    Raises:
        LegacyConfigError: If it is no dtype.
    """
    if isinstance(value, Mapping):
        inner = value.get("config")
        name = inner.get("name") if isinstance(inner, Mapping) else None
        if value.get("class_name") not in _POLICIES or not isinstance(name, str):
            place.refuse("takes the name of a dtype or a policy as `dtype`", value)
        if name in ("infer", "_infer"):
            return None
        return {
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": name},
            "registered_name": None,
        }
    if value is not None and not isinstance(value, str):
        place.refuse("takes the name of a dtype or a policy as `dtype`", value)
    return None if value in ("infer", "_infer") else value
