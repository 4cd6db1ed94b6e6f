"""Compiles a pair of axis patterns into the cheapest chain of array operations.

Axes that stay side by side on both sides, and whose gates keep their order, are never taken apart.
So the matrix of a dense layer costs one transpose, which is a view, and a fused gate matrix costs
the same where two frameworks agree on the order of the gates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod

from weight_port.arrays import Array, permute, reorder_blocks
from weight_port.errors import LayoutError
from weight_port.patterns import Pattern

Atom = tuple[str, ...]
"""Axes that travel together."""


@dataclass(frozen=True, eq=False)
class ArrayPlan:
    """Rearranges one array from one pattern to another.

    Attributes:
        source: The pattern of the array given.
        target: The pattern of the array returned.
        sizes: The axis sizes known beforehand (the number of gates, the heads, ...).
        gates: The axis whose blocks are to be reordered, and the permutation; None for none.
    """

    source: Pattern
    target: Pattern
    sizes: Mapping[str, int]
    gates: tuple[str, tuple[int, ...]] | None = None
    _atoms: tuple[Atom, ...] = field(init=False)
    _split: tuple[tuple[int, Atom], ...] | None = field(init=False)
    _axes: tuple[int, ...] | None = field(init=False)
    _join: tuple[tuple[int, ...], ...] | None = field(init=False)
    _reorder: tuple[int, tuple[int, ...]] | None = field(init=False)

    def __post_init__(self) -> None:
        source, target = self.source, self.target
        if sorted(source.axes) != sorted(target.axes) or source.as_stored != target.as_stored:
            raise LayoutError(
                "The two patterns of a weight must have the same axes. "
                f"Received: {source.text!r} and {target.text!r}"
            )
        gate_axis = self.gates[0] if self.gates else None
        source_dims = _atoms(source, target, gate_axis)
        target_dims = _atoms(target, source, gate_axis)
        atoms = tuple(atom for dim in source_dims for atom in dim)
        target_atoms = tuple(atom for dim in target_dims for atom in dim)
        axes = tuple(atoms.index(atom) for atom in target_atoms)
        simple_source = all(len(dim) == 1 for dim in source_dims)
        simple_target = all(len(dim) == 1 for dim in target_dims)
        split = tuple((i, atom) for i, dim in enumerate(source_dims) for atom in dim)
        places = iter(range(len(target_atoms)))
        join = tuple(tuple(next(places) for _ in dim) for dim in target_dims)
        reorder = None
        if self.gates is not None:
            holder = next((i for i, atom in enumerate(atoms) if gate_axis in atom), None)
            if holder is not None:
                reorder = (holder, self.gates[1])
        for name, value in {
            "_atoms": atoms,
            "_split": None if simple_source else split,
            "_axes": None if axes == tuple(range(len(axes))) else axes,
            "_join": None if simple_target else join,
            "_reorder": reorder,
        }.items():
            object.__setattr__(self, name, value)

    @property
    def is_view(self) -> bool:
        """Whether the result always shares the memory of the array given."""
        merges = self._join is not None and any(len(dim) > 1 for dim in self._join)
        return self._reorder is None and not (self._axes and merges)

    def __call__(self, array: Array) -> Array:
        """Rearrange an array.

        Raises:
            LayoutError: If the array's shape does not fit the source pattern.
        """
        if self.source.as_stored:
            return array
        shape = array.shape
        if len(shape) != len(self.source.dims):
            raise LayoutError(f"Received: an array of {len(shape)} dimensions")
        if self._split is not None:
            array = array.reshape(self._split_shape(shape))
        if self._reorder is not None:
            axis, permutation = self._reorder
            if array.shape[axis] % len(permutation):
                raise LayoutError(f"Received: shape {tuple(shape)}")
            array = reorder_blocks(array, axis, permutation)
        if self._axes is not None:
            array = permute(array, self._axes)
        if self._join is not None:
            shape = array.shape
            array = array.reshape(tuple(prod(shape[i] for i in dim) for dim in self._join))
        return array

    def _split_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the array with one dimension per atom."""
        result: list[int] = []
        assert self._split is not None
        for position, size in enumerate(shape):
            atoms = [atom for i, atom in self._split if i == position]
            if not atoms:
                if size != 1:
                    raise LayoutError(f"Received: shape {tuple(shape)}")
                continue
            known = [self._known(atom) for atom in atoms]
            total = prod(value for value in known if value is not None)
            unknown = known.count(None)
            if unknown > 1:
                names = [atom[0] for atom, value in zip(atoms, known, strict=True) if value is None]
                raise LayoutError(
                    f"the shape alone does not tell the axes {names} apart; give the size of one "
                    f"to `layouts.get`. Received: shape {tuple(shape)}"
                )
            if (unknown and (total == 0 or size % total)) or (not unknown and total != size):
                raise LayoutError(f"Received: shape {tuple(shape)}")
            result.extend(size // total if value is None else value for value in known)
        return tuple(result)

    def _known(self, atom: Atom) -> int | None:
        """Return the size of an atom, if it is known beforehand."""
        if any(axis not in self.sizes for axis in atom):
            return None
        return prod(self.sizes[axis] for axis in atom)


@dataclass(frozen=True, eq=False)
class RefillPlan:
    """Rearranges an array whose memory runs through its axes in another order than they stand.

    Attributes:
        first: Brings every axis to a dimension of its own.
        stored: The axes after `first`.
        meant: The same axes in the order to read the memory by.
        last: Brings them to where they belong.
    """

    first: ArrayPlan
    stored: Pattern
    meant: Pattern
    last: ArrayPlan

    @property
    def is_view(self) -> bool:
        """Whether the result always shares the memory of the array given."""
        return False

    def __call__(self, array: Array) -> Array:
        """Rearrange an array.

        Raises:
            LayoutError: If the array's shape does not fit the source pattern.
        """
        array = self.first(array)
        sizes = dict(zip(self.stored.axes, array.shape, strict=True))
        return self.last(array.reshape(tuple(sizes[axis] for axis in self.meant.axes)))


Plan = ArrayPlan | RefillPlan
"""What rearranges one array."""


def _atoms(pattern: Pattern, other: Pattern, gate_axis: str | None) -> tuple[tuple[Atom, ...], ...]:
    """Group the axes of each dimension into the runs that stay together in the other pattern.

    An axis of gates to be reordered starts a run, so that its blocks can be moved as they lie.
    """
    follows = {(a, b) for dim in other.dims for a, b in pairwise(dim) if b != gate_axis}
    result = []
    for dim in pattern.dims:
        runs: list[Atom] = []
        for axis in dim:
            if runs and (runs[-1][-1], axis) in follows:
                runs[-1] = (*runs[-1], axis)
            else:
                runs.append((axis,))
        result.append(tuple(runs))
    return tuple(result)
