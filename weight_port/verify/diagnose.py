"""Finds which known mistake explains a difference of weights exactly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from weight_port.layouts import Layout
from weight_port.layouts.entry import GATE_AXIS
from weight_port.records.record import LayerRecord
from weight_port.verify.addends import Addends
from weight_port.verify.axes import NamedAxes, named_axes
from weight_port.verify.diagnosis import Diagnosis
from weight_port.verify.difference import Tolerance, difference
from weight_port.verify.hypotheses import (
    GATE_ORDER,
    WEIGHT_HYPOTHESES,
    Hypothesis,
    Subject,
    explains,
)
from weight_port.verify.hypotheses.gates import regated_by_table

Arrays = Mapping[str, np.ndarray]
# The hypothesis, its sentence with the sides filled in, and its remedy.
_Found = tuple[str, str, str]


def diagnose_layer(
    a: Arrays,
    b: Arrays,
    layout: Layout | None = None,
    *,
    names: Iterable[str] | None = None,
    tolerance: Tolerance | None = None,
    path: str = "",
    addends: tuple[Addends, Addends] = ({}, {}),
) -> tuple[Diagnosis, ...]:
    """Find what explains the differences of a layer's weights.

    Each weight is held against the table of hypotheses, first as a wrong port of `a` to `b`, then
    the other way round. A hypothesis counts only if it gives the weight as exactly as float32
    computes; where none does, there is no diagnosis.

    Args:
        a: The weights by Keras name, in Keras's layout.
        b: The weights of the layer in question.
        layout: The layout of the layer; without it, gates are not known.
        names: The weights that differ; by default those that are not close.
        tolerance: What counts as close.
        path: The path of the layer, for the report.
        addends: For weights of `a` and of `b` that are sums of torch arrays, those arrays.

    Returns:
        The causes. One that explains several weights is there once.
    """
    tolerance = tolerance or Tolerance()
    if names is None:
        names = [n for n in a if n in b and not _close(a[n], b[n], tolerance)]
    causes: dict[_Found, list[str]] = {}
    for name in names:
        if name not in a or name not in b or not _numbers(a[name], b[name]):
            continue
        found = next(_explanations(name, a, b, layout, addends), None)
        if found is not None:
            causes.setdefault(found, []).append(name)
    return tuple(
        Diagnosis(
            hypothesis, path, tuple(weights), _fill(sentence, weights=_listed(weights)), remedy
        )
        for (hypothesis, sentence, remedy), weights in causes.items()
    )


def diagnose_swapped_layers(
    differing: Sequence[tuple[LayerRecord, LayerRecord]],
    layers_of_a: Sequence[LayerRecord],
    tolerance: Tolerance,
) -> Iterator[tuple[LayerRecord, tuple[Diagnosis, ...]]]:
    """Find layers of `b` that hold the weights of another layer of `a`.

    Args:
        differing: The pairs of layers that differ.
        layers_of_a: All layers of `a`.
        tolerance: What counts as close.

    Yields:
        The layers of `a` in whose place another's weights are, with the diagnosis.
    """
    for right, wrong in differing:
        for other in layers_of_a:
            if other is right or other.shapes != wrong.shapes:
                continue
            if _constant(other) or not _alike(other, wrong, tolerance):
                continue
            directions = _mirrored(right.path) == other.path
            yield (
                right,
                (
                    Diagnosis(
                        "directions_swapped" if directions else "layers_swapped",
                        right.path,
                        tuple(wrong.weights),
                        f"In b, {wrong.path} holds the weights that {other.path} has in a"
                        + (": the directions are exchanged." if directions else "."),
                        "torch marks the backward direction by _reverse; Keras's comes second."
                        if directions
                        else "Match the layers by name, or give the mapping of their names.",
                    ),
                ),
            )
            break


def _explanations(
    name: str,
    a: Arrays,
    b: Arrays,
    layout: Layout | None,
    addends: tuple[Addends, Addends],
) -> Iterator[_Found]:
    """Give the explanations of one weight, the likeliest first."""
    sides = (
        (a, b, addends[0], {"right": "a", "wrong": "b"}),
        (b, a, addends[1], {"right": "b", "wrong": "a"}),
    )
    subjects = []
    for right, wrong, parts, words in sides:
        axes = named_axes(layout, name, {n: array.shape for n, array in right.items()})
        subject = Subject(name, right[name], wrong[name], right, layout, axes, parts.get(name, ()))
        subjects.append((subject, words))
    for subject, words in subjects:
        for hypothesis in WEIGHT_HYPOTHESES:
            for detail, candidate in hypothesis.candidates(subject):
                if explains(candidate, subject, exact=hypothesis.exact):
                    sentence = _fill(hypothesis.sentence, detail=detail, **words)
                    yield hypothesis.name, sentence, hypothesis.remedy
    for subject, words in subjects:
        yield from _with_gate_order(subject, words)


def _with_gate_order(subject: Subject, words: Mapping[str, str]) -> Iterator[_Found]:
    """Give the rearrangements that explain a weight together with a wrong gate order."""
    if subject.axes is None or not subject.axes.gates:
        return
    for hypothesis in WEIGHT_HYPOTHESES:
        if not hypothesis.rearranges:
            continue
        for detail, order in _orders_before(hypothesis, subject):
            yield _joined(hypothesis, detail, order, words)
        for detail, order in _orders_after(hypothesis, subject):
            yield _joined(hypothesis, detail, order, words)


def _orders_before(hypothesis: Hypothesis, subject: Subject) -> Iterator[tuple[str, str]]:
    """Give the orders of the gate table with which a rearrangement explains a weight."""
    for order, regated in regated_by_table(subject):
        moved = replace(subject, right=regated)
        for detail, candidate in hypothesis.candidates(moved):
            if explains(candidate, subject):
                yield detail, order


def _orders_after(hypothesis: Hypothesis, subject: Subject) -> Iterator[tuple[str, str]]:
    """Give the orders of the blocks that a rearrangement has left, whatever they are."""
    for detail, candidate in hypothesis.candidates(subject):
        if candidate.shape != subject.wrong.shape:
            continue
        axes = _axes_of(subject, candidate)
        if axes is None:
            continue
        for order, reordered in GATE_ORDER.candidates(replace(subject, right=candidate, axes=axes)):
            if explains(reordered, subject):
                yield detail, order


def _axes_of(subject: Subject, candidate: np.ndarray) -> NamedAxes | None:
    """Return the axes of a weight that was rearranged; None if they are no longer known."""
    if subject.axes is None:
        return None
    gates = subject.axes.gates
    if candidate.ndim == 1 and gates and candidate.size % len(gates) == 0:
        units = candidate.size // len(gates)
        return NamedAxes((((GATE_AXIS, len(gates)), ("unit", units)),), gates)
    return subject.axes if candidate.shape == subject.right.shape else None


def _joined(hypothesis: Hypothesis, detail: str, order: str, words: Mapping[str, str]) -> _Found:
    first = _fill(hypothesis.sentence, detail=detail, **words)
    second = _fill(GATE_ORDER.sentence, detail=order, **words)
    return (
        f"{hypothesis.name}+{GATE_ORDER.name}",
        f"{first} {second}",
        f"{hypothesis.remedy} {GATE_ORDER.remedy}",
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _fill(sentence: str, **words: str) -> str:
    """Fill in the places of a sentence that are known, and leave the others.

    Not `str.format`: names of weights come from files and may hold braces.
    """
    return re.sub(r"\{(\w+)\}", lambda m: words.get(m[1], m[0]), sentence)


def _close(a: np.ndarray, b: np.ndarray, tolerance: Tolerance) -> bool:
    return a.shape == b.shape and difference(a, b, tolerance).close


def _numbers(*arrays: np.ndarray) -> bool:
    return all(
        array.dtype.kind in "fciub" or array.dtype.name.startswith(("bfloat", "float8"))
        for array in arrays
    )


def _alike(a: LayerRecord, b: LayerRecord, tolerance: Tolerance) -> bool:
    return all(_close(a.weights.read(n), b.weights.read(n), tolerance) for n in b.weights)


def _constant(record: LayerRecord) -> bool:
    """Tell whether a layer's weights are all constant, as those of many layers may be."""
    return all(np.unique(record.weights.read(name)).size <= 1 for name in record.weights)


def _mirrored(path: str) -> str:
    """Return the path with forward and backward exchanged."""
    other = {"forward": "backward", "backward": "forward"}
    return re.sub("forward|backward", lambda m: other[m[0]], path)
