"""Pooling, of windows and of all of space."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.eject.layers.convolution import same_padding, sizes, space_of
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var
from kerasish.layers.pooling.windows import MaxPooling


def _channels_first(scope: Scope, layer: Any, inputs: Var) -> Var:
    last = layer.data_format == "channels_last"
    return scope.channels_first(inputs) if last else scope.last(inputs)


@layer_writer(
    layers.MaxPooling1D,
    layers.MaxPooling2D,
    layers.MaxPooling3D,
    layers.AveragePooling1D,
    layers.AveragePooling2D,
    layers.AveragePooling3D,
)
def write_pooling(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Windows; padding counts nowhere."""
    x = _channels_first(scope, layer, inputs)
    largest = isinstance(layer, MaxPooling)
    name = f"nn.{'Max' if largest else 'Avg'}Pool{layer.rank}d"
    options = sizes(layer.pool_size)
    if layer.strides != layer.pool_size:
        options += f", stride={sizes(layer.strides)}"
    code = str(x)
    shape = layer.compute_output_shape(inputs.shape)
    last = layer.data_format == "channels_last"
    if layer.padding.lower() == "valid":
        module = scope.module(layer, f"{name}({options})")
        return scope.assign(f"{module}({code})", shape, x.dtype, first=last)
    own, pad = _same(scope, layer, x)
    if own and not largest:
        own += ", count_include_pad=False"
    module = scope.module(layer, f"{name}({options}{own})")
    if pad is None:
        return scope.assign(f"{module}({code})", shape, x.dtype, first=last)
    if largest:
        padded = pad(str(x), 'float("-inf")')
        return scope.assign(f"{module}({padded})", shape, x.dtype, first=last)
    share = scope.assign(
        f"{module}({pad(f'torch.ones_like({x}[:1, :1])', '')})",
        shape,
        x.dtype,
        "share",
        "how much of each window lies inside",
    )
    return scope.assign(f"{module}({pad(str(x), '')}) / {share}", shape, x.dtype, first=last)


def _same(scope: Scope, layer: Any, x: Var) -> tuple[str, Any]:
    """Return the module's own options for `"same"`, and what pads beside it, or None."""
    kernel, strides = layer.pool_size, layer.strides
    space = space_of(layer, x.shape)
    ones = (1,) * layer.rank
    pads = same_padding(scope, space, kernel, strides, ones)
    if pads is None:
        if kernel == strides and max(kernel) <= 2:
            return ", ceil_mode=True", None
        part = scope.part("pad_same")
        given = ", ".join(_tuple(one) for one in (kernel, strides, ones))

        def pad_open(code: str, value: str) -> str:
            return f"{part}({code}, {given}{f', {value}' if value else ''})"

        return "", pad_open
    before, after = pads[::2][::-1], pads[1::2][::-1]
    if not any(pads):
        return "", None
    if before == after:
        return f", padding={sizes(before)}", None
    known = all(isinstance(size, int) for size in space)
    if known and all(map(_reaches, space, kernel, strides, before)):
        padding = f", padding={sizes(before)}" if any(before) else ""
        return f"{padding}, ceil_mode=True", None

    def pad(code: str, value: str) -> str:
        return f"F.pad({code}, {_tuple(pads)}{f', value={value}' if value else ''})"

    return "", pad


def _reaches(size: int, width: int, step: int, before: int) -> bool:
    """Whether windows that may leave the input at its end are as many as TensorFlow's."""
    count = -(-(size + 2 * before - width) // step) + 1
    if (count - 1) * step >= size + before:
        count -= 1
    return count == -(-size // step) and before * 2 <= width


def _tuple(values: Any) -> str:
    inner = ", ".join(map(str, values))
    return f"({inner},)" if len(values) == 1 else f"({inner})"


@layer_writer(
    layers.GlobalMaxPooling1D,
    layers.GlobalMaxPooling2D,
    layers.GlobalMaxPooling3D,
    layers.GlobalAveragePooling1D,
    layers.GlobalAveragePooling2D,
    layers.GlobalAveragePooling3D,
)
def write_global_pooling(scope: Scope, layer: Any, inputs: Var, mask: Any = None) -> Var:
    """All of space; masked steps do not count for the mean."""
    last = layer.data_format == "channels_last"
    shape = layer.compute_output_shape(inputs.shape)
    keep = ", keepdim=True" if layer.keepdims else ""
    if mask is not None:
        x = scope.last(inputs)
        axis = 2 if last else 1
        where = scope.assign(f"{mask}.unsqueeze({axis})", (*mask.shape, 1), "bool", "valid")
        dim = layer._axes[0]
        code = f"({x} * {where}).sum({dim}{keep}) / {where}.sum({dim}{keep})"
        return scope.assign(code, shape, x.dtype, note="the mean of the valid steps")
    axes = layer._axes
    if inputs.first:
        x, axes = inputs, tuple(range(2, inputs.ndim))
    else:
        x = scope.last(inputs)
    method = "amax" if "Max" in type(layer).__name__ else "mean"
    dims = str(axes[0]) if len(axes) == 1 else str(axes)
    kept_first = x.first and layer.keepdims
    return scope.assign(f"{x}.{method}({dims}{keep})", shape, x.dtype, first=kept_first)


@layer_writer(
    layers.AdaptiveAveragePooling1D,
    layers.AdaptiveAveragePooling2D,
    layers.AdaptiveAveragePooling3D,
    layers.AdaptiveMaxPooling1D,
    layers.AdaptiveMaxPooling2D,
    layers.AdaptiveMaxPooling3D,
)
def write_adaptive_pooling(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Windows of sizes that give an output of a certain size."""
    x = _channels_first(scope, layer, inputs)
    kind = "Max" if "Max" in type(layer).__name__ else "Avg"
    module = scope.module(layer, f"nn.Adaptive{kind}Pool{layer.rank}d({sizes(layer.output_size)})")
    shape = layer.compute_output_shape(inputs.shape)
    return scope.assign(
        f"{module}({x})", shape, x.dtype, first=layer.data_format == "channels_last"
    )
