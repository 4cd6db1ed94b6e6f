"""The types of the layout table: an entry is data, and everything else is derived from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from weight_port.errors import LayoutError
from weight_port.gates import gate_order, gate_permutation
from weight_port.patterns import Pattern, parse
from weight_port.plan import ArrayPlan, Plan, RefillPlan

GATE_AXIS = "gate"
"""The axis of a pattern along which Keras and torch may order their blocks differently."""


@dataclass(frozen=True)
class TorchArray:
    """One array of a torch module that holds a Keras weight, or a part of one.

    Attributes:
        name: Its key in the module's `state_dict`.
        pattern: Its axes.
        frozen: Whether it must not be trained. Such an array is zero in a layer that came from
            Keras, and only a foreign checkpoint has other values in it.
        part: Where several Keras weights share the array: the axis that counts them, and which one
            this is. The axis leads its dimension. None if the array is not shared.
    """

    name: str
    pattern: str
    frozen: bool = False
    part: tuple[str, int] | None = None


@dataclass(frozen=True)
class Weight:
    """One weight of a Keras layer, and the torch arrays that hold it.

    Attributes:
        name: Keras's name, prefixed by that of a sublayer if there is one (`"query/kernel"`).
        pattern: The axes of the Keras array.
        torch: The torch arrays. More than one needs a `relation`.
        relation: `"same"`: one array, rearranged. `"stack"`: the torch arrays are the slices of the
            Keras array along `stacked`. `"sum"`: the Keras array is the sum of the torch arrays; on
            the way to torch the first takes all of it, and the others are zero. (There and back
            keeps every bit but the sign of a zero: -0.0 + 0.0 is 0.0.)
        stacked: The axis of a `"stack"`. It leads its dimension.
        optional: Whether a setting of the layer can leave it out (`use_bias=False`, ...).
        filled: For a weight whose blocks are filled in another order than their shape tells: the
            axes of a block in the order in which its memory runs through them. The other axes count
            the blocks. Empty for a weight that is what its shape says.
    """

    name: str
    pattern: str
    torch: tuple[TorchArray, ...]
    relation: Literal["same", "stack", "sum"] = "same"
    stacked: str = ""
    optional: bool = False
    filled: str = ""

    @property
    def torch_names(self) -> tuple[str, ...]:
        """The keys of its torch arrays."""
        return tuple(array.name for array in self.torch)

    @property
    def frozen_torch_names(self) -> tuple[str, ...]:
        """The keys of those of its torch arrays that must not be trained."""
        return tuple(array.name for array in self.torch if array.frozen)

    def renamed(self, keras_prefix: str, torch_suffix: str) -> Weight:
        """Return the weight under a prefixed Keras name and suffixed torch names.

        The suffix replaces the `_l0` of a single recurrent layer.
        """
        arrays = tuple(
            replace(array, name=array.name.removesuffix("_l0") + torch_suffix)
            for array in self.torch
        )
        return replace(self, name=keras_prefix + self.name, torch=arrays)

    def with_axis(self, old: str, new: str) -> Weight:
        """Return the weight with one of its axes under another name."""
        word = re.compile(rf"\b{re.escape(old)}\b")
        arrays = tuple(replace(array, pattern=word.sub(new, array.pattern)) for array in self.torch)
        return replace(
            self,
            pattern=word.sub(new, self.pattern),
            torch=arrays,
            filled=word.sub(new, self.filled),
        )


@dataclass(frozen=True, eq=False)
class ArrayPlans:
    """How one torch array relates to its Keras weight; both directions."""

    array: TorchArray
    pattern: Pattern
    part_dim: int
    part_alone: bool
    parts: int
    to_torch: Plan
    to_keras: Plan


@dataclass(frozen=True, eq=False)
class WeightPlans:
    """A weight with its patterns parsed and its rearrangements compiled."""

    weight: Weight
    pattern: Pattern
    stack_dim: int
    stack_alone: bool
    arrays: tuple[ArrayPlans, ...]


@dataclass(frozen=True, eq=False)
class Layout:
    """How the weights of one Keras layer class lie in a torch module.

    Attributes:
        layer_class: The Keras class (`"LSTM"`).
        weights: Its weights, in the order of Keras's `get_weights()`.
        torch_module: The class in `torch.nn` whose `state_dict` has these names; empty where the
            layer needs several modules, or one that torch does not have.
        cell: The gate table's name of the cell whose gates the axis `gate` counts; empty for none.
        variant: The settings that tell this entry from others of its class (`reset_after`, ...).
        parameters: The arguments of the layer that give the size of an axis, by argument name.
        sizes: The axis sizes already known.
        ties: Axes that have the size of another.
        torch_only: Keys of the `state_dict` for which Keras has no weight.
        recurrent: Whether the layer can be bidirectional and stacked as torch's recurrent modules.
    """

    layer_class: str
    weights: tuple[Weight, ...]
    torch_module: str = ""
    cell: str = ""
    variant: Mapping[str, object] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    ties: Mapping[str, str] = field(default_factory=dict)
    torch_only: tuple[str, ...] = ()
    recurrent: bool = False
    plans: Mapping[str, WeightPlans] = field(init=False, repr=False)
    shares: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shares: dict[str, tuple[str, ...]] = {}
        for weight in self.weights:
            for array in weight.torch:
                if array.part is not None:
                    shares[array.name] = (*shares.get(array.name, ()), weight.name)
        object.__setattr__(self, "shares", MappingProxyType(shares))
        plans = {weight.name: self._compile(weight) for weight in self.weights}
        if len(plans) != len(self.weights):
            raise LayoutError(f"Weights of one layout need distinct names. Received: {self.names}")
        object.__setattr__(self, "plans", MappingProxyType(plans))

    def __deepcopy__(self, memo: dict[int, object]) -> Layout:
        # Immutable, so that the copy of a layer shares it.
        return self

    def __reduce__(self) -> tuple[type[Layout], tuple[object, ...]]:
        # A pickle holds the entry alone; what is derived from it is derived again.
        return type(self), tuple(getattr(self, f.name) for f in fields(self) if f.init)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The Keras names of the weights, in the order of `get_weights()`."""
        return tuple(weight.name for weight in self.weights)

    @cached_property
    def torch_names(self) -> tuple[str, ...]:
        """The keys of all torch arrays that hold weights, each once."""
        return tuple(dict.fromkeys(name for w in self.weights for name in w.torch_names))

    @cached_property
    def frozen_torch_names(self) -> tuple[str, ...]:
        """The keys of the torch arrays that must not be trained."""
        return tuple(name for weight in self.weights for name in weight.frozen_torch_names)

    def weight(self, name: str) -> Weight:
        """Return a weight by its Keras name.

        Raises:
            LayoutError: If the layer has no such weight.
        """
        if name not in self.plans:
            raise LayoutError(
                f"{self.layer_class} has no weight of that name; it has {list(self.names)}. "
                f"Received: {name!r}"
            )
        return self.plans[name].weight

    def describe(self) -> str:
        """Return the class and what tells this layout from others of the class."""
        settings = ", ".join(f"{k}={v!r}" for k, v in self.variant.items())
        return f"{self.layer_class}({settings})" if settings else self.layer_class

    def _compile(self, weight: Weight) -> WeightPlans:
        """Parse a weight's patterns, check them, and compile both directions."""
        if (weight.relation == "same") != (len(weight.torch) == 1):
            raise LayoutError(
                f"{self.describe()} weight {weight.name!r}: relation 'same' is for one torch "
                f"array. Received: relation={weight.relation!r}, torch={list(weight.torch_names)}"
            )
        pattern = parse(weight.pattern)
        inner, stack_dim, stack_alone = pattern, 0, False
        if weight.relation == "stack":
            stack_dim = pattern.leading(weight.stacked)
            stack_alone = len(pattern.dims[stack_dim]) == 1
            inner = pattern.without(weight.stacked)
        arrays = tuple(self._compile_array(weight, inner, array) for array in weight.torch)
        return WeightPlans(weight, pattern, stack_dim, stack_alone, arrays)

    def _compile_array(self, weight: Weight, keras: Pattern, array: TorchArray) -> ArrayPlans:
        """Compile both directions between a Keras pattern and one torch array."""
        pattern = inner = parse(array.pattern)
        part_dim, part_alone = 0, False
        if array.part is not None:
            part_dim = pattern.leading(array.part[0])
            part_alone = len(pattern.dims[part_dim]) == 1
            inner = pattern.without(array.part[0])
        there, back = self._gates("keras", "torch"), self._gates("torch", "keras")
        sizes = self.known_sizes
        return ArrayPlans(
            array,
            pattern,
            part_dim,
            part_alone,
            len(self.shares.get(array.name, ())),
            *_both_ways(keras, inner, weight.filled, sizes, there, back),
        )

    def _gates(self, source: str, target: str) -> tuple[str, tuple[int, ...]] | None:
        """Return the gate axis and its permutation; None if the two orders agree."""
        if not self.cell:
            return None
        permutation = gate_permutation(self.cell, source, target)
        if permutation == tuple(range(len(permutation))):
            return None
        return GATE_AXIS, permutation

    @cached_property
    def known_sizes(self) -> dict[str, int]:
        """The axis sizes that no shape has to tell."""
        known = dict(self.sizes)
        if self.cell:
            known[GATE_AXIS] = len(gate_order("keras", self.cell))
        for weight in self.weights:
            if weight.stacked:
                known[weight.stacked] = len(weight.torch)
            for array in weight.torch:
                if array.part is not None:
                    known[array.part[0]] = len(self.shares[array.name])
        return known


def _both_ways(
    keras: Pattern,
    torch: Pattern,
    filled: str,
    sizes: Mapping[str, int],
    there: tuple[str, tuple[int, ...]] | None,
    back: tuple[str, tuple[int, ...]] | None,
) -> tuple[Plan, Plan]:
    """Compile the plans from Keras to torch and from torch to Keras."""
    if not filled:
        return ArrayPlan(keras, torch, sizes, there), ArrayPlan(torch, keras, sizes, back)
    # The blocks one after the other, as their shape tells and as their memory is filled.
    block = filled.split()
    counts = [axis for axis in keras.axes if axis not in block]
    shaped = parse(" ".join([*counts, *(axis for axis in keras.axes if axis in block)]))
    true = parse(" ".join([*counts, *block]))
    return (
        RefillPlan(
            ArrayPlan(keras, shaped, sizes), shaped, true, ArrayPlan(true, torch, sizes, there)
        ),
        RefillPlan(
            ArrayPlan(torch, true, sizes, back), true, shaped, ArrayPlan(shaped, keras, sizes)
        ),
    )
