"""The function of Keras that an activation stands for, with its settings."""

from __future__ import annotations

import functools
from typing import Any

from torch import nn

from kerasish import activations


def keras_activation(activation: Any) -> tuple[Any, dict[str, Any]]:
    """Return a function of `kerasish.activations`, and its settings, for what does the same.

    Args:
        activation: A function, a module of torch, or a `functools.partial` with named settings.

    Returns:
        The function and its settings; what is not known comes back as it is.
    """
    if isinstance(activation, functools.partial) and not activation.args:
        function, settings = keras_activation(activation.func)
        return function, {**settings, **activation.keywords}
    if isinstance(activation, nn.Module):
        try:
            return activations.get(activations.serialize(activation)), {}
        except (TypeError, ValueError):
            return activation, {}
    return activations.get(activation), {}
