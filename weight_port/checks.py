"""Checks of names and shapes against a layout, and the errors they raise."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from weight_port.arrays import Array
from weight_port.errors import LayoutError
from weight_port.layouts.entry import Layout, WeightPlans
from weight_port.patterns import Pattern, solve


def check_names(layout: Layout, keras: Mapping[str, object]) -> None:
    """Check that the names are those of the layout, and none that is needed is missing."""
    unknown = [name for name in keras if name not in layout.plans]
    missing = [w.name for w in layout.weights if not w.optional and w.name not in keras]
    if unknown or missing:
        raise LayoutError(
            f"{layout.describe()} has the weights {list(layout.names)}; "
            f"missing: {missing}, unknown: {unknown}. Received: {list(keras)}"
        )


def check_keras(
    layout: Layout, arrays: list[tuple[str, Pattern, tuple[int, ...]]]
) -> dict[str, int]:
    """Check that Keras arrays fit their patterns and each other; return the axis sizes."""
    sizes, wrong = solve([(p, s) for _, p, s in arrays], layout.known_sizes, layout.ties)
    if wrong is not None:
        name, pattern, shape = arrays[wrong]
        raise LayoutError(_misfit_text(layout, name, pattern, sizes, f"shape {tuple(shape)}"))
    return sizes


def torch_misfit(
    layout: Layout, plans: WeightPlans, arrays: Mapping[str, Array], error: LayoutError
) -> LayoutError:
    """Return the error for torch arrays that do not fit their patterns."""
    name = plans.weight.name
    received = ", ".join(f"{n} {tuple(arrays[n].shape)}" for n in plans.weight.torch_names)
    reason = str(error).partition("Received:")[0].strip()
    patterns = "; ".join(f"{a.name}: {a.pattern!r}" for a in plans.weight.torch)
    return LayoutError(
        f"{layout.describe()} weight {name!r}: the torch arrays do not fit ({patterns}), with "
        f"axis sizes {layout.known_sizes}{'; ' + reason if reason else '.'} Received: {received}"
    )


def _misfit_text(
    layout: Layout, name: str, pattern: Pattern, sizes: Mapping[str, int], received: str
) -> str:
    """Say that a Keras array does not fit its pattern."""
    own = {axis: sizes.get(axis, "?") for axis in pattern.axes}
    expected = tuple(
        "?" if any(axis not in sizes for axis in dim) else prod(sizes[axis] for axis in dim)
        for dim in pattern.dims
    )
    return (
        f"{layout.describe()} weight {name!r}: expected the pattern {pattern.text!r}, shape "
        f"{expected}, with axis sizes {own}. Received: {received}"
    )
