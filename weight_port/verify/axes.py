"""What a position in a weight means, by the axes of its layout: `gate update, unit 3`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from weight_port.gates import gate_order
from weight_port.layouts import Layout
from weight_port.layouts.entry import GATE_AXIS
from weight_port.patterns import Pattern, solve

Shape = tuple[int, ...]


@dataclass(frozen=True)
class NamedAxes:
    """The axes that an array's dimensions are made of.

    Attributes:
        dims: For each dimension its axes, slowest first, as names and sizes.
        gates: The names of the gates that the gate axis counts; empty if there is none.
    """

    dims: tuple[tuple[tuple[str, int], ...], ...]
    gates: tuple[str, ...] = ()

    @property
    def expanded(self) -> Shape:
        """The shape of the array with a dimension for each axis."""
        return tuple(size for dim in self.dims for _, size in dim)

    @property
    def gate_dim(self) -> int | None:
        """The position of the gate axis in `expanded`; None if there is none."""
        names = [name for dim in self.dims for name, _ in dim]
        return names.index(GATE_AXIS) if self.gates and GATE_AXIS in names else None

    def where(self, index: Sequence[int]) -> str:
        """Say what an index means."""
        parts = []
        for dim, position in zip(self.dims, index, strict=True):
            sizes = [size for _, size in dim]
            for (name, _), i in zip(
                dim, np.unravel_index(position, sizes) if dim else (), strict=True
            ):
                gate = name == GATE_AXIS and self.gates
                parts.append(f"{name} {self.gates[int(i)] if gate else int(i)}")
        return ", ".join(parts)

    def bands(self, dim: int) -> list[tuple[str, int, int]]:
        """Return the blocks of the gates along a dimension: name, start and stop."""
        axes = self.dims[dim] if -len(self.dims) <= dim < len(self.dims) else ()
        names = [name for name, _ in axes]
        if not self.gates or GATE_AXIS not in names:
            return []
        place = names.index(GATE_AXIS)
        outer = [size for _, size in axes[:place]]
        width = int(np.prod([size for _, size in axes[place + 1 :]]))
        count = int(np.prod(outer)) * len(self.gates)
        edges = [i * width for i in range(count + 1)]
        return [
            (self.gates[i % len(self.gates)], start, stop)
            for i, (start, stop) in enumerate(pairwise(edges))
        ]


def named_axes(layout: Layout | None, name: str, shapes: Mapping[str, Shape]) -> NamedAxes | None:
    """Return the axes of a weight.

    Args:
        layout: The layout of its layer.
        name: Keras's name of the weight.
        shapes: The shapes of the layer's weights by Keras name.

    Returns:
        The axes; None if the layout is not known, or does not tell (`...`, other shapes).
    """
    if layout is None or name not in layout.plans or name not in shapes:
        return None
    known = [n for n in shapes if n in layout.plans]
    # The weight itself comes first: if others contradict it, its own axes still count.
    known.sort(key=lambda n: n != name)
    patterns = [(layout.plans[n].pattern, shapes[n]) for n in known]
    sizes, wrong = solve(patterns, layout.known_sizes, layout.ties)
    if wrong is not None:
        sizes, wrong = solve(patterns[:1], layout.known_sizes, layout.ties)
    pattern = layout.plans[name].pattern
    if wrong is not None or not _tells(pattern, sizes, shapes[name]):
        return None
    dims = tuple(tuple((axis, sizes[axis]) for axis in dim) for dim in pattern.dims)
    return NamedAxes(dims, gate_order("keras", layout.cell) if layout.cell else ())


def _tells(pattern: Pattern, sizes: Mapping[str, int], shape: Shape) -> bool:
    return pattern.shape(sizes) == tuple(shape)
