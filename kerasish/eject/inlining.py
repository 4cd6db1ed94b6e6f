"""Code that is put where its only use is: `h[-1]`, in place of a variable for it."""

from __future__ import annotations

import ast
import re
from collections import Counter

from kerasish.eject.scope import Scope
from kerasish.eject.variables import MARK, NestedCall


def inline(scope: Scope) -> None:
    """Put the code of steps that may be inlined where they are used, if that is one place."""
    count: Counter[int] = Counter()
    for step in scope.steps:
        count.update(step.uses())
    wanted = {one.number for one in scope.results} | scope.wanted
    codes: dict[str, str] = {}
    for step in scope.steps:
        if not isinstance(step, NestedCall):
            step.code = _put_in(step.code, codes)
        else:
            step.arguments = [(_put_in(code, codes), used) for code, used in step.arguments]
        target = step.targets[0]
        once = len(step.targets) == 1 and count[target.number] == 1
        if step.inline and once and target.number not in wanted:
            codes[str(target)] = step.code
    scope.steps = [step for step in scope.steps if str(step.targets[0]) not in codes]


def _put_in(code: str, codes: dict[str, str]) -> str:
    def replace(found: re.Match) -> str:
        inner = codes.get(found[0])
        if inner is None:
            return found[0]
        alone = code[: found.start()].endswith(("(", "[", ", ")) and code[found.end() :].startswith(
            (")", "]", ", ")
        )
        return inner if alone or code == found[0] or _is_atom(inner) else f"({inner})"

    return MARK.sub(replace, code)


def _is_atom(code: str) -> bool:
    """Whether code binds as closely as a name."""
    node = ast.parse(MARK.sub("name", code), mode="eval").body
    return isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant))
