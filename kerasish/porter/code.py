"""The port of source code: of a script, or of the code cells of a notebook together."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field

from kerasish.porter.bindings import Bindings
from kerasish.porter.edits import Edit, Offsets, apply
from kerasish.porter.findings import Finding
from kerasish.porter.imports import ImportWriter
from kerasish.porter.magics import commands, parse
from kerasish.porter.marks import marks
from kerasish.porter.models import model_names
from kerasish.porter.uses import UseFinder, Uses


@dataclass
class PortedCode:
    """Code after the port.

    Attributes:
        cells: The texts, as many as there were.
        findings: What does not port.
        ported: How often each name is used that ports.
    """

    cells: list[str]
    findings: list[Finding] = field(default_factory=list)
    ported: Counter[str] = field(default_factory=Counter)


def port_code(cells: list[str], *, notebook: bool, mark: bool = True) -> PortedCode:
    """Port code from Keras to kerasish. Nothing of it is run.

    Args:
        cells: The texts of the code cells in their order, or of one script.
        notebook: Whether lines of IPython and of the shell may occur, which stay as they are.
        mark: Whether statements that do not port get a comment.

    Returns:
        The new texts; a cell that is not Python is as it was, and listed.
    """
    result = PortedCode(list(cells))
    if not any(word in cell for cell in cells for word in ("keras", "tensorflow")):
        return result
    trees: list[ast.Module | None] = []
    for number, cell in enumerate(cells):
        try:
            trees.append(parse(cell, notebook=notebook))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            trees.append(None)
            result.findings.append(_unparsed(error, number if notebook else None))
    _Port(cells, trees, notebook, mark).run(result)
    result.findings.sort(key=lambda one: (one.cell or 0, one.line))
    return result


class _Port:
    def __init__(
        self, cells: list[str], trees: list[ast.Module | None], notebook: bool, mark: bool
    ) -> None:
        self._cells = cells
        self._trees = trees
        self._notebook = notebook
        self._mark = mark
        self._offsets = [
            Offsets(cell if tree else "") for cell, tree in zip(cells, trees, strict=True)
        ]
        self._bindings = Bindings(trees)

    def run(self, result: PortedCode) -> None:
        self._rename_roots()
        finders = [
            UseFinder(self._bindings, frozenset(), cell, offsets)
            for cell, offsets in enumerate(self._offsets)
        ]

        def path_of(node: ast.AST, cell: int) -> str | None:
            found = finders[cell].meaning(node)
            return found and found[1]

        models = model_names(self._trees, path_of)
        uses: list[Uses] = []
        for cell, tree in enumerate(self._trees):
            finder = UseFinder(self._bindings, models, cell, self._offsets[cell])
            if tree is not None:
                finder.visit(tree)
            uses.append(finder.found)
        if any(binding.ported and not binding.here for binding in self._bindings.imported()):
            self._force_numpy(uses)
        writer = ImportWriter(self._bindings)
        for cell, tree in enumerate(self._trees):
            if tree is not None:
                self._finish(cell, tree, uses[cell], writer, result)

    def _finish(
        self, cell: int, tree: ast.Module, uses: Uses, writer: ImportWriter, result: PortedCode
    ) -> None:
        offsets = self._offsets[cell]
        edits = list(uses.edits)
        missing = list(uses.missing)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                written = writer.rewrite(node, offsets)
                edits += written.edits
                missing += [(node, node, name, advice) for name, advice in written.missing]
                result.ported.update(written.ported)
        result.ported.update(uses.ported)
        number = cell + 1 if self._notebook else None
        for _, node, name, advice in missing:
            result.findings.append(Finding(number, node.lineno, name, advice))  # type: ignore[attr-defined]
        if self._mark:
            marked = [(statement, name, advice) for statement, _, name, advice in missing]
            edits += marks(tree, marked, self._cells[cell], offsets)
        if edits:
            result.cells[cell] = apply(self._cells[cell], edits)

    def _rename_roots(self) -> None:
        mentioned = "\n".join(line for cell in self._cells for line in commands(cell))
        for binding in self._bindings.imported():
            usual = binding.path == "keras" and binding.name in ("keras", "tf_keras")
            free = not self._bindings.is_rebound(binding.name)
            in_commands = self._notebook and f"{binding.name}." in mentioned
            if usual and free and not in_commands and not binding.here:
                binding.renamed = "kerasish"

    def _force_numpy(self, uses: list[Uses]) -> None:
        """Let `.numpy()` work on tensors with gradients, where TensorFlow has no part in them."""
        tainted = _tainted_names(self._trees, uses)
        for cell, found in enumerate(uses):
            statements = {id(node) for one in found.tainted for node in ast.walk(one)}
            for call in found.to_numpy:
                names = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
                if names & tainted or id(call) in statements:
                    continue
                end = self._offsets[cell].end(call)
                found.edits.append(Edit(end - 1, end - 1, "force=True"))


def _tainted_names(trees: list[ast.Module | None], uses: list[Uses]) -> set[str]:
    """Return the variables that may hold tensors of TensorFlow."""
    tainted: set[str] = set()
    for found in uses:
        for statement in found.tainted:
            tainted |= _stored(statement)
    statements = [
        node
        for tree in trees
        if tree is not None
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.For, ast.With))
    ]
    while True:
        before = len(tainted)
        for statement in statements:
            source = statement.iter if isinstance(statement, ast.For) else statement
            if isinstance(statement, (ast.Assign, ast.AugAssign)):
                source = statement.value
            if isinstance(statement, ast.With):
                continue
            loaded = {n.id for n in ast.walk(source) if isinstance(n, ast.Name)}
            if loaded & tainted:
                tainted |= _stored(statement)
        if len(tainted) == before:
            return tainted


def _stored(statement: ast.stmt) -> set[str]:
    header: list[ast.AST] = [statement]
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        header = [statement.target]
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        header = [item.optional_vars for item in statement.items if item.optional_vars]
    elif hasattr(statement, "body"):
        header = []
    return {
        node.id
        for part in header
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _unparsed(error: BaseException, cell: int | None) -> Finding:
    line = getattr(error, "lineno", None) or 1
    said = getattr(error, "msg", None) or str(error) or type(error).__name__
    advice = f"Python can't read it ({said}); it stays as it is"
    if cell is None:
        return Finding(None, line, "the file", advice)
    return Finding(cell + 1, line, "the cell", advice)
