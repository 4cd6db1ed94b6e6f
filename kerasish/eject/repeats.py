"""Blocks of layers that repeat, as one class and a loop over a `nn.ModuleList`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from kerasish.eject import naming
from kerasish.eject.scope import Member, Scope
from kerasish.eject.variables import MARK, Loop, NestedCall, Step, Var, numbers_in

# From how many repetitions on a loop is shorter, for blocks of one step, two, and more.
_ENOUGH = {1: 3, 2: 3}
_LONGEST = 24
_COMPUTING = ("nn.Linear", "nn.Conv", "nn.LSTM", "nn.GRU", "nn.RNN", "Custom", "MultiHead", "Score")


def roll(scope: Scope) -> list[Scope]:
    """Turn repeated blocks of a class into loops; return the classes of the blocks."""
    blocks: list[Scope] = []
    place = 0
    while place < len(scope.steps):
        found = _longest(scope, place)
        if found is not None:
            size, count = found
            block = _replace(scope, _best_start(scope, place, size, count), size, count)
            if block is not None:
                blocks.append(block)
        place += 1
    return blocks


def _longest(scope: Scope, start: int) -> tuple[int, int] | None:
    """Return the size and number of the blocks from a step on that cover the most steps."""
    best = None
    looks = [MARK.sub("?", step.text()) for step in scope.steps]
    for size in range(1, min(_LONGEST, (len(scope.steps) - start) // 2) + 1):
        count = 1
        # A quick look first.
        if looks[start : start + size] != looks[start + size : start + 2 * size]:
            continue
        while _is_repeated(scope, start, size, count + 1):
            count += 1
        if count >= _ENOUGH.get(size, 2) and (best is None or size * count > best[0] * best[1]):
            best = (size, count)
    return best


def _best_start(scope: Scope, start: int, size: int, count: int) -> int:
    """Return where blocks begin: of those places that cover as much, with a layer that computes.

    What comes before a block may end as the block does, with its normalization.
    """
    places = [
        place
        for place in range(start, start + size)
        if place == start or _is_repeated(scope, place, size, count)
    ]
    members = {one.number: one.code for one in scope.members}

    def starts_badly(place: int) -> bool:
        codes = [members[number] for number in scope.steps[place].modules_used()]
        return not any(code.startswith(_COMPUTING) for code in codes)

    return min(places, key=lambda place: (starts_badly(place), place))


class _Run:
    """Blocks that look alike, and the variables and modules that stand for each other in them."""

    def __init__(self, scope: Scope, start: int, size: int, count: int) -> None:
        self.blocks = [
            scope.steps[start + size * index : start + size * (index + 1)] for index in range(count)
        ]
        self.rest = [*scope.steps[:start], *scope.steps[start + size * count :]]
        self.complete = all(len(block) == size for block in self.blocks)
        self.members = {one.number: one for one in scope.members}
        self.scope = scope

    def carried(self) -> tuple[int, list[int]] | None:
        """Return what goes in, and what comes out of each block; None if they are not alike."""
        if not self.complete or any(
            isinstance(step, (NestedCall, Loop)) for block in self.blocks for step in block
        ):
            return None
        shapes = [_Shape(block) for block in self.blocks]
        first = shapes[0]
        if not first.members or any(one.codes != first.codes for one in shapes[1:]):
            return None
        if not self._members_alike(shapes):
            return None
        start = outputs = None
        for before, after in itertools.pairwise(shapes):
            differing = [(a, b) for a, b in zip(before.outer, after.outer, strict=True) if a != b]
            if len(differing) != 1:
                return None
            start = differing[0][0] if start is None else start
            outputs = [*(outputs or []), differing[0][1]]
        assert start is not None
        assert outputs is not None
        place = first.place(outputs[0])
        if place is None:
            return None
        *made, last = (one.inner[place] for one in shapes)
        if made != outputs or not self._closed([*outputs, last]):
            return None
        return start, [*outputs, last]

    def _members_alike(self, shapes: Sequence[_Shape]) -> bool:
        used = [number for step in self.rest for number in numbers_in(step.text(), "m")]
        every = [number for one in shapes for number in one.members]
        if len(set(every)) != len(every) or set(every) & set(used):
            return False
        columns = zip(*(one.members for one in shapes), strict=True)
        return all(
            len({(self.members[n].code, self.members[n].kind) for n in column}) == 1
            and self.members[column[0]].kind == "module"
            for column in columns
        )

    def _closed(self, outputs: list[int]) -> bool:
        """Whether nothing but its output leaves a block, and that for the next alone."""
        results = self.scope.returned()
        for index, block in enumerate(self.blocks):
            inner = {one.number for step in block for one in step.targets}
            if index < len(self.blocks) - 1:
                others = [
                    step
                    for other in self.blocks[:index] + self.blocks[index + 2 :]
                    for step in other
                ]
                after = self.blocks[index + 1]
            else:
                others, after = self.rest, []
                inner.discard(outputs[index])
            seen = {n for step in [*others, *self.rest] for n in step.uses()} | results
            if inner & seen:
                return False
            private = inner - {outputs[index]}
            if private & {n for step in after for n in step.uses()}:
                return False
        return True


class _Shape:
    """A block with its variables and modules numbered from its beginning."""

    def __init__(self, block: Sequence[Step]) -> None:
        self.inner: list[int] = []
        self.outer: list[int] = []
        self.members: list[int] = []
        self.codes: list[tuple] = []
        for step in block:
            code = MARK.sub(self._number, step.text())
            self.inner += [one.number for one in step.targets]
            left = MARK.sub(self._number, step.left())
            described = tuple((one.shape, one.dtype, one.hint, one.first) for one in step.targets)
            self.codes.append((left, code, step.note, described))

    def _number(self, found: object) -> str:
        kind, number = found[1], int(found[2])  # type: ignore[index]
        if kind == "m":
            if number not in self.members:
                self.members.append(number)
            return f"<m{self.members.index(number)}>"
        if number in self.inner:
            return f"<i{self.inner.index(number)}>"
        if number not in self.outer:
            self.outer.append(number)
        return f"<o{self.outer.index(number)}>"

    def place(self, number: int) -> int | None:
        """Where a variable stands among those that the block sets."""
        return self.inner.index(number) if number in self.inner else None


def _is_repeated(scope: Scope, start: int, size: int, count: int) -> bool:
    return _Run(scope, start, size, count).carried() is not None


def _replace(scope: Scope, start: int, size: int, count: int) -> Scope | None:
    run = _Run(scope, start, size, count)
    found = run.carried()
    assert found is not None
    begin, outputs = found
    variables = {one.number: one for step in scope.steps for one in step.targets}
    variables.update({one.number: one for one in scope.parameters})
    last = variables[outputs[-1]]
    shapes = [_Shape(block) for block in run.blocks]
    members = [[run.members[number] for number in one.members] for one in shapes]
    # The variable that goes around has one name, before the loop, in it and after.
    block_steps = run.blocks[0]
    single = size == 1 and len(members[0]) == 1
    block = None
    if single:
        listed = _list_of_modules(scope, members)
    else:
        listed, block = _list_of_blocks(scope, run, members, begin, outputs)
    loop = _loop(block_steps, listed, members[0], begin, outputs, last, block)
    uses = [n for step in run.rest for n in step.uses()]
    setting = next(
        (s for s in scope.steps[:start] if begin in [one.number for one in s.targets]), None
    )
    alone = begin not in uses and begin not in scope.returned()
    steps = scope.steps[:start]
    if setting is not None and alone and not isinstance(setting, (NestedCall, Loop)):
        mark = str(variables[begin])
        setting.target = setting.target.replace(mark, str(last))
        setting.targets = [last if one.number == begin else one for one in setting.targets]
    else:
        steps = [*steps, Step([last], str(last), str(variables[begin]), block_steps[0].layer, "")]
    scope.steps = [*steps, loop, *scope.steps[start + size * count :]]
    taken = {one.number for row in members for one in row}
    scope.members = [one for one in scope.members if one.number not in taken]
    scope.members.append(listed)
    return block


def _list_of_modules(scope: Scope, members: list[list[Member]]) -> Member:
    rows = [row[0] for row in members]
    name = _list_name(scope, rows[0].name)
    code = f"nn.ModuleList({rows[0].code} for _ in range({len(rows)}))"
    weights = {
        f"{index}.{key}": tensor
        for index, one in enumerate(rows)
        for key, tensor in one.weights.items()
    }
    return Member(name, code, weights)


def _list_of_blocks(
    scope: Scope, run: _Run, members: list[list[Member]], begin: int, outputs: list[int]
) -> tuple[Member, Scope]:
    program = scope.program
    wanted = program.class_name("Block" if scope is program.classes[-1] else f"{scope.name}Block")
    block = Scope(program, wanted, f"One of the {len(members)} blocks of `{scope.name}`.")
    steps = run.blocks[0]
    outer = _Shape(steps).outer
    variables = {one.number: one for step in scope.steps for one in step.targets}
    variables.update({one.number: one for one in scope.parameters})
    block.steps = [replace(step) for step in steps]
    for number in outer:
        one = variables[number]
        # It is the same variable, under the name that it has as a parameter.
        hint = "x" if number == begin else one.hint or "y"
        taken = [other.hint for other in block.parameters]
        made = Var(one.shape, one.dtype, naming.variable(hint, taken), first=one.first)
        block.parameters.append(made)
        for step in block.steps:
            step.code = step.code.replace(str(one), str(made))
    block.parameters.sort(key=lambda one: one.hint != "x")
    block.used_parameters = {one.number for one in block.parameters}
    common = _common_start([member.name for member in members[0]])
    for member in members[0]:
        plain = _plain_name(member.name[len(common) :])
        name = naming.attribute(plain, [other.name for other in block.members])
        block.members.append(replace(member, name=name))
    output = variables[outputs[0]]
    block.results = [output]
    block.mask_results = [None]
    block.return_code = str(output)
    program.classes.insert(program.classes.index(scope), block)
    block.call_order = [begin, *(number for number in outer if number != begin)]
    name = _list_name(scope, "block")
    weights = {
        f"{index}.{block.members[place].name}.{key}": tensor
        for index, row in enumerate(members)
        for place, one in enumerate(row)
        for key, tensor in one.weights.items()
    }
    code = f"nn.ModuleList({block.name}() for _ in range({len(members)}))"
    return Member(name, code, weights), block


def _common_start(names: Sequence[str]) -> str:
    """Return what names have in common before an underscore: `conv2_block1_`."""
    if len(names) < 2:
        return ""
    columns = zip(*names, strict=False)
    alike = itertools.takewhile(lambda column: len(set(column)) == 1, columns)
    common = "".join(column[0] for column in alike)
    return common[: common.rfind("_") + 1]


def _plain_name(name: str) -> str:
    """Return a name without a number at its end; one at its beginning moves there."""
    numbered = re.fullmatch(r"(\d+)_(\w*[a-z])", name)
    if numbered:
        return f"{numbered[2]}_{numbered[1]}"
    return name.rstrip("0123456789_") or name


def _list_name(scope: Scope, name: str) -> str:
    plural = name.rstrip("0123456789_")
    plural = plural if plural.endswith("s") else f"{plural}s"
    return naming.attribute(plural, [one.name for one in scope.members])


def _loop(
    steps: Sequence[Step],
    listed: Member,
    members: Sequence[Member],
    begin: int,
    outputs: list[int],
    last: Var,
    block: Scope | None,
) -> Loop:
    item = naming.variable(listed.name.rstrip("0123456789_").removesuffix("s") or "layer", [])
    if block is None:
        code = steps[0].text().replace(str(members[0]), item)
        code = _rename(code, begin, last)
        target = _rename(steps[0].left(), outputs[0], last)
        others = [one for one in steps[0].targets if one.number != outputs[0]]
        return Loop([last, *others], target, code, steps[0].layer, item=item, modules=str(listed))
    given = [Var((), "", number=number) for number in block.call_order]
    arguments = ", ".join(str(one) for one in given)
    code = _rename(f"{item}({arguments})", begin, last)
    return Loop([last], str(last), code, steps[0].layer, item=item, modules=str(listed))


def _rename(code: str, number: int, last: Var) -> str:
    return code.replace(str(Var((), "", number=number)), str(last))
