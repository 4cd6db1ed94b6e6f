"""Activations as layers."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import activations, layers
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.layers.activations import activation_template
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var


def _apply(scope: Scope, inputs: Var, activation: Any, **settings: Any) -> Var:
    code = activation_template(scope, activation, **settings).replace("{x}", str(inputs))
    made = scope.assign(code, inputs.shape, inputs.dtype, first=inputs.first)
    scope.steps[-1].absorbs = True
    return made


@layer_writer(layers.ReLU)
def write_relu(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A rectifier."""
    return _apply(
        scope,
        inputs,
        activations.relu,
        negative_slope=layer.negative_slope,
        max_value=layer.max_value,
        threshold=layer.threshold,
    )


@layer_writer(layers.LeakyReLU)
def write_leaky_relu(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A rectifier with a slope."""
    return _apply(scope, inputs, activations.leaky_relu, negative_slope=layer.negative_slope)


@layer_writer(layers.ELU)
def write_elu(scope: Scope, layer: Any, inputs: Var) -> Var:
    """An exponential linear unit."""
    return _apply(scope, inputs, activations.elu, alpha=layer.alpha)


@layer_writer(layers.PReLU)
def write_prelu(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A rectifier with learned slopes."""
    alpha = layer.alpha
    channels = alpha.shape[-1]
    if alpha.numel() == channels and inputs.ndim > 2:
        x = scope.channels_first(inputs)
        module = scope.module(layer, f"nn.PReLU({channels})", {"weight": alpha.reshape(channels)})
        return scope.assign(f"{module}({x})", x.shape, x.dtype, first=True)
    x = scope.last(inputs)
    if x.ndim == 2:
        module = scope.module(layer, f"nn.PReLU({channels})", {"weight": alpha})
        return scope.assign(f"{module}({x})", x.shape, x.dtype)
    slopes = scope.parameter(layer, "slopes", torch.as_tensor(alpha))
    return scope.assign(f"F.relu({x}) - {slopes} * F.relu(-{x})", x.shape, x.dtype)


@layer_writer(layers.Softmax)
def write_softmax(scope: Scope, layer: Any, inputs: Var, mask: Var | None = None) -> Var:
    """A softmax; masked entries get nothing."""
    axis = layer.axis
    if isinstance(axis, (list, tuple)):
        if len(axis) != 1:
            raise NoEquivalentError(f"softmax over the axes {tuple(axis)}", "reshape them into one")
        axis = axis[0]
    x = scope.last(inputs)
    if mask is None:
        return scope.assign(f"torch.softmax({x}, dim={axis})", x.shape, x.dtype)
    mask = scope.last(mask)
    valid = str(mask) if mask.dtype == "bool" else f"({mask} > 0.5)"
    code = f"torch.softmax(torch.where({valid}, {x}, -1e9), dim={axis})"
    y = scope.assign(code, x.shape, x.dtype)
    return scope.assign(f"torch.where({valid}, {y}, 0)", x.shape, x.dtype)
