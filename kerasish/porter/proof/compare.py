"""The cells of both sides compared."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kerasish.porter.proof.cells import Pair
from kerasish.porter.proof.clocks import times_in
from kerasish.porter.proof.results import CellProof, Curve, Item, State, Verdict
from kerasish.porter.proof.sides import CellRun, SideRun
from kerasish.porter.proof.texts import compare_texts, plain, printed
from kerasish.porter.proof.values import Comparer, Node, describe
from weight_port.verify.difference import Tolerance

# A list of numbers of such a length is drawn.
_SHORTEST, _LONGEST = 2, 5000
_NO_DATA = ("other", "code", "cut")


def compare_sides(
    pairs: list[Pair], original: SideRun, port: SideRun, tolerance: Tolerance
) -> tuple[CellProof, ...]:
    """Compare what the cells did.

    Args:
        pairs: The code of both sides.
        original: What the original did.
        port: What the port did.
        tolerance: How far numbers may be apart.
    """
    proofs = []
    times = times_in(pair.original for pair in pairs)
    # A cell may change a variable that the other side's leaves as it was.
    theirs: dict[str, Node] = {}
    ours: dict[str, Node] = {}
    with contextlib.ExitStack() as stack:
        arrays = [_Arrays(side.folder, stack) for side in (original, port)]
        comparer = Comparer(tolerance, *arrays)
        cells = zip(pairs, original.cells, port.cells, strict=True)
        for number, (pair, a, b) in enumerate(cells, start=1):
            for known, run in ((theirs, a), (ours, b)):
                for name in run.gone:
                    known.pop(name, None)
                known.update(run.variables)
            items: list[Item] = []
            if a.ran and b.ran:
                items += _shown(comparer, a, b, tolerance)
                changed = dict.fromkeys([*a.variables, *b.variables])
                # What a cell that failed did not come to says nothing.
                items += (
                    _variable(comparer, name, theirs, ours, name in times)
                    for name in changed
                    if not (a.error or b.error) or (name in theirs and name in ours)
                )
            proofs.append(
                CellProof(
                    number=number,
                    original=pair.original,
                    port=pair.port,
                    original_run=a,
                    port_run=b,
                    items=tuple(items),
                    curves=tuple(_curves(a, b, *arrays)),
                    verdict=_verdict(a, b, items, pair.may_fail),
                    notes=tuple(dict.fromkeys([*a.notes, *b.notes])),
                    line=pair.line,
                )
            )
    return tuple(proofs)


class _Arrays(Mapping[str, np.ndarray]):
    """The arrays of a side. Keys begin with the number of the cell; files are read when asked."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._files: dict[str, Mapping[str, np.ndarray]] = {}

    def __getitem__(self, key: str) -> np.ndarray:
        number = key.partition("_")[0]
        if number not in self._files:
            file = np.load(self._folder / f"{number}.npz", allow_pickle=False)
            self._files[number] = self._stack.enter_context(file)
        return self._files[number][key]

    def __iter__(self) -> Iterator[str]:
        return iter([])

    def __len__(self) -> int:
        return 0


def _shown(comparer: Comparer, a: CellRun, b: CellRun, tolerance: Tolerance) -> Iterator[Item]:
    """Compare the displayed value, the printed text and the trainings."""
    failed = a.error or b.error
    if (a.shown and b.shown) or ((a.shown or b.shown) and not failed):
        yield _displayed(comparer, a, b, tolerance)
    texts = printed(a.outputs), printed(b.outputs)
    if all(texts) or (any(texts) and not failed):
        yield _text("printed text", *texts, tolerance)
    counts = [len(run.trainings) for run in (a, b)]
    if all(counts) or (any(counts) and not failed):
        name = "training" if counts[0] == 1 else f"{counts[0]} trainings"
        nodes = [{"kind": "list", "length": len(r.trainings), "items": r.trainings} for r in (a, b)]
        if counts == [1, 1]:
            nodes = [a.trainings[0], b.trainings[0]]
        yield comparer.item(name, nodes[0], nodes[1])


