"""Moves weights between Keras's layout and torch's, as the layout table says.

Both directions are derived from the same entry. Arrays may be NumPy arrays or torch tensors; dtype
and device are kept, tensors stay differentiable, and a result is a view of its source wherever the
two layouts differ by a transpose only.
"""

from __future__ import annotations

from collections.abc import Mapping

from weight_port.arrays import (
    Array,
    as_array,
    concatenate,
    narrow,
    reorder_blocks,
    stack,
    zeros_like,
)
from weight_port.checks import check_keras, check_names, torch_misfit
from weight_port.errors import LayoutError
from weight_port.gates import gate_permutation
from weight_port.layouts.entry import ArrayPlans, Layout, WeightPlans
from weight_port.patterns import Pattern


def weight_to_keras(layout: Layout, name: str, torch: Mapping[str, Array]) -> Array:
    """Return one weight as Keras stores it.

    Args:
        layout: The layout of the layer.
        name: Keras's name of the weight.
        torch: The torch arrays by name; others than the weight's own are not looked at.

    Raises:
        LayoutError: If a torch array is missing, or has a shape that does not fit.
    """
    plans = layout.plans.get(name)
    if plans is None:
        layout.weight(name)
        raise AssertionError("unreachable")
    try:
        pieces = [_from_torch(plan, torch[plan.array.name]) for plan in plans.arrays]
    except KeyError as error:
        raise LayoutError(
            f"{layout.describe()} weight {name!r} needs the torch arrays "
            f"{list(plans.weight.torch_names)}. Received: {sorted(torch)}"
        ) from error
    except LayoutError as error:
        raise torch_misfit(layout, plans, torch, error) from error
    if len(pieces) == 1:
        return pieces[0]
    if plans.weight.relation == "sum":
        total = pieces[0]
        for piece in pieces[1:]:
            total = total + piece
        return total
    join = stack if plans.stack_alone else concatenate
    return join(pieces, plans.stack_dim)


def weight_to_torch(
    layout: Layout, name: str, array: Array, torch: Mapping[str, Array] | None = None
) -> dict[str, Array]:
    """Return the torch arrays that hold one Keras weight.

    Args:
        layout: The layout of the layer.
        name: Keras's name of the weight.
        array: The weight as Keras stores it.
        torch: The present torch arrays. Needed only for a weight that shares its torch array with
            others (the projections of a packed attention); their parts are kept.

    Raises:
        LayoutError: If the array has a shape that does not fit, or the weight shares its torch
            array and `torch` does not have it.
    """
    layout.weight(name)
    plans = layout.plans[name]
    array = as_array(array)
    check_keras(layout, [(name, plans.pattern, array.shape)])
    result = {}
    for plan, piece in _pieces(plans, array):
        key = plan.array.name
        if plan.array.part is not None:
            if torch is None or key not in torch:
                raise LayoutError(
                    f"{layout.describe()} weight {name!r} is a part of the torch array {key!r}, "
                    f"shared by {list(layout.shares[key])}; give the present array. "
                    f"Received: torch={None if torch is None else sorted(torch)}"
                )
            parts = [_part(plan, torch[key], i) for i in range(len(layout.shares[key]))]
            parts[plan.array.part[1]] = piece
            piece = _join_parts(plan, parts)
        result[key] = piece
    return result


def to_torch(layout: Layout, keras: Mapping[str, Array]) -> dict[str, Array]:
    """Return the torch arrays that hold the weights of a Keras layer.

    Args:
        layout: The layout of the layer.
        keras: The weights by Keras name. A weight that the layer does not have is left out.

    Returns:
        The arrays by torch name. A frozen bias is there, as zeros.

    Raises:
        LayoutError: If a name is unknown, a weight that every layer of the class has is missing, or
            shapes do not fit each other.
    """
    check_names(layout, keras)
    arrays = {name: as_array(array) for name, array in keras.items()}
    check_keras(layout, [(n, layout.plans[n].pattern, array.shape) for n, array in arrays.items()])
    result: dict[str, Array] = {}
    parts: dict[str, tuple[ArrayPlans, dict[int, Array]]] = {}
    for name in layout.names:
        if name not in keras:
            continue
        for plan, piece in _pieces(layout.plans[name], arrays[name]):
            if plan.array.part is None:
                result[plan.array.name] = piece
            else:
                parts.setdefault(plan.array.name, (plan, {}))[1][plan.array.part[1]] = piece
    for key, (plan, found) in parts.items():
        if len(found) != len(layout.shares[key]):
            raise LayoutError(
                f"{layout.describe()}: the torch array {key!r} holds the weights "
                f"{list(layout.shares[key])}, all or none. Received: {list(keras)}"
            )
        result[key] = _join_parts(plan, [found[i] for i in range(len(found))])
    return result


