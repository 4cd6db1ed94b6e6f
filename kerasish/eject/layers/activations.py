"""Activations as code."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from torch import nn

from kerasish import activations
from kerasish.activations.keras2 import keras2_hard_sigmoid
from kerasish.eject.calls import number
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.registry import ACTIVATIONS
from kerasish.eject.scope import Scope
from kerasish.rounding import round_to_float32

# The function's argument is x; its settings stand by their names in braces.
_CODES: dict[Any, str] = {
    activations.linear: "{x}",
    activations.relu6: "F.relu6({x})",
    activations.elu: "F.elu({x}, {alpha})",
    activations.celu: "F.celu({x}, {alpha})",
    activations.selu: "F.selu({x})",
    activations.sigmoid: "torch.sigmoid({x})",
    activations.tanh: "torch.tanh({x})",
    activations.hard_sigmoid: "F.hardsigmoid({x})",
    activations.hard_tanh: "F.hardtanh({x})",
    activations.softsign: "F.softsign({x})",
    activations.log_sigmoid: "F.logsigmoid({x})",
    activations.sparse_sigmoid: "0.5 * (F.hardtanh({x}) + 1)",
    activations.exponential: "torch.exp({x})",
    activations.silu: "F.silu({x})",
    activations.hard_silu: "F.hardswish({x})",
    activations.mish: "F.mish({x})",
    activations.glu: "F.glu({x}, dim={axis})",
    activations.soft_shrink: "F.softshrink({x}, {threshold})",
    activations.hard_shrink: "F.hardshrink({x}, {threshold})",
    activations.tanh_shrink: "F.tanhshrink({x})",
    activations.threshold: "F.threshold({x}, {threshold}, {default_value})",
    keras2_hard_sigmoid: "torch.clamp(0.2 * {x} + 0.5, 0, 1)",
}
# Where the settings are the defaults of torch, too.
_PLAIN = {
    "F.elu({x}, 1.0)": "F.elu({x})",
    "F.celu({x}, 1.0)": "F.celu({x})",
    "F.softshrink({x}, 0.5)": "F.softshrink({x})",
    "F.hardshrink({x}, 0.5)": "F.hardshrink({x})",
    "F.glu({x}, dim=-1)": "F.glu({x})",
}
for _function, _code in _CODES.items():
    ACTIVATIONS.enter(_function, _code)


def _relu(scope: Scope, negative_slope: float, max_value: Any, threshold: float, **_: Any) -> str:
    slope = number(round_to_float32(negative_slope) if negative_slope else 0.0)
    if threshold == 0:
        if max_value is None:
            return (
                f"F.leaky_relu({{x}}, {number(negative_slope)})"
                if slope != "0.0"
                else "F.relu({x})"
            )
        if slope == "0.0":
            return (
                "F.relu6({x})" if max_value == 6 else f"torch.clamp({{x}}, 0, {number(max_value)})"
            )
    raise NoEquivalentError(
        f"relu with negative_slope={negative_slope}, max_value={max_value}, threshold={threshold}",
        "use the ReLU layer's settings one at a time",
    )


def _leaky_relu(scope: Scope, negative_slope: float, **_: Any) -> str:
    return f"F.leaky_relu({{x}}, {number(negative_slope)})"


def _softmax(scope: Scope, axis: Any) -> str:
    return f"torch.softmax({{x}}, dim={_one_axis(axis)})"


def _log_softmax(scope: Scope, axis: Any) -> str:
    return f"torch.log_softmax({{x}}, dim={_one_axis(axis)})"


def _one_axis(axis: Any) -> int:
    if isinstance(axis, int):
        return axis
    raise NoEquivalentError("softmax over several axes", "reshape them into one")


def _softplus(scope: Scope) -> str:
    return "F.softplus({x}, threshold=50)"


def _gelu(scope: Scope, approximate: bool) -> str:
    return 'F.gelu({x}, approximate="tanh")' if approximate else "F.gelu({x})"


ACTIVATIONS.enter(activations.relu, _relu)
ACTIVATIONS.enter(activations.leaky_relu, _leaky_relu)
ACTIVATIONS.enter(activations.softmax, _softmax)
ACTIVATIONS.enter(activations.log_softmax, _log_softmax)
ACTIVATIONS.enter(activations.softplus, _softplus)
ACTIVATIONS.enter(activations.gelu, _gelu)

# They look at one axis, so a changed order of axes would be seen.
_ALONG_AN_AXIS = {activations.softmax, activations.log_softmax, activations.glu}


def activation_template(scope: Scope, activation: Any, **settings: Any) -> str:
    """Return the code of an activation, with `{x}` for its argument.

    Raises:
        NoEquivalentError: If it is not known.
    """
    function, given = _keras_function(activation)
    found = ACTIVATIONS.find(function)
    if found is None:
        name = getattr(function, "__name__", type(function).__name__)
        raise NoEquivalentError(
            f"has the activation {name}", "use one of kerasish.activations that torch has, too"
        )
    parameters = inspect.signature(function).parameters
    values = {
        key: one.default for key, one in parameters.items() if one.default is not inspect._empty
    }
    values = {**values, **given, **settings}
    if callable(found):
        known = inspect.signature(found).parameters
        takes_any = "_" in known
        return found(scope, **{k: v for k, v in values.items() if takes_any or k in known})
    filled = found
    for key, value in values.items():
        filled = filled.replace("{" + key + "}", number(value))
    return _PLAIN.get(filled, filled)


def apply_activation(scope: Scope, activation: Any, code: str) -> str:
    """Return the code of an activation applied to some code."""
    return activation_template(scope, activation).replace("{x}", code)


def activation_reference(scope: Scope, activation: Any) -> str:
    """Return the code of an activation as a function."""
    template = activation_template(scope, activation)
    if template.endswith("({x})") and template.count("(") == 1:
        return template.removesuffix("({x})")
    return f"lambda x: {template.replace('{x}', 'x')}"


def is_elementwise(activation: Any) -> bool:
    """Whether an activation looks at each entry by itself."""
    function, _ = _keras_function(activation)
    try:
        return function not in _ALONG_AN_AXIS
    except TypeError:
        return False


def is_linear(activation: Any) -> bool:
    """Whether an activation does nothing."""
    return activation is None or _keras_function(activation)[0] is activations.linear


def _keras_function(activation: Any) -> tuple[Any, dict[str, Any]]:
    """Return a function of `kerasish.activations`, and its settings, for what does the same."""
    if isinstance(activation, functools.partial) and not activation.args:
        function, settings = _keras_function(activation.func)
        return function, {**settings, **activation.keywords}
    if isinstance(activation, nn.Module):
        try:
            return activations.get(activations.serialize(activation)), {}
        except (TypeError, ValueError):
            return activation, {}
    return activations.get(activation), {}
