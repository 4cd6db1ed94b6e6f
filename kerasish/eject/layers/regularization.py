"""Dropout and noise: modules that do nothing after `eval()`."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.eject.calls import number
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var


@layer_writer(layers.Dropout)
def write_dropout(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Entries by themselves."""
    if layer.noise_shape is not None:
        shape = tuple(layer.noise_shape)
        if len(shape) == 3 and shape[1] == 1 and shape[2] in (None, inputs.shape[2]):
            return _spatial(scope, layer, inputs, 1)
        if len(shape) == inputs.ndim and set(shape[1:]) == {1}:
            name = scope.part("DropSamples")
            return _apply(scope, layer, inputs, f"{name}({number(layer.rate)})")
        raise NoEquivalentError(
            f"drops in the shape noise_shape={shape}", "use SpatialDropout1D, 2D or 3D"
        )
    return _apply(scope, layer, inputs, f"nn.Dropout({number(layer.rate)})")


@layer_writer(layers.AlphaDropout)
def write_alpha_dropout(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Keeps mean and variance."""
    if getattr(layer, "noise_shape", None) is not None:
        raise NoEquivalentError("drops in the shape of noise_shape", "leave noise_shape out")
    return _apply(scope, layer, inputs, f"nn.AlphaDropout({number(layer.rate)})")


@layer_writer(layers.GaussianNoise)
def write_gaussian_noise(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Adds noise."""
    name = scope.part("GaussianNoise")
    return _apply(scope, layer, inputs, f"{name}({number(layer.stddev)})")


@layer_writer(layers.GaussianDropout)
def write_gaussian_dropout(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Multiplies by noise."""
    name = scope.part("GaussianDropout")
    return _apply(scope, layer, inputs, f"{name}({number(layer.rate)})")


def _apply(scope: Scope, layer: Any, inputs: Var, code: str) -> Var:
    module = scope.module(layer, code)
    return scope.assign(f"{module}({inputs})", inputs.shape, inputs.dtype, first=inputs.first)


@layer_writer(layers.SpatialDropout1D, layers.SpatialDropout2D, layers.SpatialDropout3D)
def write_spatial_dropout(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Whole channels."""
    return _spatial(scope, layer, inputs, layer.rank)


def _spatial(scope: Scope, layer: Any, inputs: Var, rank: int) -> Var:
    last = rank == 1 or layer.data_format == "channels_last"
    x = scope.channels_first(inputs) if last else scope.last(inputs)
    module = scope.module(layer, f"nn.Dropout{rank}d({number(layer.rate)})")
    return scope.assign(f"{module}({x})", inputs.shape, inputs.dtype, first=last)
