"""What the numbered weights of a layer are called, and which entry of the layout table they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from weight_port import layouts, transform
from weight_port.errors import LayoutError
from weight_port.layouts import Layout

Shape = tuple[int, ...]

# The arguments of a layer that leave out a weight when they are False.
_SWITCHES = {"bias": "use_bias", "gamma": "scale", "beta": "center", "scale": "use_scale"}


def layout_for(
    layer_class: str, config: Mapping[str, Any], shapes: Mapping[str, Shape]
) -> Layout | None:
    """Return the entry of a layer's class that its settings and its weights fit.

    Args:
        layer_class: Keras's class name.
        config: The layer's configuration; may be empty.
        shapes: The shapes of the weights by Keras name, as far as they are known.

    Returns:
        The layout; None if the table does not have the class.
    """
    if layer_class not in layouts.known_classes():
        return None
    variant: dict[str, Any] = {}
    entry = layouts.get(layer_class)
    for argument in entry.parameters:
        value = config.get(argument)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            variant[argument] = value
    if "projection" in entry.variant and config.get("use_gate") is True:
        # `nn.MultiheadAttention` has no gate.
        variant["projection"] = "linear"
    if "reset_after" in entry.variant:
        variant["reset_after"] = _reset_after(config, shapes.get("bias"))
    if "spatial_rank" in entry.variant and "alpha" in shapes:
        *space, _ = shapes["alpha"] or (1,)
        # With a slope for every place, the weight is an array as Keras has it.
        variant["spatial_rank"] = len(space) if all(size == 1 for size in space) else None
    elif "spatial_rank" in entry.variant and isinstance(config.get("shared_axes"), (list, tuple)):
        variant["spatial_rank"] = len(config["shared_axes"])
    try:
        return layouts.get(layer_class, **variant)
    except LayoutError:
        return entry


def _reset_after(config: Mapping[str, Any], bias: Shape | None) -> bool:
    """The bias tells: two sets or one. Without a bias the argument does."""
    if bias is not None:
        return len(bias) == 2
    value = config.get("reset_after", True)
    return value if isinstance(value, bool) else True


def names_of(layout: Layout, config: Mapping[str, Any], shapes: Sequence[Shape]) -> list[str]:
    """Return Keras's names of the numbered weights of a layer.

    Args:
        layout: The entry of the layer's class.
        config: The layer's configuration; may be empty.
        shapes: The shapes in the order of the numbers.

    Returns:
        The names; an empty list if they can't be told for certain.
    """
    possible = [names for names in _selections(layout, len(shapes)) if _fits(layout, names, shapes)]
    if len(possible) > 1:
        off = _left_out(config)
        possible = [
            names for names in possible if not any(n.rpartition("/")[2] in off for n in names)
        ]
    return list(possible[0]) if len(possible) == 1 else []


def _left_out(config: Mapping[str, Any]) -> set[str]:
    off = {weight for weight, switch in _SWITCHES.items() if config.get(switch, True) is False}
    if config.get("score_mode", "concat") != "concat":
        off.add("concat_score_weight")
    return off


def _selections(layout: Layout, count: int) -> list[tuple[str, ...]]:
    """Return the ways to leave out optional weights so that `count` are left, in order."""
    optional = [weight.name for weight in layout.weights if weight.optional]
    surplus = len(layout.names) - count
    if not 0 <= surplus <= len(optional):
        return []
    return [
        tuple(name for name in layout.names if name not in left_out)
        for left_out in combinations(optional, surplus)
    ]


def _fits(layout: Layout, names: Sequence[str], shapes: Sequence[Shape]) -> bool:
    try:
        transform.torch_shapes(layout, dict(zip(names, shapes, strict=True)))
    except LayoutError:
        return False
    return True
