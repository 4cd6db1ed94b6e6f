"""Which variables hold a time: they differ from run to run and prove nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerasish.porter.magics import parse

_CLOCKS = {
    "time",
    "time_ns",
    "perf_counter",
    "perf_counter_ns",
    "monotonic",
    "monotonic_ns",
    "process_time",
    "process_time_ns",
    "thread_time",
    "default_timer",
    "timeit",
    "now",
    "utcnow",
    "today",
    "total_seconds",
}
# A value that is made of times and of these alone is a time, or says one.
_PLAIN = {"abs", "float", "format", "int", "max", "min", "round", "str", "sum", "divmod"}


def times_in(cells: Iterable[str]) -> set[str]:
    """Return the names that clocks give a value to, directly or by arithmetic.

    Args:
        cells: The code, in its order.
    """
    times: set[str] = set()
    trees = [_tree(cell) for cell in cells]
    statements = [node for tree in trees if tree is not None for node in ast.walk(tree)]
    while True:
        before = len(times)
        for node in statements:
            if isinstance(node, ast.Assign) and _is_time(node.value, times):
                times.update(target.id for target in node.targets if isinstance(target, ast.Name))
            elif (
                isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr))
                and node.value is not None
                and isinstance(node.target, ast.Name)
                and _is_time(node.value, times)
            ):
                times.add(node.target.id)
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "append"
                and isinstance(node.func.value, ast.Name)
                and any(_is_time(argument, times) for argument in node.args)
            ):
                times.add(node.func.value.id)
        if len(times) == before:
            return times


def _tree(cell: str) -> ast.Module | None:
    try:
        return parse(cell, notebook=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_time(node: ast.expr, times: set[str]) -> bool:
    """Whether a value is a time, or arithmetic with one."""
    if isinstance(node, ast.Name):
        return node.id in times
    if isinstance(node, ast.BinOp):
        return _is_time(node.left, times) or _is_time(node.right, times)
    if isinstance(node, ast.UnaryOp):
        return _is_time(node.operand, times)
    if isinstance(node, ast.Attribute):
        return _is_time(node.value, times)
    if isinstance(node, ast.JoinedStr):
        values = [one.value for one in node.values if isinstance(one, ast.FormattedValue)]
        return bool(values) and all(_is_time(one, times) for one in values)
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    name = node.func.id if isinstance(node.func, ast.Name) else name
    if name in _CLOCKS:
        return True
    return name in _PLAIN and any(_is_time(one, times) for one in node.args)
