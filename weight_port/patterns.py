"""Axis patterns: a small language that says what each axis of a stored array holds.

`"in (gate unit)"` is a matrix whose rows are the inputs and whose columns are the gates' blocks,
each `unit` wide; `1` is an axis of size one; `...` alone is an array that both sides store alike.
The notation is that of einops (Rogozhnikov, "Einops: clear and reliable tensor manipulations with
Einstein-like notation", ICLR 2022).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from weight_port.errors import LayoutError

_TOKEN = re.compile(r"\s*(\.\.\.|[()]|1|[A-Za-z_]\w*|\S)")


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern.

    Attributes:
        text: The pattern as written.
        dims: For each dimension of the array, the names of the axes it holds, slowest first. A
            dimension of size one holds none.
        as_stored: True for `...`, the pattern of an array that is never rearranged.
    """

    text: str
    dims: tuple[tuple[str, ...], ...]
    as_stored: bool = False

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of all axes, in storage order."""
        return tuple(axis for dim in self.dims for axis in dim)

    def without(self, axis: str) -> Pattern:
        """Return the pattern of one slice along `axis`, which must lead its dimension.

        Raises:
            LayoutError: If the axis is not there, or does not lead its dimension.
        """
        position = self.leading(axis)
        rest = self.dims[position][1:]
        dims = (*self.dims[:position], *((rest,) if rest else ()), *self.dims[position + 1 :])
        return Pattern(_write(dims), dims)

    def leading(self, axis: str) -> int:
        """Return the position of the dimension that `axis` leads.

        Raises:
            LayoutError: If the axis leads no dimension.
        """
        for position, dim in enumerate(self.dims):
            if dim and dim[0] == axis:
                return position
        raise LayoutError(f"Axis {axis!r} leads no dimension. Received: pattern {self.text!r}")

    def shape(self, sizes: Mapping[str, int]) -> tuple[int, ...] | None:
        """Return the shape of an array with these axis sizes, or None if one is not known."""
        if self.as_stored or any(axis not in sizes for axis in self.axes):
            return None
        return tuple(prod(sizes[axis] for axis in dim) for dim in self.dims)


def _write(dims: Sequence[tuple[str, ...]]) -> str:
    """Write dimensions back as a pattern."""
    return " ".join(
        "1" if not dim else dim[0] if len(dim) == 1 else f"({' '.join(dim)})" for dim in dims
    )


def parse(text: str) -> Pattern:
    """Parse a pattern.

    Raises:
        LayoutError: If the pattern is malformed or names an axis twice.
    """
    tokens = _TOKEN.findall(text)
    if tokens == ["..."]:
        return Pattern(text, (), as_stored=True)
    dims: list[tuple[str, ...]] = []
    group: list[str] | None = None
    for token in tokens:
        if token == "(" and group is None:
            group = []
        elif token == ")" and group:
            dims.append(tuple(group))
            group = None
        elif token == "1" and group is None:
            dims.append(())
        elif token.isidentifier():
            if group is None:
                dims.append((token,))
            else:
                group.append(token)
        else:
            raise LayoutError(f"{token!r} is out of place in a pattern. Received: {text!r}")
    if group is not None:
        raise LayoutError(f"A parenthesis is not closed in a pattern. Received: {text!r}")
    pattern = Pattern(text, tuple(dims))
    if len(set(pattern.axes)) != len(pattern.axes):
        raise LayoutError(f"A pattern names an axis twice. Received: {text!r}")
    return pattern


def solve(
    arrays: Sequence[tuple[Pattern, Sequence[int]]],
    sizes: Mapping[str, int],
    ties: Mapping[str, str],
) -> tuple[dict[str, int], int | None]:
    """Find the size of every axis from the shapes of arrays.

    Args:
        arrays: The pattern and the shape of each array.
        sizes: The sizes known beforehand.
        ties: Axes that have the size of another, by name.

    Returns:
        The sizes found, and the position of the first array that contradicts what is known, or
        None if all agree. An axis that the shapes leave open is absent from the sizes.
    """
    found = dict(sizes)
    pending: list[tuple[int, tuple[str, ...], int]] = []
    for position, (pattern, shape) in enumerate(arrays):
        if pattern.as_stored:
            continue
        if len(shape) != len(pattern.dims):
            return _untie(found, ties), position
        for dim, size in zip(pattern.dims, shape, strict=True):
            pending.append((position, tuple(ties.get(axis, axis) for axis in dim), size))
    progress = True
    while progress:
        progress = False
        waiting = []
        for position, dim, size in pending:
            unknown = [axis for axis in dim if axis not in found]
            known = prod(found[axis] for axis in dim if axis in found)
            if len(unknown) > 1:
                waiting.append((position, dim, size))
                continue
            if unknown:
                if (known == 0 and size != 0) or (known and size % known):
                    return _untie(found, ties), position
                found[unknown[0]] = size // known if known else 0
                progress = True
            elif known != size:
                return _untie(found, ties), position
        pending = waiting
    return _untie(found, ties), None


def _untie(found: dict[str, int], ties: Mapping[str, str]) -> dict[str, int]:
    """Give each tied axis the size of the axis it follows."""
    return {**found, **{axis: found[other] for axis, other in ties.items() if other in found}}