def to_keras(layout: Layout, torch: Mapping[str, Array]) -> dict[str, Array]:
    """Return the weights of a Keras layer from the torch arrays that hold them.

    Args:
        layout: The layout of the layer.
        torch: The arrays by torch name. Those of an optional weight may be left out together;
            arrays that Keras has no weight for (`num_batches_tracked`) are skipped.

    Returns:
        The weights by Keras name, in the order of `get_weights()`.

    Raises:
        LayoutError: If a name is unknown, a needed array is missing, or shapes do not fit.
    """
    unknown = [n for n in torch if n not in layout.torch_names and n not in layout.torch_only]
    if unknown:
        raise LayoutError(
            f"{layout.describe()} has no torch arrays {unknown}; it has "
            f"{list(layout.torch_names)}. Received: {sorted(torch)}"
        )
    present = [
        weight.name
        for weight in layout.weights
        if not weight.optional or any(name in torch for name in weight.torch_names)
    ]
    result = {name: weight_to_keras(layout, name, torch) for name in present}
    check_keras(layout, [(n, layout.plans[n].pattern, array.shape) for n, array in result.items()])
    return result


def convert(source: Layout, target: Layout, keras: Mapping[str, Array]) -> dict[str, Array]:
    """Return the weights of one Keras layer as another with the same torch arrays has them.

    So the weights of a Keras 2 `CuDNNLSTM` become those of an `LSTM`, its two biases summed.

    Args:
        source: The layout of the layer that the weights are of.
        target: The layout of the layer that is to have them.
        keras: The weights by Keras name.

    Raises:
        LayoutError: If the weights do not fit `source`, or `target` has other torch arrays.

    Example:
        >>> new = convert(layouts.get("CuDNNGRU"), layouts.get("GRU"), old)
    """
    return to_keras(target, to_torch(source, keras))


def regate(array: Array, cell: str, source: str, target: str, axis: int = -1) -> Array:
    """Reorder the gates of a fused array from one framework's order to another's.

    Args:
        array: An array with the blocks of all gates one after the other along `axis`.
        cell: `"lstm"` or `"gru"`.
        source: The framework whose order the array has.
        target: The framework whose order is wanted.
        axis: The axis that holds the gates.

    Returns:
        The array itself if the two orders agree, otherwise a reordered copy.

    Raises:
        LayoutError: If a framework or cell is unknown, or the axis does not divide into gates.

    Example:
        >>> regate(np.arange(6), "gru", "keras", "torch")
        array([2, 3, 0, 1, 4, 5])
    """
    permutation = gate_permutation(cell, source, target)
    array = as_array(array)
    rank = len(array.shape)
    if not -rank <= axis < rank or array.shape[axis] % len(permutation):
        raise LayoutError(
            f"The axis of the gates of a {cell!r} must divide by {len(permutation)}. "
            f"Received: axis={axis}, shape {tuple(array.shape)}"
        )
    return reorder_blocks(array, axis % rank, permutation)


def torch_shapes(
    layout: Layout, keras_shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the torch arrays for the shapes of the Keras weights.

    Raises:
        LayoutError: If a name is unknown or the shapes do not fit each other.
    """
    check_names(layout, keras_shapes)
    sizes = check_keras(layout, [(n, layout.plans[n].pattern, s) for n, s in keras_shapes.items()])
    result = {}
    for name, shape in keras_shapes.items():
        for plan in layout.plans[name].arrays:
            result[plan.array.name] = plan.pattern.shape(sizes) or tuple(shape)
    return result


def _from_torch(plan: ArrayPlans, array: Array) -> Array:
    """Return what one torch array says of its Keras weight."""
    if plan.array.part is not None:
        array = _part(plan, array, plan.array.part[1])
    return plan.to_keras(array)


def _part(plan: ArrayPlans, array: Array, index: int) -> Array:
    """Return one part of a torch array that several Keras weights share."""
    return _slice(array, plan.part_dim, plan.part_alone, index, plan.pattern, plan.parts)


def _join_parts(plan: ArrayPlans, parts: list[Array]) -> Array:
    """Return the torch array that several Keras weights share."""
    return (stack if plan.part_alone else concatenate)(parts, plan.part_dim)


def _pieces(plans: WeightPlans, array: Array) -> list[tuple[ArrayPlans, Array]]:
    """Return the torch arrays, or their parts, that hold a Keras weight."""
    result = []
    count = len(plans.arrays)
    for index, plan in enumerate(plans.arrays):
        source = array
        if plans.weight.relation == "stack":
            source = _slice(array, plans.stack_dim, plans.stack_alone, index, plans.pattern, count)
        piece = plan.to_torch(source)
        if plans.weight.relation == "sum" and index:
            piece = zeros_like(piece)
        result.append((plan, piece))
    return result


def _slice(array: Array, dim: int, alone: bool, index: int, pattern: Pattern, count: int) -> Array:
    """Return one of `count` equal slices along a dimension; drop the dimension if it is alone."""
    shape = array.shape
    if len(shape) != len(pattern.dims) or shape[dim] % count or (alone and shape[dim] != count):
        raise LayoutError(f"Received: shape {tuple(shape)}")
    if alone:
        return array[(slice(None),) * dim + (index,)]
    size = shape[dim] // count
    return narrow(array, dim, index * size, (index + 1) * size)
