"""Import statements after a port: what kerasish has from it, the rest from where it was."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from kerasish.porter import catalog
from kerasish.porter.bindings import Binding, Bindings, is_star
from kerasish.porter.edits import Edit, Offsets

_MODULE = re.compile(r"from((?:\s|\\)+)([\w.]+(?:\s*\.\s*\w+)*)")


@dataclass
class Rewritten:
    """A statement after the port.

    Attributes:
        edits: The changes of the text.
        missing: Names that stay, with what to do.
        ported: Names that are imported from kerasish now.
    """

    edits: list[Edit] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    ported: list[str] = field(default_factory=list)


class ImportWriter:
    """Rewrites the import statements of one file or notebook, in their order."""

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings
        # Statements at the top level that stand already.
        self._written: set[str] = set()

    def rewrite(self, node: ast.Import | ast.ImportFrom, offsets: Offsets) -> Rewritten:
        """Return what a statement becomes once all uses of its names are known."""
        if is_star(node):
            return self._star(node, offsets)
        bindings = [(alias, self._bindings.of_alias.get(id(alias))) for alias in node.names]
        result = Rewritten()
        if all(binding is None for _, binding in bindings):
            self._remember(node, offsets)
            return result
        if all(binding is None or binding.here for _, binding in bindings):
            self._remember(node, offsets)
            result.missing = [_missing(b) for _, b in bindings if b is not None and _fails(b)]
            result.ported = [b.path for _, b in bindings if b is not None and not _fails(b)]
            return result
        if isinstance(node, ast.Import):
            self._import(node, bindings, offsets, result)
        else:
            self._import_from(node, bindings, offsets, result)
        return result

    def _star(self, node: ast.Import | ast.ImportFrom, offsets: Offsets) -> Rewritten:
        result = Rewritten()
        assert isinstance(node, ast.ImportFrom)
        if node.level or node.module is None or node.module.startswith("kerasish"):
            return result
        path = catalog.canonical(node.module)
        if path.split(".")[0] not in ("keras", "tensorflow"):
            return result
        target = catalog.resolve(path).target if path.startswith("keras") else None
        if target is None:
            result.missing.append((f"{path}.*", catalog.advice(path)))
        else:
            result.edits.append(_module_edit(node, target, offsets))
            result.ported.append(path)
        return result

    def _import(
        self,
        node: ast.Import,
        bindings: list[tuple[ast.alias, Binding | None]],
        offsets: Offsets,
        result: Rewritten,
    ) -> None:
        kept: list[str] = []
        new: list[str] = []
        for alias, binding in bindings:
            text = offsets.of(alias)
            if binding is None or binding.here:
                kept.append(text)
                continue
            target = _target(binding)
            if target is not None:
                own = f"import {target} as {alias.asname}"
                statements, stays = [own, *(f"import {m}" for m in sorted(binding.modules))], False
                result.ported.append(catalog.resolve(binding.path).path)
            else:
                stays, statements = self._pieces(binding, result)
            if stays:
                kept.append(text)
            new += [one for one in statements if one not in new]
        if kept == [offsets.of(alias) for alias in node.names]:
            self._insert_before(node, new, offsets, result)
            return
        rest = [f"import {', '.join(kept)}"] if kept else []
        self._replace(node, new, offsets, result, stays=rest)

    def _import_from(
        self,
        node: ast.ImportFrom,
        bindings: list[tuple[ast.alias, Binding | None]],
        offsets: Offsets,
        result: Rewritten,
    ) -> None:
        stay: list[ast.alias] = []
        statements: list[str] = []
        moved: dict[str, list[tuple[ast.alias, str]]] = {}
        for alias, binding in bindings:
            if binding is None or binding.here:
                stay.append(alias)
                continue
            target = _target(binding)
            used_otherwise = binding.modules and not binding.ported_by_name(target)
            if target is None or binding.is_root or used_otherwise:
                keeps, new = self._pieces(binding, result)
                stay += [alias] if keeps else []
                statements += [one for one in new if one not in statements]
                continue
            module, _, name = target.rpartition(".")
            moved.setdefault(module, []).append((alias, name))
            result.ported.append(catalog.resolve(binding.path).path)
            statements += [
                f"import {one}"
                for one in sorted(binding.modules)
                if f"import {one}" not in statements
            ]
        if not stay and len(moved) == 1:
            module, names = next(iter(moved.items()))
            if len(names) == len(node.names):
                # The same statement, from another module.
                result.edits.append(_module_edit(node, module, offsets))
                for alias, name in names:
                    result.edits += _alias_edit(alias, name, offsets)
                self._insert_before(node, statements, offsets, result)
                return
        for module, names in moved.items():
            spelled = ", ".join(_spelled(alias, name) for alias, name in names)
            statements.append(f"from {module} import {spelled}")
        if stay and len(stay) == len(node.names):
            self._insert_before(node, statements, offsets, result)
        else:
            rest = [f"from {node.module} import {', '.join(map(offsets.of, stay))}"] if stay else []
            # First what stays: the comment that says why goes above it.
            self._replace(node, statements, offsets, result, stays=rest)

    def _pieces(self, binding: Binding, result: Rewritten) -> tuple[bool, list[str]]:
        """Return whether an import stays, and the statements that its uses need."""
        statements = [f"import {one}" for one in sorted(binding.modules)]
        if binding.path == "tensorflow":
            return binding.unported > 0, statements
        if binding.path == "keras":
            if binding.unported and not binding.ported:
                return True, statements
            result.ported.append("keras")
            alias = "" if binding.renamed == "kerasish" else f" as {binding.renamed}"
            own = f"import kerasish{alias}"
            if binding.uses_name or not binding.ported:
                statements = [own, *(one for one in statements if one != own)]
            # Under an alias the name can stand for one of both only.
            return binding.unported > 0 and not alias, statements
        if binding.path.startswith("tensorflow"):
            if binding.unported or not binding.ported:
                result.missing.append(_missing(binding))
            return bool(binding.unported or not binding.ported), statements
        if _target(binding) is None and (binding.unported or not binding.ported):
            result.missing.append(_missing(binding))
            return True, statements
        return False, statements

    def _insert_before(
        self, node: ast.stmt, statements: list[str], offsets: Offsets, result: Rewritten
    ) -> None:
        new = [one for one in statements if not (node.col_offset == 0 and one in self._written)]
        before = offsets.before(node)
        if new and before.strip():
            start = offsets.start(node)
            result.edits.append(Edit(start, start, "".join(f"{one}; " for one in new)))
        elif new:
            start = offsets.at(node.lineno, 0)
            text = "".join(before + one + offsets.newline for one in new)
            result.edits.append(Edit(start, start, text))
        if node.col_offset == 0:
            self._written.update(new)

    def _replace(
        self,
        node: ast.stmt,
        statements: list[str],
        offsets: Offsets,
        result: Rewritten,
        stays: list[str],
    ) -> None:
        top = node.col_offset == 0
        new = [one for one in statements if not (top and one in self._written)]
        start, end = offsets.start(node), offsets.end(node)
        before = offsets.before(node)
        alone = not before.strip() and not offsets.after(node).strip()
        if top:
            self._written.update(new)
        if not (new or stays) and top and alone:
            # The whole line goes.
            line = node.end_lineno or 0
            last = line >= len(offsets.starts)
            following = end if last else offsets.starts[line]
            if last and start:
                # The break before the last line goes with it.
                start = len(offsets.data[:start].removesuffix(b"\n").removesuffix(b"\r"))
            result.edits.append(Edit(start, following, ""))
            return
        new = [*stays, *new] or statements or ["import torch"]
        comments = re.findall(r"#[^\r\n]*", offsets.text(start, end))
        if before.strip() or offsets.after(node).lstrip().startswith(";"):
            result.edits.append(Edit(start, end, "; ".join(new)))
        else:
            # The comments go to the names that are here now.
            lines = [*stays, *comments, *new[len(stays) :]]
            result.edits.append(Edit(start, end, (offsets.newline + before).join(lines)))

    def _remember(self, node: ast.stmt, offsets: Offsets) -> None:
        if node.col_offset == 0:
            self._written.add(offsets.of(node))


def _target(binding: Binding) -> str | None:
    if not binding.path.startswith("keras."):
        return None
    if binding.path == "keras.layers.merge" and (binding.ported or binding.unported):
        return None  # the function of Keras 1
    found = catalog.resolve(binding.path)
    return None if found.rest else found.target


def _fails(binding: Binding) -> bool:
    own = "kerasish" + binding.path.removeprefix("keras")
    return not binding.is_root and _target(binding) is None and not catalog.exists(own)


def _missing(binding: Binding) -> tuple[str, str]:
    path = binding.path
    if path.startswith("keras") and path != "keras.layers.merge":
        path = catalog.resolve(path).path
    return path, catalog.advice(path)


def _module_edit(node: ast.ImportFrom, module: str, offsets: Offsets) -> Edit:
    start = offsets.start(node)
    match = _MODULE.match(offsets.text(start, offsets.end(node)))
    assert match is not None
    first = start + len(match[0][: match.start(2)].encode("utf-8"))
    return Edit(first, start + len(match[0].encode("utf-8")), module)


def _alias_edit(alias: ast.alias, name: str, offsets: Offsets) -> list[Edit]:
    if alias.name == name:
        return []
    return [Edit(offsets.start(alias), offsets.end(alias), _spelled(alias, name))]


def _spelled(alias: ast.alias, name: str) -> str:
    local = alias.asname or alias.name
    return name if local == name and not alias.asname else f"{name} as {local}"
