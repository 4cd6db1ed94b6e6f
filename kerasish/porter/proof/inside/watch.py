"""What a notebook did: its variables after each cell, its trainings, its initial weights.

This file is loaded by its path into the kernels of both sides.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import json
import sys
import weakref
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

# Initial weights that are farther apart than this part of their size were drawn otherwise; what
# was loaded, or trained before it was seen, is nearer and stays.
_OTHER_DRAWS = 0.1
_HOOK = "_kerasish_proof_seen"


class Watch:
    """Watches one side.

    Args:
        shell: The kernel's shell.
        folder: Where to write what is seen.
        starts: Where the initial weights of the original lie.
        copy: Whether this side takes initial weights over, or writes them.
        encoding: The module `encode`.
        effects: What runs models with other weights; None on the original's side.
    """

    def __init__(
        self,
        shell: Any,
        folder: str,
        starts: str,
        copy: bool,
        encoding: Any,
        effects: Any = None,
    ) -> None:
        self._effects = effects
        self._shell = shell
        self._folder = Path(folder)
        self._starts = Path(starts)
        self._copy = copy
        self._encoding = encoding
        self._digests: dict[str, str] = {}
        self._seen: weakref.WeakSet = weakref.WeakSet()
        self._named: dict[str, int] = {}
        self._patched: set[str] = set()
        self._trainings: list[Any] = []
        self._fits = 0
        self._notes: list[str] = []
        setattr(builtins, _HOOK, self.look)  # where `%reset` leaves it
        shell.ast_transformers.append(_Between())
        self._own = set(shell.user_ns)

    def look(self) -> None:
        """Look for new models, between the statements of a cell."""
        self._follow_trainings()
        for name, value in list(self._shell.user_ns.items()):
            if name in self._own or name.startswith("_"):
                continue
            for place, layer in _layers_in(name, value, self._encoding.has_weights):
                self._meet(place, layer)

    def snapshot(self, number: int) -> None:
        """Write what a cell made or changed.

        Args:
            number: The number of the cell.
        """
        self.look()
        variables: dict[str, Any] = {}
        arrays: dict[str, np.ndarray] = {}
        for name, value in list(self._shell.user_ns.items()):
            if name in self._own or name.startswith("_"):
                continue
            encoder = self._encoding.Encoder(f"{number}_v{len(variables)}")
            node = encoder.encode(value)
            mark = self._encoding.digest(node)
            if node["kind"] != "code" and self._digests.get(name) != mark:
                if node["kind"] == "model" and self._effects is not None:
                    pair = self._effects.of(number, name, value)
                    node["effect"] = pair and [encoder.encode(one) for one in pair]
                variables[name] = node
                arrays.update(encoder.arrays)
            self._digests[name] = mark
        gone = [name for name in self._digests if name not in self._shell.user_ns]
        for name in gone:
            del self._digests[name]
        found: dict[str, Any] = {"variables": variables, "gone": gone, "notes": self._notes}
        outputs = self._shell.user_ns.get("Out", {})
        count = self._shell.execution_count - 1
        encoder = self._encoding.Encoder(f"{number}_out")
        found["shown"] = encoder.encode(outputs[count]) if count in outputs else None
        arrays.update(encoder.arrays)
        encoder = self._encoding.Encoder(f"{number}_fit")
        found["trainings"] = [encoder.encode(dict(one.history)) for one in self._trainings]
        arrays.update(encoder.arrays)
        self._trainings, self._notes = [], []
        _save(self._folder / f"{number}.npz", arrays)
        (self._folder / f"{number}.json").write_text(json.dumps(found), encoding="utf-8")

    def _follow_trainings(self) -> None:
        """Let every `History` say when a training begins, and whose."""
        for root in ("keras", "tf_keras", "kerasish"):
            history = getattr(getattr(sys.modules.get(root), "callbacks", None), "History", None)
            if root in self._patched or not isinstance(history, type):
                continue
            if history.__module__.partition(".")[0] != root:
                continue
            self._patched.add(root)
            history.on_train_begin = _before(history.on_train_begin, self._begin)  # type: ignore[attr-defined]

    def _begin(self, history: Any) -> None:
        self._fits += 1
        self._trainings.append(history)
        if self._encoding.has_weights(history.model):
            self._meet(f"training {self._fits}", history.model)

    def _meet(self, place: str, layer: Any) -> None:
        try:
            self._compare_start(place, layer)
        except Exception as error:
            # The layers are the user's; the cell that runs is not to fail for them.
            said = f"{type(error).__name__}: {error}"[:200]
            self._notes.append(f"The initial weights of {place} can't be read: {said}")
            self._seen.add(layer)

    def _compare_start(self, place: str, layer: Any) -> None:
        if layer in self._seen:
            return
        new = [one for one in _units(layer) if one not in self._seen]
        weights = [one.get_weights() for one in new]
        if not any(weights):
            return  # not built yet
        self._named[place] = self._named.get(place, 0) + 1
        for one in [layer, *new]:
            self._seen.add(one)
            self._seen.update(_inner(one))
        if getattr(getattr(layer, "optimizer", None), "iterations", None) is not None and (
            int(np.asarray(_value(layer.optimizer.iterations))) > 0
        ):
            return  # it has been trained or loaded
        key = hashlib.blake2b(f"{place} {self._named[place]}".encode(), digest_size=16).hexdigest()
        path = self._starts / f"{key}.npz"
        if not self._copy:
            named = {f"{i}_{j}": w for i, one in enumerate(weights) for j, w in enumerate(one)}
            _save(path, {name: np.asarray(one) for name, one in named.items()})
        elif path.exists():
            self._take_over(place, path, new, weights)

    def _take_over(self, place: str, path: Path, layers: list[Any], weights: list[Any]) -> None:
        with np.load(path, allow_pickle=False) as file:
            theirs = {name: file[name] for name in file.files}
        ours = {f"{i}_{j}": w.shape for i, one in enumerate(weights) for j, w in enumerate(one)}
        if ours != {name: one.shape for name, one in theirs.items()}:
            self._notes.append(f"The initial weights of {place} have other shapes; none was copied")
            return
        largest, copied = 0.0, 0
        for i, (layer, own) in enumerate(zip(layers, weights)):  # noqa: B905
            wanted = [theirs[f"{i}_{j}"] for j in range(len(own))]
            gaps = [_gap(a, b) for a, b in zip(own, wanted)]  # noqa: B905
            if any(apart > _OTHER_DRAWS for _, apart in gaps):
                layer.set_weights(wanted)
                copied += 1
                largest = max(largest, *(gap for gap, _ in gaps))
        if copied:
            self._notes.append(
                f"The initial weights of {place} were drawn otherwise (up to {largest:.3g} apart): "
                f"those of {copied} {'layer' if copied == 1 else 'layers'} were copied from the "
                "original"
            )


class _Between(ast.NodeTransformer):
    """Puts a look between the statements of a cell."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Change a cell; its last statement stays the last, so that its value is shown."""
        quiet = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
        body: list[ast.stmt] = []
        for number, statement in enumerate(node.body, start=1):
            body.append(statement)
            constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if number < len(node.body) and not isinstance(statement, quiet) and not constant:
                call = ast.Expr(ast.Call(ast.Name(_HOOK, ast.Load()), [], []))
                for part in ast.walk(call):
                    ast.copy_location(part, statement)
                body.append(call)
        node.body = body
        return node


