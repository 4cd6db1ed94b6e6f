"""Dtype policies: the type of a layer's weights and computation.

Layers compute in the type of their weights. Mixed policies can be made and read, and are refused by
layers: `torch.autocast` does what they are for.
"""

from __future__ import annotations

from typing import Any

from kerasish import config
from kerasish.dtypes import standardize_dtype
from kerasish.saving.dtype_policy import DTypePolicy, FloatDTypePolicy
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]


def serialize(dtype_policy: DTypePolicy) -> Any:
    """Return the configuration of a policy, with its class."""
    return serialize_keras_object(dtype_policy)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Make a policy from what `serialize` gave.

    Args:
        config: The configuration.
        custom_objects: Classes of the user, by name.
    """
    return deserialize_keras_object(config, custom_objects=custom_objects)


def get(identifier: Any) -> DTypePolicy:
    """Return a policy for a policy, its name or its configuration, or for a dtype.

    Args:
        identifier: Any of these; None for `config.dtype_policy()`.

    Raises:
        ValueError: For anything else.
    """
    if identifier is None:
        return config.dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return DTypePolicy(identifier)
    return DTypePolicy(standardize_dtype(identifier))
