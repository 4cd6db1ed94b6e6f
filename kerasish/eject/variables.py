"""What a `forward` that is being written consists of: variables and steps.

Code is plain text in which a variable or a module stands as a mark between two private characters;
names are given at the end, when it is known how long each variable is needed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Size = int | str | None
MARK = re.compile("\ue000([vm])(\\d+)\ue001")
_numbers = itertools.count()


@dataclass(eq=False)
class Var:
    """A tensor in a `forward`.

    Attributes:
        shape: Its shape as Keras has it, batch axis first, None or a name for an open size.
        dtype: Keras name of its dtype.
        hint: The name that it would like to have; "" for one of x, y, z.
        other: The name for it where that is taken; made from the layer's by default.
        mask: The mask that travels with it.
        first: Whether its channels, which Keras has last, lie behind the batch axis.
        state: The same as torch's recurrent modules have it: `(1, batch, units)`.
    """

    shape: tuple[Size, ...]
    dtype: str
    hint: str = ""
    mask: Var | None = None
    first: bool = False
    state: Var | None = None
    other: str = ""
    number: int = field(default_factory=lambda: next(_numbers))

    def __str__(self) -> str:
        return f"\ue000v{self.number}\ue001"

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def is_floating(self) -> bool:
        """Whether it holds floating-point numbers."""
        return "float" in self.dtype

    def alias(self, **changes: Any) -> Var:
        """Return the same tensor with another mask or state."""
        kept = {key: getattr(self, key) for key in self.__dataclass_fields__}
        return Var(**{**kept, **changes})


@dataclass(frozen=True)
class RnnCall:
    """A call of a recurrent module of torch without initial states.

    Attributes:
        member: Number of the module.
        like: Its class, units and options.
        x: Code of the input.
        mask: Code of the mask, or None.
    """

    member: int
    like: tuple
    x: str
    mask: str | None


@dataclass(eq=False)
class Step:
    """One statement: `target = code`.

    Attributes:
        targets: The variables that it sets.
        target: The left side, with the variables' marks.
        code: The right side, with marks.
        layer: Name of the layer that it belongs to.
        note: A comment; the target's shape by default.
        inline: Whether the right side may stand where the variable is used.
        rnn: What is known of a call of a recurrent module.
        absorbs: Whether the call of a module that it is applied to may stand in it.
    """

    targets: list[Var]
    target: str
    code: str
    layer: str
    note: str | None = None
    inline: bool = False
    rnn: RnnCall | None = None
    absorbs: bool = False

    def text(self) -> str:
        """The right side."""
        return self.code

    def left(self) -> str:
        """The left side."""
        return self.target

    def modules_used(self) -> list[int]:
        """Numbers of the modules on the right side."""
        return numbers_in(self.text(), "m")

    def uses(self) -> list[int]:
        """Numbers of the variables on the right side."""
        return numbers_in(self.text(), "v")


@dataclass(eq=False)
class Loop(Step):
    """A loop over modules: `code` is its body, whose target is also what it starts from.

    Attributes:
        item: The variable of the loop, a module.
        modules: The mark of the list of modules.
    """

    item: str = ""
    modules: str = ""

    def modules_used(self) -> list[int]:
        """The number of the list of modules."""
        return numbers_in(self.modules, "m")

    def uses(self) -> list[int]:
        """Numbers of the variables in the body, and of the one that goes around."""
        return [*super().uses(), *(one.number for one in self.targets)]


@dataclass(eq=False)
class NestedCall(Step):
    """A call of a model inside, whose parameters and results are those that are needed.

    Attributes:
        arguments: What is handed over, and whether the model inside needs it.
        results: The variables of its results, the masks behind the others, and whether they are
            needed.
        inner: The class of the model inside.
    """

    arguments: Sequence[tuple[str, Callable[[], bool]]] = ()
    results: Sequence[tuple[Var, Callable[[], bool]]] = ()
    inner: Any = None

    def text(self) -> str:
        """The call with the arguments that are needed."""
        given = ", ".join(code for code, needed in self.arguments if needed())
        return f"{self.code}({given})"

    def left(self) -> str:
        """The left side with the results that there are."""
        return ", ".join(str(one) for one, needed in self.results if needed())


def numbers_in(text: str, kind: str) -> list[int]:
    """Return the numbers of the marks of a kind, `v` or `m`, in a text."""
    return [int(number) for letter, number in MARK.findall(text) if letter == kind]
