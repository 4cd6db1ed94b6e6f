"""Which local names mean something of Keras or TensorFlow, and where."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

from kerasish.porter.catalog import canonical, resolve

_OURS = ("keras", "tensorflow")


@dataclass
class Binding:
    """A name that an import gave.

    Attributes:
        name: The local name.
        path: The canonical name of what it stands for.
        here: Whether it comes from kerasish already.
        ported: How many uses of it get along without Keras and TensorFlow.
        unported: How many do not.
        modules: What has to be imported for the uses that were rewritten.
        renamed: What the name becomes.
        uses_name: How many uses keep the name, or what it becomes.
    """

    name: str
    path: str
    here: bool = False
    ported: int = 0
    unported: int = 0
    modules: set[str] = field(default_factory=set)
    renamed: str = ""

    uses_name: int = 0

    def ported_by_name(self, target: str | None) -> bool:
        """Whether uses keep the local name: not all of them were written in another way."""
        return target is not None and (self.uses_name > 0 or self.ported == 0)

    @property
    def is_root(self) -> bool:
        """Whether it stands for Keras or TensorFlow as a whole."""
        return self.path in _OURS


def path_of(node: ast.alias, statement: ast.Import | ast.ImportFrom) -> tuple[str, bool] | None:
    """Return the canonical name that an import gives and whether it is kerasish's; or None."""
    if isinstance(statement, ast.ImportFrom):
        if statement.level or statement.module is None:
            return None
        full = f"{statement.module}.{node.name}"
    else:
        # `import keras.layers` gives the name `keras`.
        full = node.name if node.asname else node.name.partition(".")[0]
    here = full.split(".")[0] == "kerasish"
    path = canonical("keras" + full.removeprefix("kerasish")) if here else canonical(full)
    return (path, here) if path.split(".")[0] in _OURS else None


def is_star(statement: ast.AST) -> bool:
    """Whether a statement is `from ... import *`."""
    return isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"


class Bindings:
    """The names of a file or a notebook, whose cells share them."""

    def __init__(self, trees: list[ast.Module | None]) -> None:
        self.of_alias: dict[int, Binding] = {}
        self._stars: list[tuple[str, bool]] = []
        self._other_stars = False
        self._of_star: dict[str, Binding | None] = {}
        self._events: dict[str, list[tuple[tuple[int, int, int], Binding | None]]] = {}
        self.locals: dict[int, frozenset[str]] = {}
        for cell, tree in enumerate(trees):
            if tree is not None:
                self._collect(tree, cell)

    def find(self, name: str, cell: int, node: ast.AST) -> Binding | None:
        """Return what a name of the module stands for at a place: the last import before it."""
        events = self._events.get(name)
        if not events:
            return self._from_star(name)
        place = (cell, node.lineno, node.col_offset)  # type: ignore[attr-defined]
        before = [binding for where, binding in events if where <= place]
        return before[-1] if before else events[0][1]

    def may_come_from_star(self, name: str) -> str | None:
        """Return the module whose star import may have given a name that nothing else gives."""
        known = name in self._events or hasattr(builtins, name) or not name[:1].isupper()
        if known or any(name in names for names in self.locals.values()):
            return None
        return self._stars[-1][0] if self._stars and not self._other_stars else None

    def _from_star(self, name: str) -> Binding | None:
        if name not in self._of_star:
            self._of_star[name] = None
            for path, here in self._stars:
                found = resolve(f"{path}.{name}")
                if found.target is not None and not found.rest:
                    short = found.target.rpartition(".")[2]
                    self._of_star[name] = Binding(name, found.path, here, renamed=short)
        return self._of_star[name]

    def is_rebound(self, name: str) -> bool:
        """Whether a name is given to something else anywhere: an argument, a variable."""
        return any(binding is None for _, binding in self._events.get(name, ())) or any(
            name in names for names in self.locals.values()
        )

    def imported(self) -> Iterator[Binding]:
        """Give each binding once."""
        yield from self.of_alias.values()
        yield from (binding for binding in self._of_star.values() if binding is not None)

    def _collect(self, tree: ast.Module, cell: int) -> None:
        self._collect_in(tree.body, cell, None)
        for events in self._events.values():
            events.sort(key=lambda event: event[0])

    def _collect_in(self, nodes: list, cell: int, function: set[str] | None) -> None:
        stack = list(reversed(nodes))
        while stack:
            node = stack.pop()
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._import(node, cell)
                continue
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                names = {one.arg for one in _all_arguments(node.args)}
                body = node.body if isinstance(node.body, list) else [node.body]
                self._collect_in(body, cell, names)
                self.locals[id(node)] = frozenset(names)
                if not isinstance(node, ast.Lambda):
                    self._bind(node.name, node, cell, function)
                    stack += node.decorator_list
                stack += [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
                continue
            if isinstance(node, ast.ClassDef):
                self._bind(node.name, node, cell, function)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._bind(node.id, node, cell, function)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                self._bind(node.name, node, cell, function)
            stack += reversed(list(ast.iter_child_nodes(node)))

    def _bind(self, name: str, node: ast.AST, cell: int, function: set[str] | None) -> None:
        if function is not None:
            function.add(name)
            return
        place = (cell, node.lineno, node.col_offset)  # type: ignore[attr-defined]
        self._events.setdefault(name, []).append((place, None))

    def _import(self, node: ast.Import | ast.ImportFrom, cell: int) -> None:
        if is_star(node):
            path = path_of(node.names[0], node)  # type: ignore[arg-type]
            if path is not None:
                self._stars.append((path[0].removesuffix(".*"), path[1]))
            else:
                self._other_stars = True
            return
        for alias in node.names:
            found = path_of(alias, node)
            plain = alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name
            name = alias.asname or plain
            binding = None
            if found is not None:
                binding = Binding(name, *found, renamed=name)
                self.of_alias[id(alias)] = binding
            place = (cell, node.lineno, node.col_offset)
            self._events.setdefault(name, []).append((place, binding))


def _all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    return [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        *(one for one in (arguments.vararg, arguments.kwarg) if one is not None),
    ]
