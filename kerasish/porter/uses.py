"""Uses of Keras and TensorFlow in code: what each becomes, and what has no counterpart."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field

from kerasish.porter import calls, catalog
from kerasish.porter.bindings import Binding, Bindings
from kerasish.porter.edits import Edit, Offsets
from kerasish.porter.old_names import (
    ARGUMENT_ADVICE,
    MERGE_FUNCTIONS,
    METHOD_ADVICE,
    METHOD_ARGUMENT_ADVICE,
    METHOD_ARGUMENTS,
    METHODS,
)
from kerasish.porter.tensorflow_names import TENSORFLOW, Become, Dropped, Expression

_NO_SUCH_CALL = "the call with these arguments has no counterpart: write it with torch"
# Methods that nothing but Keras has.
_ONLY_KERAS = {"fit_generator", "evaluate_generator", "predict_generator", "predict_classes"}


_MERGES = ("keras.layers.merge", "keras.layers.merge.merge")


@dataclass
class Uses:
    """What was found in one cell.

    Attributes:
        edits: Changes of its text, without the imports.
        missing: What does not port: the statement, the place, the name and what to do.
        ported: How often each name is used that ports.
        to_numpy: Calls of `.numpy()`.
        tainted: Statements with something of TensorFlow that stays.
    """

    edits: list[Edit] = field(default_factory=list)
    missing: list[tuple[ast.stmt, ast.AST, str, str]] = field(default_factory=list)
    ported: Counter[str] = field(default_factory=Counter)
    to_numpy: list[ast.Call] = field(default_factory=list)
    tainted: list[ast.stmt] = field(default_factory=list)


class UseFinder(ast.NodeVisitor):
    """Walks over one cell."""

    def __init__(
        self, bindings: Bindings, models: frozenset[str], cell: int, offsets: Offsets
    ) -> None:
        self._bindings = bindings
        self._models = models
        self._cell = cell
        self._offsets = offsets
        self._scopes: list[frozenset[str]] = []
        self._statement: ast.stmt = ast.Pass()
        self.found = Uses()

    def visit(self, node: ast.AST) -> None:
        """Visit a node, and remember which statement it is in."""
        if not isinstance(node, ast.stmt):
            super().visit(node)
            return
        outer, self._statement = self._statement, node
        super().visit(node)
        self._statement = outer

    def visit_Import(self, node: ast.Import) -> None:
        """Imports are looked at when their uses are known."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Imports are looked at when their uses are known."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Visit a function, whose arguments and variables are its own."""
        for decorator in node.decorator_list:
            if not self._drop_decorator(decorator):
                self.visit(decorator)
        self._visit_scope(node, [node.args, *([node.returns] if node.returns else []), *node.body])

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Visit a lambda, whose arguments are its own."""
        self._visit_scope(node, [node.args, node.body])

    def _visit_scope(self, node: ast.AST, parts: list) -> None:
        self._scopes.append(self._bindings.locals.get(id(node), frozenset()))
        for part in parts:
            self.visit(part)
        self._scopes.pop()

    def visit_Name(self, node: ast.Name) -> None:
        """Visit a name that stands alone."""
        if isinstance(node.ctx, ast.Load) and not self._use(node, None):
            self._from_star(node)

    def _from_star(self, node: ast.Name) -> None:
        """Report a name that nothing but a star import can have given, and which is not here."""
        star = self._bindings.may_come_from_star(node.id)
        if star is not None:
            self._missing(node, f"{star}.{node.id}", catalog.advice(f"{star}.{node.id}"))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Visit a chain of names."""
        if not self._use(node, None):
            self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Visit a statement; take it out if it does something that only TensorFlow needs."""
        inner: ast.AST = node.value
        while isinstance(inner, (ast.Call, ast.Attribute)):
            inner = inner.func if isinstance(inner, ast.Call) else inner.value
            found = self.meaning(inner)
            if found is not None and isinstance(node.value, ast.Call):
                binding, path = found
                if isinstance(TENSORFLOW.get(path.removeprefix("tensorflow.")), Dropped):
                    self._count(binding, path)
                    self._take_out(node)
                    return
                break
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Visit an f-string; before Python 3.12 places in it may be wrong, then it stays."""
        inner = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
        if all(self._offsets.of(name) == name.id for name in inner):
            self.generic_visit(node)
            return
        for one in ast.walk(node):
            found = self.meaning(one) if isinstance(one, (ast.Name, ast.Attribute)) else None
            if found is not None and not found[0].here:
                found[0].unported += 1
                self._missing(node, found[1], "it stands in an f-string: change it by hand")

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Visit an index: `tf.shape(x)[0]` is `x.shape[0]`."""
        call = node.value
        if isinstance(call, ast.Call) and len(call.args) == 1 and not call.keywords:
            found = self.meaning(call.func)
            if found is not None and found[1] in ("tensorflow.shape", "keras.backend.shape"):
                inner = call.args[0]
                closed = isinstance(inner, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
                start, end = self._offsets.start(call), self._offsets.end(call)
                first, last = self._offsets.start(inner), self._offsets.end(inner)
                self.found.edits += [
                    Edit(start, first, "" if closed else "("),
                    Edit(last, end, ".shape" if closed else ").shape"),
                ]
                self._count(found[0], found[1])
                self.visit(inner)
                self.visit(node.slice)
                return
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Visit a call: its function, then its arguments."""
        if self._use(node.func, node):
            if self._is_replaced(node):
                return
        else:
            if isinstance(node.func, ast.Attribute):
                self._method(node, node.func)
            if isinstance(node.func, ast.Name):
                self._from_star(node.func)
            else:
                self.visit(node.func)
        for argument in [*node.args, *node.keywords]:
            self.visit(argument)

    def meaning(self, node: ast.AST) -> tuple[Binding, str] | None:
        """Return the import that a chain of names starts with, and its canonical name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or any(node.id in names for names in self._scopes):
            return None
        binding = self._bindings.find(node.id, self._cell, node)
        if binding is None:
            return None
        return binding, catalog.canonical(".".join([binding.path, *parts]))

    def _use(self, node: ast.AST, call: ast.Call | None) -> bool:
        found = self.meaning(node)
        if found is None:
            return False
        binding, path = found
        if binding.here and path.startswith("tensorflow"):
            return False
        if path == "tensorflow":
            self._unported(binding, node, path, "the module is used as a value, so it stays")
        elif path.startswith("tensorflow."):
            self._tensorflow(node, call, binding, path)
        elif not self._keras(node, call, binding, path):
            if path in _MERGES:
                self._missing(node, "keras.layers.merge", catalog.advice("keras.layers.merge"))
                binding.unported += 1
            else:
                new = catalog.resolve(path).path
                self._unported(binding, node, path, catalog.advice(new))
        return True

    def _keras(self, node: ast.AST, call: ast.Call | None, binding: Binding, path: str) -> bool:
        if call is not None and path in _MERGES:
            return self._merge(call, binding, path)
        found = catalog.resolve(path)
        if found.target is None and binding.here:
            return catalog.exists("kerasish" + path.removeprefix("keras"))
        if found.target is None:
            return False
        named: ast.AST = node
        for _ in found.rest.split(".") if found.rest else ():
            if not isinstance(named, ast.Attribute):
                return False  # the import itself asks for something within a class
            named = named.value
        if not binding.here:
            self._edit(named, self._text(binding, found.target))
        self._count(
            binding, found.path.removesuffix("." + found.rest) if found.rest else found.path
        )
        if call is not None and not found.rest:
            edits, unknown = calls.keras_call(
                call, path, found.path, found.target, self._offsets, here=binding.here
            )
            self.found.edits += edits
            for name, keyword in unknown:
                self._missing(keyword, f"{found.path}({name}=)", _argument_advice(name))
        return True

    def _text(self, binding: Binding, target: str) -> str:
        own = catalog.resolve(binding.path).target if binding.path != "keras" else "kerasish"
        if own is not None and f"{target}.".startswith(f"{own}.") and _is_keras(binding.path):
            binding.uses_name += 1
            return binding.renamed + target[len(own) :]
        binding.modules.add("kerasish")
        return target

    def _merge(self, call: ast.Call, binding: Binding, path: str) -> bool:
        mode = next((one for one in call.keywords if one.arg == "mode"), None)
        function = MERGE_FUNCTIONS.get(str(calls.constant(mode.value)) if mode else "sum")
        taken_out = calls.removal(call, mode, self._offsets) if mode else None
        if function is None or (mode is not None and taken_out is None) or binding.here:
            return False
        new = catalog.resolve(f"keras.layers.{function}")
        if new.target is None:
            return False
        binding.modules.add("kerasish")
        self._edit(call.func, new.target)
        self.found.edits += [taken_out] if taken_out else []
        edits, _ = calls.keras_call(call, new.path, new.path, new.target, self._offsets)
        self.found.edits += edits
        self._count(binding, new.path)
        return True

    def _tensorflow(
        self, node: ast.AST, call: ast.Call | None, binding: Binding, path: str
    ) -> None:
        new = TENSORFLOW.get(path.removeprefix("tensorflow."))
        if isinstance(new, Become) and self._become(node, call, binding, path, new):
            return
        if isinstance(new, Expression) and call is not None:
            given = [calls.constant(one) for one in call.args]
            given += [calls.constant(one.value) for one in call.keywords]
            if new.arguments is None or given == list(new.arguments):
                binding.modules.update(new.modules)
                self._edit(call, new.text)
                self._count(binding, path)
                return
        advice = _NO_SUCH_CALL if new is not None else catalog.advice(path)
        self._unported(binding, node, path, advice)
        if self._statement not in self.found.tainted:
            self.found.tainted.append(self._statement)

    def _become(
        self, node: ast.AST, call: ast.Call | None, binding: Binding, path: str, new: Become
    ) -> bool:
        if call is None and new.required:
            return False
        edits = calls.become(call, new, self._offsets) if call is not None else []
        target = new.target
        if target.startswith("keras."):
            resolved = catalog.resolve(target).target
            if resolved is None:
                return False
            target = resolved
        if edits is None:
            return False
        binding.modules.add(target.partition(".")[0])
        if any("torch." in edit.text for edit in edits):
            binding.modules.add("torch")
        self._edit(node, target)
        self.found.edits += edits
        self._count(binding, path)
        return True

    def _method(self, call: ast.Call, function: ast.Attribute) -> None:
        name = function.attr
        if name == "numpy" and not call.args and not call.keywords:
            self.found.to_numpy.append(call)
            return
        of_model = isinstance(function.value, ast.Name) and function.value.id in self._models
        if not of_model and name not in _ONLY_KERAS:
            return
        new = METHODS.get(name, name)
        if not catalog.has_method(new):
            advice = METHOD_ADVICE.get(name, METHOD_ADVICE.get(new, "write it with torch"))
            self._missing(function, f"Model.{name}()", advice)
            return
        self.found.ported[f"Model.{new}()"] += 1
        if new != name:
            end = self._offsets.end(function)
            self.found.edits.append(Edit(end - len(name), end, new))
        table = METHOD_ARGUMENTS.get(name, {})
        for keyword in call.keywords:
            renamed = table.get(keyword.arg or "")
            if renamed:
                self.found.edits.append(calls.rename(keyword, renamed, self._offsets))
            elif renamed == "" or not catalog.method_takes(new, keyword.arg):
                advice = METHOD_ARGUMENT_ADVICE.get(keyword.arg or "", "leave it out")
                self._missing(keyword, f"Model.{name}({keyword.arg}=)", advice)

    def _drop_decorator(self, node: ast.expr) -> bool:
        named = node.func if isinstance(node, ast.Call) else node
        found = self.meaning(named)
        if found is None or found[1] != "tensorflow.function":
            return False
        if self._offsets.before(node).strip() != "@" or self._offsets.after(node).strip():
            return False
        start = self._offsets.at(node.lineno, 0)
        self.found.edits.append(Edit(start, self._offsets.at((node.end_lineno or 0) + 1, 0), ""))
        self._count(*found)
        return True

    def _take_out(self, node: ast.stmt) -> None:
        line = node.end_lineno or 0
        alone = not self._offsets.before(node) and not self._offsets.after(node).strip()
        if alone and line < len(self._offsets.starts):
            start = self._offsets.start(node)
            self.found.edits.append(Edit(start, self._offsets.at(line + 1, 0), ""))
        else:
            self._edit(node, "pass")

    def _is_replaced(self, call: ast.Call) -> bool:
        start, end = self._offsets.start(call), self._offsets.end(call)
        return any((edit.start, edit.end) == (start, end) for edit in self.found.edits)

    def _edit(self, node: ast.AST, text: str) -> None:
        start, end = self._offsets.start(node), self._offsets.end(node)
        if self._offsets.text(start, end) != text:
            self.found.edits.append(Edit(start, end, text))

    def _count(self, binding: Binding, path: str) -> None:
        binding.ported += 1
        self.found.ported[path] += 1

    def _unported(self, binding: Binding, node: ast.AST, path: str, advice: str) -> None:
        binding.unported += 1
        if path.startswith("keras."):
            path = catalog.resolve(path).path
            if not binding.is_root and catalog.resolve(binding.path).target is None:
                return  # reported where it is imported
        if binding.path == path and not binding.is_root:
            return
        self._missing(node, path, advice)

    def _missing(self, node: ast.AST, name: str, advice: str) -> None:
        self.found.missing.append((self._statement, node, name, advice))


def _is_keras(path: str) -> bool:
    return path.partition(".")[0] == "keras"


def _argument_advice(name: str) -> str:
    if name in ARGUMENT_ADVICE:
        return ARGUMENT_ADVICE[name]
    return f"leave `{name}` out, or see the documentation of the class for what takes its place"
