"""Layers that crop, pad and enlarge."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.layers.convolution import sizes
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var


def _in_order(scope: Scope, layer: Any, inputs: Var) -> tuple[Var, bool]:
    """Return the input, as it lies, and whether space is behind the channels."""
    if layer.data_format == "channels_first":
        return scope.last(inputs), True
    return inputs, inputs.first


@layer_writer(layers.Cropping1D, layers.Cropping2D, layers.Cropping3D)
def write_cropping(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Entries cut off the ends."""
    x, behind = _in_order(scope, layer, inputs)
    cuts = [f"{before or ''}:{-after if after else ''}" for before, after in layer._sides]
    index = ", ".join([":", *([":"] if behind else []), *cuts])
    shape = layer.compute_output_shape(inputs.shape)
    return scope.assign(f"{x}[{index}]", shape, x.dtype, first=x.first)


@layer_writer(layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D)
def write_zero_padding(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Zeros before and after."""
    x, behind = _in_order(scope, layer, inputs)
    pads = [size for pair in reversed(layer._sides) for size in pair]
    pads = pads if behind else [0, 0, *pads]
    shape = layer.compute_output_shape(inputs.shape)
    code = f"F.pad({x}, ({', '.join(map(str, pads))}))"
    return scope.assign(code, shape, x.dtype, first=x.first)


@layer_writer(layers.UpSampling1D, layers.UpSampling2D, layers.UpSampling3D)
def write_up_sampling(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Entries repeated, or interpolated."""
    shape = layer.compute_output_shape(inputs.shape)
    last = layer.data_format == "channels_last"
    interpolation = getattr(layer, "interpolation", "nearest")
    if interpolation not in ("nearest", "bilinear"):
        raise NoEquivalentError(
            f"interpolates as {interpolation!r}", "use interpolation='nearest' or 'bilinear'"
        )
    if layer.rank == 1:
        x, behind = _in_order(scope, layer, inputs)
        code = f"{x}.repeat_interleave({layer.size}, dim={2 if behind else 1})"
        return scope.assign(code, shape, x.dtype, first=x.first)
    x = scope.channels_first(inputs) if last else scope.last(inputs)
    options = f"scale_factor={sizes(layer.size)}"
    if interpolation == "bilinear":
        options += ', mode="bilinear", align_corners=False'
    module = scope.module(layer, f"nn.Upsample({options})")
    return scope.assign(f"{module}({x})", shape, x.dtype, first=last)
