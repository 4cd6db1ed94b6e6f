"""Activations by name, config or function, and their configs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from kerasish.activations import keras2, rectifiers, smooth, squashing
from kerasish.config import floatx
from kerasish.saving.registry import (
    deserialize_keras_object,
    did_you_mean,
    get_registered_object,
    names_in,
    near_matches,
    public_name,
    serialize_keras_object,
)
from weight_port.legacy_config import hard_sigmoid_model

_MODULE = "keras.activations"

# Functions of torch that are the same as those of Keras. With Keras's in their place a layer
# knows what it computes: it can use a fused kernel, and be saved.
_FROM_TORCH: dict[Any, Callable] = {
    torch.tanh: squashing.tanh,
    F.tanh: squashing.tanh,
    torch.sigmoid: squashing.sigmoid,
    F.sigmoid: squashing.sigmoid,
    torch.exp: smooth.exponential,
    torch.relu: rectifiers.relu,
    F.relu: rectifiers.relu,
    F.relu6: rectifiers.relu6,
    F.elu: rectifiers.elu,
    F.celu: rectifiers.celu,
    F.silu: smooth.silu,
    F.hardswish: smooth.hard_silu,
    F.gelu: smooth.gelu,
    F.mish: smooth.mish,
    F.hardsigmoid: squashing.hard_sigmoid,
    F.softsign: squashing.softsign,
    F.logsigmoid: squashing.log_sigmoid,
}

# Modules of torch that have a name in Keras, with the settings for which they do.
_MODULE_NAMES: dict[type[nn.Module], tuple[str, dict[str, Any]]] = {
    nn.Identity: ("linear", {}),
    nn.ReLU: ("relu", {}),
    nn.ReLU6: ("relu6", {}),
    nn.LeakyReLU: ("leaky_relu", {"negative_slope": 0.2}),
    nn.ELU: ("elu", {"alpha": 1.0}),
    nn.CELU: ("celu", {"alpha": 1.0}),
    nn.SELU: ("selu", {}),
    nn.Sigmoid: ("sigmoid", {}),
    nn.Tanh: ("tanh", {}),
    nn.SiLU: ("silu", {}),
    nn.Hardswish: ("hard_silu", {}),
    nn.GELU: ("gelu", {"approximate": "none"}),
    nn.Mish: ("mish", {}),
    nn.Hardsigmoid: ("hard_sigmoid", {}),
    nn.Softsign: ("softsign", {}),
    nn.Tanhshrink: ("tanh_shrink", {}),
    nn.Softshrink: ("soft_shrink", {"lambd": 0.5}),
    nn.Hardshrink: ("hard_shrink", {"lambd": 0.5}),
    nn.LogSigmoid: ("log_sigmoid", {}),
    nn.Softmax: ("softmax", {"dim": -1}),
    nn.LogSoftmax: ("log_softmax", {"dim": -1}),
}


def get(identifier: Any) -> Callable:
    """Return the activation function that an identifier means.

    Args:
        identifier: None (`linear`), a name such as `"relu"`, a config, or anything callable: a
            function of your own, a function of torch such as `torch.tanh`, an `nn.Module`. For
            a function of torch that Keras has too, Keras's is returned.

    Raises:
        ValueError: If there is no such activation.
    """
    if identifier is None:
        return smooth.linear
    if isinstance(identifier, str):
        return _by_name(identifier)
    if hard_sigmoid_model.is_model_config(identifier):
        return keras2.keras2_hard_sigmoid
    found = deserialize(identifier) if isinstance(identifier, Mapping) else identifier
    if inspect.isclass(found) and issubclass(found, nn.Module):
        raise ValueError(
            f"An activation is a function or an instance, so write `{found.__name__}()`. "
            f"Received: {found!r}"
        )
    if not callable(found):
        raise ValueError(
            "Unknown activation: expected None, a name, a config or a callable. "
            f"Received: {identifier!r}"
        )
    try:
        return _FROM_TORCH.get(found, found)
    except TypeError:  # not hashable
        return found


def _by_name(name: str) -> Callable:
    known = names_in(_MODULE)
    found = known.get(name)
    if found is None:
        found = get_registered_object(name)
    if found is None:
        raise ValueError(
            f"Unknown activation {name!r}.{did_you_mean(near_matches(name, _MODULE))} One of your "
            "own has to be registered with `@kerasish.saving.register_keras_serializable()`, or "
            f"passed as a function. Received: {name!r}"
        )
    return found


def serialize(activation: Any, dtype: str | None = None) -> Any:
    """Return the config of an activation: a name for those of Keras, else a dictionary.

    Args:
        activation: What `get` returned.
        dtype: Type in which the layer computes that the activation stands in; the default float
            type if not given. Only Keras 2's `hard_sigmoid` needs to know it.

    Raises:
        TypeError: For a callable that no config can describe.
        ValueError: For a lambda.
    """
    activation = get(activation)
    if activation is keras2.keras2_hard_sigmoid:
        return hard_sigmoid_model.model_config(dtype or floatx())
    public = public_name(activation)
    if public is not None and public[0] == _MODULE:
        return public[1]
    if isinstance(activation, nn.Module) and type(activation) in _MODULE_NAMES:
        name, settings = _MODULE_NAMES[type(activation)]
        received = {key: getattr(activation, key) for key in settings}
        if received == settings:
            return name
        raise TypeError(
            f"{activation} has no name in Keras: {name!r} means {settings}. Put it in a function "
            "and register that with `@kerasish.saving.register_keras_serializable()`. "
            f"Received: {received}"
        )
    return serialize_keras_object(activation)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the activation that a config or name describes.

    Args:
        config: What `serialize` gave, or what Keras wrote.
        custom_objects: Functions of your own by name.

    Raises:
        TypeError: If the config names what is not known.
    """
    if hard_sigmoid_model.is_model_config(config):
        return keras2.keras2_hard_sigmoid
    return deserialize_keras_object(config, custom_objects, default_module=_MODULE)
