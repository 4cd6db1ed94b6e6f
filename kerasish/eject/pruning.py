"""Leaving out what nothing needs: masks that are not used, states that nobody reads."""

from __future__ import annotations

from kerasish.eject.scope import Program, Scope
from kerasish.eject.variables import NestedCall, Step


def prune(program: Program) -> None:
    """Drop the steps, parameters and results of masks that nothing uses, in all classes."""
    for scope in program.classes:
        scope.used_parameters = {one.number for one in scope.parameters}
    before = None
    while before != (now := _state(program)):
        before = now
        for scope in program.classes:
            scope.wanted = set()
        # Callers stand behind what they call.
        for scope in reversed(program.classes):
            _prune_class(scope)


def _state(program: Program) -> list[tuple[int, ...]]:
    return [
        (len(scope.steps), len(scope.used_parameters), len(scope.wanted))
        for scope in program.classes
    ]


def _prune_class(scope: Scope) -> None:
    needed = {one.number for one in scope.results} | scope.wanted
    kept: list[Step] = []
    for step in reversed(scope.steps):
        targets = {one.number for one in step.targets}
        if not targets & needed:
            continue
        kept.append(step)
        if isinstance(step, NestedCall):
            _want_masks(step, needed)
        needed |= set(step.uses())
    scope.steps = kept[::-1]
    scope.used_parameters = {
        one.number
        for one in scope.parameters
        if one.number in needed or one.number not in scope.mask_parameters
    }


def _want_masks(call: NestedCall, needed: set[int]) -> None:
    inner: Scope = call.inner
    masks = [one for one in inner.mask_results if one is not None]
    results = [one for one, _ in call.results][len(inner.results) :]
    for mask, result in zip(masks, results, strict=True):
        if result.number in needed:
            inner.wanted.add(mask.number)