def _displayed(comparer: Comparer, a: CellRun, b: CellRun, tolerance: Tolerance) -> Item:
    name = "displayed value"
    if a.shown is None or b.shown is None:
        kind = describe(a.shown or b.shown or {"kind": "none"})
        return _alone(name, kind, a.shown is not None, b.shown is not None)
    if a.shown["kind"] in _NO_DATA and b.shown["kind"] in _NO_DATA:
        # What is no data is compared as it is written.
        return _text(name, _result(a.outputs), _result(b.outputs), tolerance)
    return comparer.item(name, a.shown, b.shown)


def _result(outputs: Iterable[Any]) -> str:
    return "".join(
        plain(one["data"].get("text/plain", ""))
        for one in outputs
        if one["output_type"] == "execute_result"
    )


def _text(name: str, original: str, port: str, tolerance: Tolerance) -> Item:
    done = compare_texts(original, port, tolerance)
    return Item(
        name=name,
        kind="text",
        state=State.AGREE if done.agree else State.DIFFER,
        absolute=done.absolute or None,
        original=done.original,
        port=done.port,
    )


def _variable(
    comparer: Comparer,
    name: str,
    theirs: Mapping[str, Node],
    ours: Mapping[str, Node],
    is_time: bool,
) -> Item:
    if name in theirs and name in ours:
        item = comparer.item(name, theirs[name], ours[name])
        if is_time and item.state is State.DIFFER:
            return Item(name, item.kind, State.NOT_COMPARED, note="a time")
        return item
    return _alone(name, describe(theirs.get(name) or ours[name]), name in theirs, name in ours)


def _alone(name: str, kind: str, original: bool, port: bool) -> Item:
    """Return the item of what one side alone has."""
    words = [kind if has else "none" for has in (original, port)]
    return Item(name, kind, State.DIFFER, original=words[0], port=words[1], note="one side alone")


def _verdict(a: CellRun, b: CellRun, items: list[Item], may_fail: bool) -> Verdict:
    if not a.ran or not b.ran:
        return Verdict.AGREE if a.ended and b.ended and a.ran == b.ran else Verdict.NOT_RUN
    if a.error and b.error:
        # A cell may say that it is meant to fail.
        same = a.error[0] == b.error[0]
        if not (may_fail and same):
            return Verdict.BOTH_FAIL
    elif a.error or b.error:
        return Verdict.ONLY_PORT if a.error else Verdict.ONLY_ORIGINAL
    differ = any(one.state is State.DIFFER for one in items)
    return Verdict.DIFFER if differ else Verdict.AGREE


def _curves(
    a: CellRun, b: CellRun, theirs: Mapping[str, np.ndarray], ours: Mapping[str, np.ndarray]
) -> Iterator[Curve]:
    """Give the curves of the trainings, and the lists of numbers that a cell made."""
    pairs = []
    for number, nodes in enumerate(zip(a.trainings, b.trainings), start=1):  # noqa: B905
        several = len(a.trainings) > 1
        items = [dict(one.get("items", ())) for one in nodes]
        for name in items[0]:
            if name in items[1]:
                title = f"training {number}: {name}" if several else name
                pairs.append((title, items[0][name], items[1][name]))
    for name, node in a.variables.items():
        if name in b.variables and node.get("of") == "list":
            pairs.append((name, node, b.variables[name]))
    for name, first, second in pairs:
        if first["kind"] != "array" or second["kind"] != "array":
            continue
        x, y = theirs[first["key"]], ours[second["key"]]
        drawn = all(
            one.dtype.kind == "f" and one.ndim == 1 and _SHORTEST <= len(one) <= _LONGEST
            for one in (x, y)
        )
        if drawn:
            yield Curve(name, tuple(map(float, x)), tuple(map(float, y)))
