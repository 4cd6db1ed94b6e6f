"""Arguments of a call under their new names, or out of it."""

from __future__ import annotations

import ast

from kerasish.porter import catalog
from kerasish.porter.edits import Edit, Offsets
from kerasish.porter.old_names import ARGUMENTS, NEUTRAL
from kerasish.porter.tensorflow_names import Become

_DTYPES = frozenset(
    (
        *("float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64"),
        *("uint8", "bool"),
    )
)
_NO_DTYPES = frozenset(("string", "resource", "variant"))
_KERAS1_CONVOLUTIONS = {"Convolution2D": 2, "Convolution3D": 3, "Conv2D": 2, "Conv3D": 3}


def keras_call(
    call: ast.Call, old: str, path: str, target: str, offsets: Offsets, *, here: bool = False
) -> tuple[list[Edit], list[tuple[str, ast.keyword]]]:
    """Return the changes of a call's arguments, and the arguments that are not taken.

    Args:
        call: The call.
        old: The canonical name in the source.
        path: The name in Keras 3.
        target: The name in kerasish.
        offsets: Places in the source.
        here: Whether the call is kerasish's already, which nothing is to be changed in.
    """
    renames = {} if here else _tables(ARGUMENTS, old, path)
    neutral = {} if here else _tables(NEUTRAL, old, path)
    taken = catalog.arguments(target)
    declared = catalog.declared(target)
    edits: list[Edit] = []
    unknown: list[tuple[str, ast.keyword]] = []
    given = {keyword.arg for keyword in call.keywords}
    for keyword in call.keywords:
        name = keyword.arg
        if name is None or name in declared:
            continue
        new = renames.get(name)
        if new is not None and new not in given and (taken is None or new in taken):
            edits.append(rename(keyword, new, offsets))
        elif _is_constant(keyword.value, neutral.get(name, ())):
            edit = removal(call, keyword, offsets)
            if edit is not None:
                edits.append(edit)
            else:
                unknown.append((name, keyword))
        elif taken is not None and name not in taken:
            unknown.append((name, keyword))
    return edits + ([] if here else _joined_kernel(call, old, given, offsets)), unknown


def become(call: ast.Call, new: Become, offsets: Offsets) -> list[Edit] | None:
    """Return the changes of the arguments of a function that becomes another; None if none fit."""
    if new.parameters is None:
        return []
    if len(call.args) + len(call.keywords) < new.required:
        return None
    if len(call.args) > len(new.parameters) or any(
        isinstance(one, ast.Starred) for one in call.args
    ):
        return None
    edits: list[Edit] = []
    torch = new.target.startswith("torch.")
    for (_, wanted), value in zip(new.parameters.items(), call.args, strict=False):
        if wanted.startswith("="):
            start = offsets.start(value)
            edits.append(Edit(start, start, f"{wanted[1:]}="))
            if torch and not _as_dtype(value, edits, offsets):
                return None
    for keyword in call.keywords:
        if keyword.arg == "name":
            edit = removal(call, keyword, offsets)
            if edit is None:
                return None
            edits.append(edit)
            continue
        wanted = new.parameters.get(keyword.arg or "", "").removeprefix("=")
        if not wanted:
            return None
        if wanted != keyword.arg:
            edits.append(rename(keyword, wanted, offsets))
        if torch and wanted == "dtype" and not _as_dtype(keyword.value, edits, offsets):
            return None
    return edits


def rename(keyword: ast.keyword, new: str, offsets: Offsets) -> Edit:
    """Return the change of a keyword's name."""
    start = offsets.start(keyword)
    return Edit(start, start + len((keyword.arg or "").encode("utf-8")), new)


def removal(call: ast.Call, keyword: ast.keyword, offsets: Offsets) -> Edit | None:
    """Return the change that takes an argument out; None where parentheses or comments forbid."""
    start, end, stop = offsets.start(keyword), offsets.end(keyword), offsets.end(call)
    after = offsets.text(end, stop)
    rest = after.lstrip()
    if not rest.startswith(",") and rest != ")":
        return None
    before = offsets.text(offsets.end(call.func), start)
    head = before.rstrip()
    if head.endswith(","):
        return Edit(start - len(before[len(head) - 1 :].encode("utf-8")), end, "")
    if not head.endswith("("):
        return None
    if rest.startswith(","):
        skipped = after[: after.index(",") + 1]
        skipped += rest[1:][: len(rest[1:]) - len(rest[1:].lstrip(" "))]
        return Edit(start, end + len(skipped.encode("utf-8")), "")
    return Edit(start, end, "")


def constant(node: ast.AST) -> object:
    """Return the value of a literal; the node itself if it is none."""
    return node.value if isinstance(node, ast.Constant) else node


def _tables(tables: dict[str, dict], old: str, path: str) -> dict:
    found: dict = {}
    for name in (path, old):
        found |= tables.get(name.rpartition(".")[0] + ".*", {})
    for name in (path, old):
        found |= tables.get(name, {})
    return found


def _is_constant(node: ast.AST, allowed: tuple) -> bool:
    return isinstance(node, ast.Constant) and any(
        node.value == one and type(node.value) is type(one) for one in allowed
    )


def _as_dtype(value: ast.AST, edits: list[Edit], offsets: Offsets) -> bool:
    """Make a dtype that is named by a text torch's; False for other texts."""
    if not isinstance(value, ast.Constant):
        return not (isinstance(value, ast.Attribute) and value.attr in _NO_DTYPES)
    if value.value in _DTYPES:
        edits.append(Edit(offsets.start(value), offsets.end(value), f"torch.{value.value}"))
        return True
    return value.value is None


def _joined_kernel(
    call: ast.Call, old: str, given: set[str | None], offsets: Offsets
) -> list[Edit]:
    """Join the sizes of a kernel, which Keras 1 took one by one: `Convolution2D(32, 3, 3)`."""
    name = old.rpartition(".")[2]
    number = _KERAS1_CONVOLUTIONS.get(name, 0)
    sizes = call.args[1 : 1 + number]
    if len(call.args) != 1 + number or not all(type(constant(one)) is int for one in sizes):
        return []
    keras1 = {"border_mode", "subsample", "W_regularizer", "init", "nb_filter", "dim_ordering"}
    if not number or not (name.startswith("Convolution") or given & keras1):
        return []
    first, last = offsets.start(sizes[0]), offsets.end(sizes[-1])
    return [Edit(first, first, "("), Edit(last, last, ")")]
