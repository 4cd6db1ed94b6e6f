"""Layers that join several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish import layers
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.registry import layer_writer, mask_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var

_OPERATORS = {layers.Add: " + ", layers.Subtract: " - ", layers.Multiply: " * "}


def _together(scope: Scope, inputs: Sequence[Var]) -> list[Var]:
    """Bring inputs to one order of axes and one rank."""
    alike = all(one.first for one in inputs) and len({one.ndim for one in inputs}) == 1
    values = list(inputs) if alike else [scope.last(one) for one in inputs]
    rank = max(one.ndim for one in values)
    result = []
    for one in values:
        missing = rank - one.ndim
        if missing:
            index = ", ".join([":", *["None"] * missing, *([":"] * (one.ndim - 1))])
            index = index if one.ndim > 1 else ", ".join([":", *["None"] * missing])
            shape = (one.shape[0], *[1] * missing, *one.shape[1:])
            one = scope.assign(f"{one}[{index}]", shape, one.dtype, mask=one.mask)
        result.append(one)
    return result


def _output(layer: Any, inputs: Sequence[Var]) -> tuple[Any, str]:
    shapes = [tuple(s if isinstance(s, int) else None for s in one.shape) for one in inputs]
    dtype = next((one.dtype for one in inputs if one.is_floating), inputs[0].dtype)
    return layer.compute_output_shape(shapes), dtype


@layer_writer(layers.Add, layers.Subtract)
def write_elementwise(scope: Scope, layer: Any, inputs: Sequence[Var]) -> Var:
    """Entry by entry."""
    values = _together(scope, inputs)
    shape, dtype = _output(layer, inputs)
    code = _OPERATORS[type(layer)].join(map(str, values))
    return scope.assign(code, shape, dtype, first=values[0].first)


@layer_writer(layers.Multiply)
def write_multiply(scope: Scope, layer: Any, inputs: Sequence[Var]) -> Var:
    """The product; masked entries count as one, and as zero where they are masked in each."""
    values = _together(scope, inputs)
    masks = [one.mask for one in inputs]
    if any(mask is not None for mask in masks):
        values = [scope.last(one) for one in values]
    shape, dtype = _output(layer, inputs)
    factors = [
        str(one) if mask is None else f"torch.where({mask}[..., None], {one}, 1)"
        for one, mask in zip(values, masks, strict=True)
    ]
    result = scope.assign(" * ".join(factors), shape, dtype, first=values[0].first)
    if any(mask is None for mask in masks):
        return result
    joined = merged_mask(scope, layer, inputs, masks)
    code = f"torch.where({joined}[..., None], {result}, 0)"
    return scope.assign(code, shape, dtype, mask=joined)


@layer_writer(layers.Average)
def write_average(scope: Scope, layer: Any, inputs: Sequence[Var]) -> Var:
    """The mean."""
    values = _together(scope, inputs)
    shape, dtype = _output(layer, inputs)
    dtype = dtype if "float" in dtype else scope.program.dtype
    code = f"({' + '.join(map(str, values))}) / {len(values)}"
    return scope.assign(code, shape, dtype, first=values[0].first)


@layer_writer(layers.Maximum, layers.Minimum)
def write_extremum(scope: Scope, layer: Any, inputs: Sequence[Var]) -> Var:
    """The largest or the smallest; a masked entry leaves the choice to the others."""
    function = "torch.maximum" if isinstance(layer, layers.Maximum) else "torch.minimum"
    masks = [one.mask for one in inputs]
    values = _together(scope, inputs)
    shape, dtype = _output(layer, inputs)
    if any(mask is not None for mask in masks):
        if len(values) > 2 or any(mask is None for mask in masks):
            raise NoEquivalentError(
                "chooses between inputs of which some are masked", "leave the masks out before it"
            )
        one, other = (scope.last(value) for value in values)
        first, second = masks
        # A masked entry is replaced by the other one's.
        code = (
            f"{function}(torch.where({first}[..., None], {one}, {other}), "
            f"torch.where({second}[..., None], {other}, {one}))"
        )
        return scope.assign(code, shape, dtype)
    result = str(values[0])
    for one in values[1:]:
        result = f"{function}({result}, {one})"
    return scope.assign(result, shape, dtype, first=values[0].first)


@mask_writer(
    layers.Add, layers.Average, layers.Subtract, layers.Multiply, layers.Maximum, layers.Minimum
)
def merged_mask(scope: Scope, layer: Any, inputs: Any, mask: Any) -> Var | None:
    """Where any of the inputs is valid; none if one of them has no mask."""
    if mask is None or any(one is None for one in mask):
        return None
    different = list({one.number: one for one in mask}.values())
    if len(different) == 1:
        return different[0]
    code = " | ".join(map(str, different))
    return scope.assign(code, different[0].shape, "bool", "mask", "where any is valid")


@layer_writer(layers.Concatenate)
def write_concatenate(scope: Scope, layer: Any, inputs: Sequence[Var]) -> Var:
    """One behind the other."""
    shape, dtype = _output(layer, inputs)
    rank = inputs[0].ndim
    axis = layer.axis % rank
    if rank > 2 and all(one.first for one in inputs) and axis:
        place = 1 if axis == rank - 1 else axis + 1
        code = f"torch.cat([{', '.join(map(str, inputs))}], dim={place})"
        return scope.assign(code, shape, dtype, first=True)
    values = ", ".join(str(scope.last(one)) for one in inputs)
    place = -1 if axis == rank - 1 else axis
    return scope.assign(f"torch.cat([{values}], dim={place})", shape, dtype)


@mask_writer(layers.Concatenate)
def concatenated_mask(scope: Scope, layer: Any, inputs: Any, mask: Any) -> Var | None:
    """The masks joined along the axis; an input without one counts as valid throughout."""
    if mask is None or all(one is None for one in mask):
        return None
    rank = inputs[0].ndim
    if layer.axis % rank == rank - 1:
        # Along the features a step is valid where any input is, so one without a mask decides.
        if any(one is None for one in mask):
            return None
        return merged_mask(scope, layer, inputs, mask)
    parts = [
        f"torch.ones_like({scope.last(value)}[..., 0], dtype=torch.bool)" if one is None else one
        for value, one in zip(inputs, mask, strict=True)
    ]
    shape, _ = _output(layer, inputs)
    code = f"torch.cat([{', '.join(map(str, parts))}], dim={layer.axis % rank})"
    return scope.assign(code, shape[:-1], "bool", "mask")


@layer_writer(layers.Dot)
def write_dot(scope: Scope, layer: Any, inputs: Sequence[Var]) -> Var:
    """The product of samples, summed over an axis of each."""
    one, other = (scope.last(value) for value in inputs)
    shapes = [tuple(s if isinstance(s, int) else None for s in v.shape) for v in (one, other)]
    axes = layer._axes_of(shapes)
    shape = layer.compute_output_shape(shapes)
    names = [str(one), str(other)]
    if layer.normalize:
        names = [
            f"F.normalize({name}, dim={axis}, eps=1e-6)"
            for name, axis in zip(names, axes, strict=True)
        ]
    ranks = (one.ndim, other.ndim)
    dtype = one.dtype
    if ranks == (2, 2):
        return scope.assign(f"({names[0]} * {names[1]}).sum(-1, keepdim=True)", shape, dtype)
    letters = "acdefgh"
    left = ["b", *letters[: ranks[0] - 1]]
    right = ["b", *"nopqrst"[: ranks[1] - 1]]
    left[axes[0]] = right[axes[1]] = "z"
    rest = [x for x in left[1:] if x != "z"] + [x for x in right[1:] if x != "z"]
    if ranks == (3, 3):
        first = names[0] if axes[0] == 2 else f"{names[0]}.transpose(1, 2)"
        second = names[1] if axes[1] == 1 else f"{names[1]}.transpose(1, 2)"
        return scope.assign(f"{first} @ {second}", shape, dtype)
    equation = f"{''.join(left)},{''.join(right)}->b{''.join(rest)}"
    return scope.assign(f'torch.einsum("{equation}", {names[0]}, {names[1]})', shape, dtype)


@mask_writer(layers.Dot)
def dot_mask(scope: Scope, layer: Any, inputs: Any, mask: Any) -> None:
    """The result has no mask."""
    return
