"""The core layers."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.eject.calls import as_float, number
from kerasish.eject.layers.activations import apply_activation, is_elementwise, is_linear
from kerasish.eject.registry import layer_writer, mask_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var


@layer_writer(layers.Dense)
def write_dense(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A linear map of the last axis."""
    x = as_float(scope, scope.last(inputs))
    bias = "" if layer.use_bias else ", bias=False"
    code = f"nn.Linear({layer.linear.in_features}, {layer.units}{bias})"
    module = scope.module(layer, code, layer.linear)
    code = apply_activation(scope, layer.activation, f"{module}({x})")
    return scope.assign(code, (*x.shape[:-1], layer.units), scope.program.dtype)


@layer_writer(layers.Embedding)
def write_embedding(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A row of a table for each index."""
    x = scope.last(inputs)
    table = layer.embedding
    module = scope.module(
        layer, f"nn.Embedding({layer.input_dim}, {layer.output_dim})", {"weight": table.weight}
    )
    index = str(x) if x.dtype in ("int64", "int32") else f"{x}.int()"
    return scope.assign(f"{module}({index})", (*x.shape, layer.output_dim), scope.program.dtype)


@mask_writer(layers.Embedding)
def embedding_mask(scope: Scope, layer: Any, inputs: Var, mask: Any) -> Var | None:
    """Index 0 is padding."""
    if not layer.mask_zero:
        return None
    note = "index 0 is padding"
    other = f"{inputs.hint}_mask" if inputs.hint else ""
    return scope.assign(f"{inputs} != 0", inputs.shape, "bool", "mask", note, other=other)


@layer_writer(layers.Masking)
def write_masking(scope: Scope, layer: Any, inputs: Var) -> Var:
    """Steps of nothing but a value are padding, and become zero."""
    x = scope.last(inputs)
    differs = scope.assign(
        f"{x} != {plain_number(layer.mask_value)}", x.shape, "bool", "mask", inline=True
    )
    code = f"{differs}.any(-1)"
    mask = scope.assign(code, x.shape[:-1], "bool", "mask", "False where a step is padding")
    return scope.assign(f"{x} * {mask}[..., None]", x.shape, x.dtype, mask=mask)


@mask_writer(layers.Masking)
def masking_mask(scope: Scope, layer: Any, inputs: Var, mask: Any) -> None:
    """The mask is there already."""
    return


def plain_number(value: Any) -> str:
    """Return a number as code, a whole one without its point."""
    value = float(value)
    return str(int(value)) if value.is_integer() else number(value)


@layer_writer(layers.Activation)
def write_activation(scope: Scope, layer: Any, inputs: Var) -> Var:
    """An activation by itself."""
    if is_linear(layer.activation):
        return inputs.alias(mask=None)
    x = inputs if is_elementwise(layer.activation) else scope.last(inputs)
    code = apply_activation(scope, layer.activation, str(x))
    shape = layer.compute_output_shape(x.shape)
    made = scope.assign(code, shape, x.dtype, first=x.first)
    scope.steps[-1].absorbs = True
    return made


@layer_writer(layers.Identity, layers.ActivityRegularization)
def write_identity(scope: Scope, layer: Any, inputs: Any) -> Any:
    """Nothing is computed."""
    return inputs


@layer_writer(layers.EinsumDense)
def write_einsum_dense(scope: Scope, layer: Any, inputs: Var) -> Var:
    """A product as an equation says."""
    x = as_float(scope, scope.last(inputs))
    kernel = scope.parameter(layer, "kernel", layer.kernel)
    code = f"torch.einsum({number(layer.equation)}, {x}, {kernel})"
    if layer.bias is not None:
        bias = scope.parameter(layer, "bias", layer.bias)
        code = f"{code} + {bias}"
    shape = layer.compute_output_shape(x.shape)
    result = scope.assign(code, shape, scope.program.dtype)
    if is_linear(layer.activation):
        return result
    code = apply_activation(scope, layer.activation, str(result))
    return scope.assign(code, shape, scope.program.dtype)
