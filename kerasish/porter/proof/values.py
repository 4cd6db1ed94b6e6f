"""Values of both sides compared: the nodes that `inside.encode` makes, and their arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kerasish.porter.proof.results import Item, State
from kerasish.porter.proof.texts import compare_texts
from weight_port.verify.difference import Tolerance, difference

Node = dict[str, Any]
Arrays = Mapping[str, np.ndarray]
_EXACT = Tolerance(0.0, 0.0)
_KINDS = {"text": "text", "none": "None", "number": "number", "dict": "dictionary", "list": "list"}
_SHOWN = 90
# A place in a weight of one dimension.
_VECTOR = re.compile(r"weight \d+ .*\[\d+\]\Z", re.DOTALL)


@dataclass
class _Found:
    """What has been found in a value so far."""

    absolute: float | None = None
    relative: float = 0.0
    factor: float = -1.0
    where: str = ""
    values: tuple[str, str] = ("", "")
    size: int = 0
    compared: int = 0
    differing: list[tuple[str, str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def differ(self, where: str, original: str, port: str, why: str = "") -> None:
        self.compared += 1
        self.differing.append((where, original[:_SHOWN], port[:_SHOWN], why))

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


class Comparer:
    """Compares nodes.

    Args:
        tolerance: How far numbers may be apart; integers have to be equal.
        original: The arrays of the original's nodes.
        port: Those of the port's.
    """

    def __init__(self, tolerance: Tolerance, original: Arrays, port: Arrays) -> None:
        self._tolerance = tolerance
        self._arrays = (original, port)

    def item(self, name: str, original: Node, port: Node) -> Item:
        """Compare a value.

        Args:
            name: What it is called in the report.
            original: The node of the original.
            port: The node of the port.
        """
        found = _Found()
        self._compare("", original, port, found)
        state = State.AGREE if found.compared else State.NOT_COMPARED
        where, values = found.where, found.values
        if found.differing and self._no_effect(port, found):
            where, first, second, _ = found.differing[0]
            values = (first, second)
        elif found.differing:
            state = State.DIFFER
            where, first, second, why = found.differing[0]
            values = (first, second)
            if why:
                found.notes.insert(0, why)
            more = len(found.differing) - 1
            if more:
                found.note(f"and {more} more {'place' if more == 1 else 'places'}")
        elif not found.absolute:
            where, values = "", ("", "")
        return Item(
            name=name,
            kind=describe(original),
            state=state,
            absolute=found.absolute,
            relative=None if found.absolute is None else found.relative,
            factor=max(found.factor, 0.0),
            where=where,
            original=values[0],
            port=values[1],
            note="; ".join(found.notes),
            size=found.size,
        )

    def _no_effect(self, port: Node, found: _Found) -> bool:
        """Whether a model gives the same with its weights as with the original's.

        That is so for biases that a normalization takes out again. Kernels and tables have to
        agree: the inputs do not reach all of them.
        """
        effect = port.get("effect")
        if not effect or not all(_VECTOR.match(where) for where, *_ in found.differing):
            return False
        outputs = _Found()
        within = Comparer(self._tolerance, self._arrays[1], self._arrays[1])
        within._compare("", effect[1], effect[0], outputs)
        if outputs.differing or not outputs.compared:
            return False
        found.factor = outputs.factor
        found.notes.insert(
            0,
            "weights that have no effect differ: with the original's weights the outputs for "
            f"random inputs are at most {outputs.absolute or 0.0:.2g} apart",
        )
        return True

    def _compare(self, where: str, a: Node, b: Node, found: _Found) -> None:
        kinds = a["kind"], b["kind"]
        if "cut" in kinds:
            found.note("large: compared in part")
        elif "other" in kinds or "code" in kinds:
            classes = list(dict.fromkeys((describe(a), describe(b))))
            found.note(f"{' and '.join(classes)} {'is' if len(classes) == 1 else 'are'} no data")
        elif set(kinds) <= {"array", "number"}:
            self._numbers(where, a, b, found)
        elif set(kinds) == {"array", "list"}:
            self._mixed(where, a, b, found)
        elif kinds[0] != kinds[1]:
            found.differ(where, describe(a), describe(b), "another kind of value")
        elif kinds[0] == "history":
            self._compare(where, a["of"], b["of"], found)
        elif kinds[0] == "text":
            self._texts(where, a, b, found)
        elif kinds[0] == "symbol":
            found.compared += 1
            if a["shape"] != b["shape"]:
                found.differ(where, _shape(a), _shape(b), "another shape")
        elif kinds[0] == "list":
            self._lists(where, a, b, found)
        elif "items" in a:
            self._named(where, a, b, found)
        else:
            found.compared += 1

    def _lists(self, where: str, a: Node, b: Node, found: _Found) -> None:
        found.compared += 1
        if a.get("shape") != b.get("shape") or a["length"] != b["length"]:
            found.differ(where, f"{a['length']} parts", f"{b['length']} parts", "another length")
            return
        for i, (x, y) in enumerate(zip(a["items"], b["items"], strict=True)):
            self._compare(f"{where}[{i}]", x, y, found)

    def _named(self, where: str, a: Node, b: Node, found: _Found) -> None:
        """Compare dictionaries, tables, and layers with their weights."""
        found.compared += 1
        if a["kind"] in ("model", "layer"):
            if a["class"] != b["class"]:
                found.note(f"{a['class']} is {b['class']} in the port")
            if len(a["items"]) != len(b["items"]):
                counts = [f"{len(one['items'])} weights" for one in (a, b)]
                found.differ(where, counts[0], counts[1], "another number of weights")
                return
            for (name, x), (_, y) in zip(a["items"], b["items"], strict=True):
                self._compare(f"{where} {name}".strip(), x, y, found)
            return
        ours, theirs = dict(b["items"]), dict(a["items"])
        if set(ours) != set(theirs):
            alone = [name for name in theirs if name not in ours]
            extra = [name for name in ours if name not in theirs]
            found.differ(where, _names(alone), _names(extra), "keys that one side alone has")
        for name, node in theirs.items():
            if name in ours:
                self._compare(f"{where}[{name!r}]", node, ours[name], found)

    def _texts(self, where: str, a: Node, b: Node, found: _Found) -> None:
        done = compare_texts(a["value"], b["value"], self._tolerance)
        found.compared += 1
        if not done.agree:
            found.differ(where, done.original, done.port)
        elif done.absolute:
            self._keep(found, done.absolute, 0.0, 0.0, where, ("", ""))

    def _mixed(self, where: str, a: Node, b: Node, found: _Found) -> None:
        """Compare a list of numbers of one kind with one of several."""
        listed = a if a["kind"] == "list" else b
        if not all(one["kind"] == "number" for one in listed["items"]):
            found.differ(where, describe(a), describe(b), "another kind of value")
            return
        arrays = [
            np.array([_number(one) for one in node["items"]])
            if node is listed
            else self._array(node, side)
            for side, node in enumerate((a, b))
        ]
        self._numeric(where, arrays[0], arrays[1], 1, found)

    def _numbers(self, where: str, a: Node, b: Node, found: _Found) -> None:
        x, y = self._array(a, 0), self._array(b, 1)
        shapes = _shape_of(a), _shape_of(b)
        if shapes[0] != shapes[1]:
            found.differ(where, _shape(a), _shape(b), "another shape")
            return
        types = [str(one.get("dtype", one.get("type", ""))) for one in (a, b)]
        if types[0] != types[1]:
            found.note(f"{types[0]} is {types[1]} in the port")
        if "U" in (x.dtype.kind, y.dtype.kind):
            found.compared += 1
            if x.dtype.kind != y.dtype.kind:
                found.differ(where, types[0], types[1], "another kind of value")
            elif not np.array_equal(x, y):
                at = int(np.argmax(x.reshape(-1) != y.reshape(-1)))
                values = str(x.reshape(-1)[at]), str(y.reshape(-1)[at])
                found.differ(f"{where}[{at}]", values[0], values[1])
            return
        if "every" in a and a["every"] > 1:
            found.note(f"large: every {a['every']}th value was compared")
            x, y = x.reshape(-1), y.reshape(-1)
        self._numeric(where, x, y, a.get("every", 1), found)

    def _numeric(self, where: str, x: np.ndarray, y: np.ndarray, step: int, found: _Found) -> None:
        found.compared += 1
        if x.shape != y.shape:
            found.differ(where, str(x.shape), str(y.shape), "another shape")
            return
        exact = x.dtype.kind in "biu" and y.dtype.kind in "biu"
        done = difference(y, x, _EXACT if exact else _scaled(self._tolerance, x))
        found.size += done.size
        worst = done.factor if not done.close else done.absolute
        index = tuple(i * step for i in worst.index) if worst.index is not None else ()
        place = f"{where}[{', '.join(map(str, index))}]" if index else where
        values = (f"{worst.b:.9g}", f"{worst.a:.9g}")
        self._keep(
            found, done.absolute.value, done.relative.value, done.factor.value, place, values
        )
        if not done.close:
            many = f"{done.outside} of {done.size} values differ" if done.size > 1 else ""
            found.differ(place, values[0], values[1], many)
            found.compared -= 1

    def _keep(
        self,
        found: _Found,
        absolute: float,
        relative: float,
        factor: float,
        where: str,
        values: tuple[str, str],
    ) -> None:
        found.absolute = max(found.absolute or 0.0, absolute)
        found.relative = max(found.relative, relative)
        if factor > found.factor:
            found.factor, found.where, found.values = factor, where, values

    def _array(self, node: Node, side: int) -> np.ndarray:
        if node["kind"] == "number":
            return np.asarray(_number(node))
        return self._arrays[side][node["key"]]


def _scaled(tolerance: Tolerance, array: np.ndarray) -> Tolerance:
    """Return the tolerance for an array: what is small beside the others may be as far apart.

    Sums of large and small numbers are rounded like the large ones.
    """
    if array.size < 2 or array.dtype.kind not in "fc":
        return tolerance
    size = np.abs(array[np.isfinite(array)]).astype("float64")
    scale = float(np.sqrt(np.mean(np.square(size)))) if size.size else 0.0
    return Tolerance(tolerance.rtol, tolerance.atol + tolerance.rtol * scale)


def describe(node: Node) -> str:
    """Return what a value is, for people.

    Args:
        node: The value.
    """
    kind = node["kind"]
    if kind == "array":
        if node["of"] == "number":
            return str(node["dtype"])
        return f"{node['of']} {_shape(node)} {node['dtype']}"
    if kind == "table":
        return f"table {node['rows']} x {len(node['items'])}"
    if kind in ("model", "layer"):
        return f"{node['class']}, weights"
    if kind == "history":
        return "History"
    if kind == "symbol":
        return f"symbol {_shape(node)}"
    if kind == "other":
        return str(node["class"])
    if kind == "number":
        return str(node["type"])
    return _KINDS.get(kind, str(kind))


def _number(node: Node) -> Any:
    kind, text = node["type"], node["value"]
    if kind == "bool":
        return text == "True"
    return int(text) if kind == "int" else complex(text) if kind == "complex" else float(text)


def _shape_of(node: Node) -> list[int]:
    return list(node.get("shape", ()))


def _shape(node: Node) -> str:
    return str(tuple(_shape_of(node)))


def _names(names: list[str]) -> str:
    return ", ".join(names) or "none"
