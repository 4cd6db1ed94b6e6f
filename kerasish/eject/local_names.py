"""Names of the variables in a `forward`: x, y and z while they are free, else the layers'."""

from __future__ import annotations

from collections.abc import Iterable

from kerasish.eject import naming
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Loop, Step, Var

_SHORT = ("x", "y", "z")
_FOREVER = 1 << 30


def name_variables(scope: Scope, reserved: Iterable[str]) -> dict[int, str]:
    """Return the name of each variable of a class, by its number.

    A name is given again when nothing needs its variable any more.

    Args:
        scope: The class, pruned.
        reserved: Names of the file's classes and functions.
    """
    last_use = _last_uses(scope)
    names = {one.number: one.hint for one in scope.parameters}
    parameters = {one.hint for one in scope.parameters}
    taken = {one.hint: last_use.get(one.number, -1) for one in scope.parameters}
    avoided = {*reserved, *(one.item for one in scope.steps if isinstance(one, Loop))}
    for index, step in enumerate(scope.steps):
        free = [name for name, until in taken.items() if until <= index]
        for name in free:
            del taken[name]
        for target in step.targets:
            if target.number in names:
                # What goes around in a loop keeps its name.
                continue
            if target.number not in last_use:
                names[target.number] = "_"
                continue
            name = _choose(step, target, taken, avoided | (parameters - {"x", "y", "z"}))
            names[target.number] = name
            taken[name] = last_use[target.number]
    return names


def _last_uses(scope: Scope) -> dict[int, int]:
    found: dict[int, int] = {}
    for index, step in enumerate(scope.steps):
        for number in step.uses():
            found[number] = index
    for number in scope.returned():
        found[number] = _FOREVER
    return found


def _choose(step: Step, target: Var, taken: dict[str, int], avoided: set[str]) -> str:
    used = {*taken, *avoided}
    layer = naming.snake_case(step.layer)
    if not target.hint:
        wanted = [*_SHORT, naming.variable(layer, ())]
    else:
        other = target.other or f"{layer}_{target.hint}"
        wanted = [target.hint, naming.variable(other, ())]
    for name in wanted:
        if name not in used:
            return name
    return naming.unique(wanted[-1], used)
