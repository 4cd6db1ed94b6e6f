"""Normalizing layers."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.eject.calls import as_float, call_layer, number
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var

_RANKS = {2: 1, 3: 1, 4: 2, 5: 3}


@layer_writer(layers.BatchNormalization)
def write_batch_normalization(scope: Scope, layer: Any, inputs: Var, mask: Any = None) -> Var:
    """Each channel by its moving statistics."""
    if layer.renorm or layer.synchronized:
        option = "renorm" if layer.renorm else "synchronized"
        raise NoEquivalentError(f"has {option}", "leave it out; inference is the same without")
    axis = layer.axis % inputs.ndim
    rank = _RANKS.get(inputs.ndim)
    if rank is None or (axis != inputs.ndim - 1 and axis != 1):
        raise NoEquivalentError(
            f"normalizes axis {layer.axis} of {inputs.ndim} axes",
            "permute the channels to the last axis before it",
        )
    x = as_float(scope, inputs)
    last = axis == inputs.ndim - 1 and inputs.ndim > 2
    x = scope.channels_first(x) if last else scope.last(x)
    options = f"{layer.norm.num_features}, eps={number(layer.epsilon)}"
    momentum = round(1 - layer.momentum, 12)
    if momentum != 0.1:
        options += f", momentum={number(momentum)}"
    weights = dict(layer.norm.state_dict())
    if layer.norm.weight is None and layer.norm.bias is None:
        options += ", affine=False"
    else:
        # torch has both or none: what is missing is one, or zero.
        weights.setdefault("weight", layer.norm.running_var.new_ones(layer.norm.num_features))
        weights.setdefault("bias", layer.norm.running_var.new_zeros(layer.norm.num_features))
    module = scope.module(layer, f"nn.BatchNorm{rank}d({options})", weights)
    return scope.assign(f"{module}({x})", inputs.shape, x.dtype, first=last)


@layer_writer(layers.LayerNormalization)
def write_layer_normalization(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Each sample over its last axes."""
    x = as_float(scope, scope.last(inputs))
    axes = sorted(axis % x.ndim for axis in layer.axis)
    if axes != list(range(x.ndim - len(axes), x.ndim)) or layer.rms_scaling:
        raise NoEquivalentError(
            f"normalizes the axes {layer.axis}" if not layer.rms_scaling else "has rms_scaling",
            "normalize the last axes, permuted there"
            if not layer.rms_scaling
            else "use RMSNormalization",
        )
    norm = layer.norm
    shape = tuple(norm.normalized_shape)
    options = f"{shape[0] if len(shape) == 1 else shape}, eps={number(layer.epsilon)}"
    weights = dict(norm.state_dict())
    if norm.weight is None and norm.bias is None:
        options += ", elementwise_affine=False"
    elif norm.bias is None:
        options += ", bias=False"
    elif norm.weight is None:
        weights["weight"] = norm.bias.new_ones(shape)
    module = scope.module(layer, f"nn.LayerNorm({options})", weights)
    return scope.assign(f"{module}({x})", x.shape, x.dtype)


@layer_writer(layers.GroupNormalization)
def write_group_normalization(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Each sample over groups of its channels."""
    x = as_float(scope, inputs)
    axis = layer.axis % x.ndim
    if axis not in (1, x.ndim - 1):
        raise NoEquivalentError(
            f"normalizes groups of axis {layer.axis}", "permute the channels to the last axis"
        )
    last = axis == x.ndim - 1 and x.ndim > 2
    x = scope.channels_first(x) if last else scope.last(x)
    norm = layer.norm
    options = f"{layer.groups}, {norm.num_channels}, eps={number(layer.epsilon)}"
    weights = dict(norm.state_dict())
    if norm.weight is None and norm.bias is None:
        options += ", affine=False"
    else:
        like = norm.weight if norm.weight is not None else norm.bias
        weights.setdefault("weight", like.new_ones(norm.num_channels))
        weights.setdefault("bias", like.new_zeros(norm.num_channels))
    module = scope.module(layer, f"nn.GroupNorm({options})", weights)
    return scope.assign(f"{module}({x})", inputs.shape, x.dtype, first=last)


@layer_writer(layers.RMSNormalization)
def write_rms_normalization(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Each sample by its root mean square."""
    x = as_float(scope, scope.last(inputs))
    axes = [axis % x.ndim for axis in layer.axis]
    if axes != list(range(x.ndim - len(axes), x.ndim)):
        raise NoEquivalentError(f"normalizes the axes {layer.axis}", "normalize the last axes")
    shape = tuple(layer.norm.weight.shape)
    options = f"{shape[0] if len(shape) == 1 else shape}, eps={number(layer.epsilon)}"
    module = scope.module(layer, f"nn.RMSNorm({options})", layer.norm)
    return scope.assign(f"{module}({x})", x.shape, x.dtype)


@layer_writer(layers.UnitNormalization)
def write_unit_normalization(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Each vector by its length."""
    x = scope.last(inputs)
    axes = layer.axis if isinstance(layer.axis, list) else [layer.axis]
    dim = axes[0] if len(axes) == 1 else tuple(axes)
    return scope.assign(f"F.normalize({x}, dim={dim})", x.shape, x.dtype)


@layer_writer(layers.SpectralNormalization)
def write_spectral_normalization(scope: Scope, layer: Any, inputs: Var) -> Any:
    """The layer: its kernel is normalized in training alone."""
    return call_layer(scope, layer.layer, inputs)
