"""Layers that give values another shape or order."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var


@layer_writer(layers.Flatten)
def write_flatten(scope: Scope, layer: Any, inputs: Var) -> Var:
    """One axis of all but the first."""
    x = scope.last(inputs)
    shape = layer.compute_output_shape(_known(x))
    if x.ndim == 1:
        return scope.assign(f"{x}[:, None]", shape, x.dtype)
    if layer.data_format == "channels_first" and x.ndim > 2:
        return scope.assign(f"{x}.movedim(1, -1).flatten(1)", shape, x.dtype)
    if x.ndim == 2:
        return x.alias(mask=None)
    return scope.assign(f"{x}.flatten(1)", shape, x.dtype)


@layer_writer(layers.Reshape)
def write_reshape(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Another shape of each sample."""
    x = scope.last(inputs)
    shape = layer.compute_output_shape(_known(x))
    *ones, size = layer.target_shape or (0,)
    if x.ndim == 2 and size == x.shape[1] and len(ones) in (2, 3) and set(ones) == {1}:
        # One number for each channel: where a convolution follows, they are in their place.
        index = ", ".join([":", ":", *["None"] * len(ones)])
        return scope.assign(f"{x}[{index}]", (x.shape[0], *shape[1:]), x.dtype, first=True)
    # With one open size the batch is it; with a second one it has to be told.
    batch = "-1" if -1 not in layer.target_shape and 0 not in layer.target_shape else None
    sizes = ", ".join([batch or f"{x}.shape[0]", *map(str, layer.target_shape)])
    return scope.assign(f"{x}.reshape({sizes})", (x.shape[0], *shape[1:]), x.dtype)


@layer_writer(layers.Permute)
def write_permute(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Another order of the axes."""
    x = scope.last(inputs)
    shape = (x.shape[0], *(x.shape[dim] for dim in layer.dims))
    if layer.dims == (2, 1):
        return scope.assign(f"{x}.transpose(1, 2)", shape, x.dtype)
    order = ", ".join(map(str, (0, *layer.dims)))
    return scope.assign(f"{x}.permute({order})", shape, x.dtype)


@layer_writer(layers.RepeatVector)
def write_repeat_vector(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A vector at every step."""
    x = scope.last(inputs)
    shape = (x.shape[0], layer.n, x.shape[1])
    return scope.assign(f"{x}[:, None].expand(-1, {layer.n}, -1)", shape, x.dtype)


def _known(value: Var) -> tuple:
    return tuple(size if isinstance(size, int) else None for size in value.shape)