def _before(method: Any, also: Any) -> Any:
    def on_train_begin(self: Any, logs: Any = None) -> Any:
        also(self)
        return method(self, logs)

    return on_train_begin


def _layers_in(name: str, value: Any, has_weights: Any) -> list[tuple[str, Any]]:
    if has_weights(value):
        return [(name, value)]
    if isinstance(value, dict):
        inner = [(f"{name}[{key!r}]", one) for key, one in list(value.items())[:200]]
    elif isinstance(value, (list, tuple)):
        inner = [(f"{name}[{i}]", one) for i, one in enumerate(value[:200])]
    else:
        return []
    return [(place, one) for place, one in inner if has_weights(one)]


def _units(layer: Any) -> list[Any]:
    """Return the layers of a model, and those of the models in it."""
    if not hasattr(layer, "fit"):
        return [layer]
    layers = list(getattr(layer, "layers", ()))
    return [unit for one in layers for unit in _units(one)] if layers else [layer]


def _inner(layer: Any) -> list[Any]:
    if hasattr(layer, "modules"):
        return list(layer.modules())
    return list(layer._flatten_layers()) if hasattr(layer, "_flatten_layers") else []


def _value(variable: Any) -> Any:
    return variable.numpy() if hasattr(variable, "numpy") else variable


def _save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, array in arrays.items():
            with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _gap(a: Any, b: Any) -> tuple[float, float]:
    """Return the largest difference, and how far two arrays are apart for their size."""
    if not np.size(b) or np.asarray(b).dtype.kind not in "biuf":
        return 0.0, 0.0
    gap = np.asarray(a, "float64") - np.asarray(b, "float64")
    size = max(float(np.linalg.norm(np.asarray(b, "float64"))), 1e-12)
    return float(np.abs(gap).max()), float(np.linalg.norm(gap)) / size
