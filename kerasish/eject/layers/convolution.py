"""Convolutions. Data with the channels last are turned once for all layers that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish import layers
from kerasish.eject.calls import as_float
from kerasish.eject.layers.activations import apply_activation, is_elementwise
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var
from kerasish.layers.base.convolution import padding_of


def channels_first(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Return `(batch, channels, ...)`, as torch has it."""
    x = as_float(scope, inputs)
    last = layer.data_format == "channels_last"
    return scope.channels_first(x) if last else scope.last(x)


def space_of(layer: Any, shape: Sequence[Any]) -> tuple:
    """Return the sizes of the axes of space."""
    last = layer.data_format == "channels_last"
    return tuple(shape[1:-1] if last else shape[2:])


def sizes(values: Sequence[int]) -> str:
    """Return one number for all axes, or a tuple of them."""
    if len(set(values)) == 1:
        return str(values[0])
    return f"({', '.join(map(str, values))})"


def same_padding(
    scope: Scope,
    space: Sequence[Any],
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> list[int] | None:
    """Return TensorFlow's padding in the form of `F.pad`; None if it depends on an open size."""
    every = list(zip(space, kernel, stride, dilation, strict=True))
    if any(not isinstance(size, int) and step > 1 for size, _, step, _ in every):
        return None
    # With a stride of 1, any size has the same padding.
    known = [size if isinstance(size, int) else width for size, width, _, _ in every]
    return padding_of(known, kernel, stride, dilation)


def _padded(scope: Scope, layer: Any, x: Var) -> tuple[str, str]:
    """Return the code of the padded input, and the module's own padding."""
    if layer.padding == "valid":
        return str(x), ""
    if layer.padding == "causal":
        before = (layer.kernel_size[0] - 1) * layer.dilation_rate[0]
        return (f"F.pad({x}, ({before}, 0))" if before else str(x)), ""
    settings = (layer.kernel_size, layer.strides, layer.dilation_rate)
    pads = same_padding(scope, space_of(layer, x.shape), *settings)
    if pads is not None and not any(pads):
        return str(x), ""
    # For windows of even size torch pads at the end, too, but warns that it copies.
    if set(layer.strides) == {1} and pads is not None and pads[::2] == pads[1::2]:
        return str(x), ', padding="same"'
    if pads is None:
        return f"{scope.part('pad_same')}({x}, {', '.join(map(_tuple, settings))})", ""
    if pads[::2] == pads[1::2]:
        return str(x), f", padding={sizes(pads[::2][::-1])}"
    return f"F.pad({x}, {_tuple(pads)})", ""


def _tuple(values: Sequence[int]) -> str:
    inner = ", ".join(map(str, values))
    return f"({inner},)" if len(values) == 1 else f"({inner})"


def _constructor(layer: Any, held: Any, padding: str, *, plain: bool = False) -> str:
    name = type(held).__name__
    options = f"{held.in_channels}, {held.out_channels}, {sizes(held.kernel_size)}"
    if not plain:
        if set(held.stride) != {1}:
            options += f", stride={sizes(held.stride)}"
        options += padding
        if set(held.dilation) != {1}:
            options += f", dilation={sizes(held.dilation)}"
        if held.groups != 1:
            options += f", groups={held.groups}"
    if held.bias is None:
        options += ", bias=False"
    return f"nn.{name}({options})"


def _finish(scope: Scope, layer: Any, inputs: Var, code: str) -> Var:
    """Apply the activation, in the layout of the data."""
    last = layer.data_format == "channels_last"
    shape = layer.compute_output_shape(inputs.shape)
    dtype = scope.program.dtype
    if not last or is_elementwise(layer.activation):
        return scope.assign(
            apply_activation(scope, layer.activation, code), shape, dtype, first=last
        )
    x = scope.last(scope.assign(code, shape, dtype, first=True))
    return scope.assign(apply_activation(scope, layer.activation, str(x)), shape, dtype)


@layer_writer(
    layers.Conv1D, layers.Conv2D, layers.Conv3D, layers.DepthwiseConv1D, layers.DepthwiseConv2D
)
def write_convolution(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A convolution, with the padding of TensorFlow."""
    x = channels_first(scope, layer, inputs)
    given, padding = _padded(scope, layer, x)
    module = scope.module(layer, _constructor(layer, layer.conv, padding), layer.conv)
    return _finish(scope, layer, inputs, f"{module}({given})")


@layer_writer(layers.SeparableConv1D, layers.SeparableConv2D)
def write_separable_convolution(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A convolution of each channel by itself, then one that joins the channels."""
    x = channels_first(scope, layer, inputs)
    given, padding = _padded(scope, layer, x)
    depthwise = scope.module(
        layer, _constructor(layer, layer.depthwise, padding), layer.depthwise, "depthwise"
    )
    pointwise = scope.module(
        layer, _constructor(layer, layer.pointwise, "", plain=True), layer.pointwise, "pointwise"
    )
    return _finish(scope, layer, inputs, f"{pointwise}({depthwise}({given}))")


@layer_writer(layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
def write_transposed_convolution(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A transposed convolution; its result is cut where TensorFlow's is shorter."""
    x = channels_first(scope, layer, inputs)
    held = layer.conv
    options = ""
    for name in ("padding", "output_padding"):
        if any(getattr(held, name)):
            options += f", {name}={sizes(getattr(held, name))}"
    module = scope.module(layer, _constructor(layer, held, options), held)
    code = f"{module}({x})"
    if any(layer._cut_ends):
        cuts = [f":-{cut}" if cut else ":" for cut in layer._cut_ends]
        code += f"[:, :, {', '.join(cuts)}]"
    return _finish(scope, layer, inputs, code)
