"""One class of the generated file while it is being written: its modules, weights and steps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from kerasish.eject import naming
from kerasish.eject.errors import NoEquivalentError, Obstacle
from kerasish.eject.variables import Size, Step, Var, numbers_in

_numbers = itertools.count()


@dataclass(eq=False)
class Member:
    """What `__init__` makes: a module, or a parameter or buffer.

    Attributes:
        name: The attribute.
        code: What it is assigned, `nn.Linear(3, 4)`; or a whole statement for a buffer.
        weights: Its tensors by their names inside, "" for the member itself.
        kind: `"module"`, `"parameter"` or `"buffer"`.
    """

    name: str
    code: str
    weights: dict[str, torch.Tensor]
    kind: str = "module"
    number: int = field(default_factory=lambda: next(_numbers))

    def __str__(self) -> str:
        return f"\ue000m{self.number}\ue001"


class Program:
    """The whole generated file.

    Args:
        dtype: Keras name of the floating-point type of the weights.

    Attributes:
        classes: The classes, those inside before those around them.
        parts: Names of the helpers that are used.
        obstacles: What can't be written.
    """

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        self.classes: list[Scope] = []
        self.parts: dict[str, None] = {}
        self.obstacles: list[Obstacle] = []
        self.models: dict[int, Any] = {}
        self.owners: dict[int, Scope] = {}

    def class_name(self, wanted: str) -> str:
        """Return a name for a class that no other has."""
        from kerasish.eject.parts import PART_NAMES

        return naming.class_name(wanted, [*PART_NAMES, *(one.name for one in self.classes)])


class Scope:
    """A class of the generated file.

    Args:
        program: The file.
        name: Name of the class.
        title: First line of its docstring.
    """

    def __init__(self, program: Program, name: str, title: str) -> None:
        self.program = program
        self.name = name
        self.title = title
        self.members: list[Member] = []
        self.steps: list[Step] = []
        self.parameters: list[Var] = []
        # Variables that are returned only if a caller wants them: masks.
        self.mask_parameters: set[int] = set()
        self.results: list[Var] = []
        self.mask_results: list[Var | None] = []
        self.wanted: set[int] = set()
        self.return_code = ""
        # Layers that do nothing in inference and have no module.
        self.left_out: list[str] = []
        # Names of the weights of a layer whose code is followed.
        self.own_parameters: dict[int, str] = {}
        self.used_parameters: set[int] = set()
        # For the class of a repeated block: what its loop hands to it, by number.
        self.call_order: list[int] = []
        self._layer = ""
        self._held: dict[tuple[int, str], Member] = {}
        self._same: dict[str, Var] = {}
        self._makers: dict[int, str] = {}
        self._last: dict[int, Var] = {}
        self._first: dict[int, Var] = {}

    def returned(self) -> set[int]:
        """Numbers of the variables that the `return` needs."""
        results = {one.number for one in self.results} | self.wanted
        return results | set(numbers_in(self.return_code, "v"))

    # Members

    def enter_layer(self, name: str) -> str:
        """Note the layer that is being written; return the one before."""
        before, self._layer = self._layer, name
        return before

    @property
    def layer_name(self) -> str:
        """Name of the layer that is being written."""
        return self._layer

    def module(
        self, owner: Any, code: str, weights: dict[str, Any] | Any = None, suffix: str = ""
    ) -> str:
        """Make a module in `__init__`, once for each layer; return the code that names it.

        Args:
            owner: The layer that it belongs to.
            code: Its constructor's call.
            weights: Its tensors by name, or a module of torch to take them from.
            suffix: Tells several modules of a layer apart.
        """
        if isinstance(weights, torch.nn.Module):
            weights = dict(weights.state_dict())
        return self._member(owner, suffix, code, weights or {}, "module")

    def parameter(self, owner: Any, suffix: str, value: torch.Tensor) -> str:
        """Make a parameter in `__init__`; return the code that names it."""
        size = ", ".join(map(str, value.shape))
        return self._member(
            owner, suffix, f"nn.Parameter(torch.zeros({size or '()'}))", {"": value}, "parameter"
        )

    def buffer(self, value: torch.Tensor, owner: Any = None, suffix: str = "constant") -> str:
        """Make a buffer for a constant; return the code that names it.

        Args:
            value: The constant.
            owner: The layer that it belongs to, if it has the same one at each call.
            suffix: The end of its name.
        """
        size = ", ".join(map(str, value.shape)) or "()"
        kind = "" if value.is_floating_point() else f", dtype={value.dtype}"
        code = f"torch.zeros({size}{kind})"
        owner = value if owner is None else owner
        return self._member(owner, suffix, code, {"": value.detach()}, "buffer")

    def _member(self, owner: Any, suffix: str, code: str, weights: dict, kind: str) -> str:
        key = (id(owner), suffix)
        if self.program.owners.setdefault(id(owner), self) is not self:
            raise NoEquivalentError(
                "is used by a model inside and around it, and would have its weights twice",
                "call the model inside only, or load the weights into layers of their own",
            )
        if key not in self._held:
            name = f"{self._layer}_{suffix}" if suffix else self._layer
            taken = [one.name for one in self.members]
            member = Member(naming.attribute(name, taken), code, weights, kind)
            self._held[key] = member
            self.members.append(member)
        return str(self._held[key])

    def part(self, name: str) -> str:
        """Put a helper into the file; return its name."""
        self.program.parts[name] = None
        return name

    # Steps

    def new(self, shape: Sequence[Size], dtype: str, hint: str = "", **more: Any) -> Var:
        """Make a variable."""
        return Var(tuple(shape), dtype, hint, **more)

    def assign(
        self,
        code: str,
        shape: Sequence[Size],
        dtype: str,
        hint: str = "",
        note: str | None = None,
        inline: bool = False,
        **more: Any,
    ) -> Var:
        """Write `variable = code`; return the variable, an earlier one where the code is the same.

        Args:
            code: The right side, with marks.
            shape: The result's shape as Keras has it.
            dtype: Keras name of its dtype.
            hint: The name that it would like to have.
            note: A comment in place of the shape.
            inline: Whether the code may stand where the variable is used, if that is one place.
            **more: Attributes of the variable.
        """
        # Modules may draw random numbers, so that each call counts.
        repeatable = not numbers_in(code, "m")
        same = self._same.get(code) if repeatable else None
        if same is not None:
            return same.alias(**{"mask": None, **more})
        made = self.new(shape, dtype, hint, **more)
        self.steps.append(Step([made], str(made), code, self._layer, note, inline))
        self._makers[made.number] = self._layer
        if repeatable:
            self._same[code] = made
        return made

    def assign_all(self, target: str, targets: list[Var], code: str, note: str = "") -> None:
        """Write an assignment to several variables, whose marks are in `target`."""
        self.steps.append(Step(targets, target, code, self._layer, note or None))

    # Layouts of data

    def last(self, value: Var) -> Var:
        """Return a variable with its axes as Keras has them."""
        if not value.first:
            return value
        if value.number not in self._last:
            code = f"{value}.transpose(1, 2)"
            if value.ndim != 3:
                order = ", ".join(map(str, [0, *range(2, value.ndim), 1]))
                code = f"{value}.permute({order})"
            before = self.enter_layer(self._makers.get(value.number, self._layer))
            made = self.assign(code, value.shape, value.dtype, mask=value.mask)
            self.enter_layer(before)
            self._last[value.number] = made
            self._first[made.number] = value
        found = self._last[value.number]
        return found if found.mask is value.mask else found.alias(mask=value.mask)

    def channels_first(self, value: Var) -> Var:
        """Return a variable with its channels, which are last, behind the batch axis."""
        if value.first:
            return value
        if value.number not in self._first:
            code = f"{value}.transpose(1, 2)"
            if value.ndim != 3:
                order = ", ".join(map(str, [0, value.ndim - 1, *range(1, value.ndim - 1)]))
                code = f"{value}.permute({order})"
            made = self.assign(code, value.shape, value.dtype, mask=value.mask, first=True)
            self._first[value.number] = made
            self._last[made.number] = value
        found = self._first[value.number]
        return found if found.mask is value.mask else found.alias(mask=value.mask)
