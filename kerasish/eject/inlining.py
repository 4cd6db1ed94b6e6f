"""Code that is put where its only use is: `h[-1]`, in place of a variable for it."""

from __future__ import annotations

import ast
import re
from collections import Counter

from kerasish.eject.scope import Scope
from kerasish.eject.variables import MARK, NestedCall, Step

# A module called on a variable, or two variables joined by an operator.
_SIMPLE = re.compile(
    "\ue000m\\d+\ue001\\(\ue000v\\d+\ue001\\)|\ue000v\\d+\ue001 [-+*] \ue000v\\d+\ue001"
)
# Longer code is easier to read in a line of its own.
_LONGEST = 40


def inline(scope: Scope) -> None:
    """Put the code of steps that may be inlined where they are used, if that is one place."""
    count: Counter[int] = Counter()
    for step in scope.steps:
        count.update(step.uses())
    wanted = {one.number for one in scope.results} | scope.wanted
    codes: dict[str, str] = {}
    absorbed = {n for step in scope.steps if step.absorbs for n in step.uses()}
    for step in scope.steps:
        if not isinstance(step, NestedCall):
            step.code = _put_in(step.code, codes)
        else:
            step.arguments = [(_put_in(code, codes), used) for code, used in step.arguments]
        target = step.targets[0]
        once = len(step.targets) == 1 and count[target.number] == 1
        short = len(MARK.sub("name", step.code)) <= _LONGEST
        module = target.number in absorbed and _SIMPLE.fullmatch(step.text()) is not None
        may = step.inline or (module and step.note is None and not isinstance(step, NestedCall))
        if may and once and short and target.number not in wanted:
            codes[str(target)] = step.code
        elif step.inline and short and _is_returned_alone(scope, step, count):
            codes[str(target)] = step.code
            scope.return_code = _put_in(scope.return_code, codes)
    scope.steps = [step for step in scope.steps if str(step.targets[0]) not in codes]


def _is_returned_alone(scope: Scope, step: Step, count: Counter[int]) -> bool:
    """Whether a variable is one of several results, and nothing else."""
    target = step.targets[0]
    return (
        not count[target.number]
        and target.number not in scope.wanted
        and scope.return_code[:1] in ("(", "{")
        and scope.return_code.count(str(target)) == 1
    )


def _put_in(code: str, codes: dict[str, str]) -> str:
    def replace(found: re.Match) -> str:
        inner = codes.get(found[0])
        if inner is None:
            return found[0]
        alone = code[: found.start()].endswith(("(", "[", ", ")) and code[found.end() :].startswith(
            (")", "]", ", ")
        )
        return inner if alone or code == found[0] or _is_atom(inner) else f"({inner})"

    result = MARK.sub(replace, code)
    return result if result == code else _without_needless_brackets(result)


def _without_needless_brackets(code: str) -> str:
    """Return code with the brackets alone that its operators need."""
    if '"' in code or "(" not in code:
        return code
    named = MARK.sub(lambda found: f"mark_{found[1]}_{found[2]}_", code)
    plain = ast.unparse(ast.parse(named, mode="eval")).replace(" ** ", "**")
    if plain.count("(") == named.count("("):
        return code
    return re.sub(r"mark_([vm])_(\d+)_", "\ue000\\1\\2\ue001", plain)


def _is_atom(code: str) -> bool:
    """Whether code binds as closely as a name."""
    node = ast.parse(MARK.sub("name", code), mode="eval").body
    return isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant))
