"""Compares the weights of two lists of layers, one weight at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from weight_port.errors import WeightPortError
from weight_port.layouts import Layout
from weight_port.porting.fitting import Fit
from weight_port.porting.matching import match
from weight_port.records.record import LayerRecord
from weight_port.verify.addends import addends_of
from weight_port.verify.axes import NamedAxes, Shape, named_axes
from weight_port.verify.diagnose import diagnose_layer, diagnose_swapped_layers
from weight_port.verify.diagnosis import Diagnosis
from weight_port.verify.difference import ArrayDifference, Tolerance, difference
from weight_port.verify.heat_map import HeatMap, heat_map


class Verdict(str, Enum):
    """What a comparison of two weights or layers came to, the best first."""

    EQUAL = "equal"
    CLOSE = "close"
    DIFFERENT = "different"
    SHAPE = "other shape"
    MISSING_IN_A = "missing in a"
    MISSING_IN_B = "missing in b"

    @property
    def good(self) -> bool:
        """Whether the two sides agree within the tolerance."""
        return self in (Verdict.EQUAL, Verdict.CLOSE)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the worst of some verdicts; equal if there are none."""
    order = list(Verdict)
    return max(verdicts, key=order.index, default=Verdict.EQUAL)


@dataclass(frozen=True)
class WeightDifference:
    """How a weight compares.

    Attributes:
        name: Keras's name of the weight.
        verdict: What it came to.
        shapes: Its shape in `a` and in `b`; None where it is missing.
        dtypes: Its type in `a` and in `b`.
        difference: The numbers; None unless both sides have it in one shape.
        where: What the place of the largest difference is, `in 4, gate update, unit 3`.
        heat_map: Where it differs; None unless it is different.
    """

    name: str
    verdict: Verdict
    shapes: tuple[Shape | None, Shape | None]
    dtypes: tuple[str, str] = ("", "")
    difference: ArrayDifference | None = None
    where: str = ""
    heat_map: HeatMap | None = None


@dataclass(frozen=True)
class LayerDifference:
    """How the weights of a layer compare.

    Attributes:
        path: The layer's path in `a`, or in `b` if `a` does not have it.
        path_b: Its path in `b`; empty if `b` does not have it.
        layer_class: Keras's class name, where it is known.
        verdict: The worst of its weights'.
        weights: Its weights.
        diagnoses: What explains the difference, where something does.
    """

    path: str
    path_b: str
    layer_class: str
    verdict: Verdict
    weights: tuple[WeightDifference, ...]
    diagnoses: tuple[Diagnosis, ...] = ()

    @property
    def largest(self) -> WeightDifference | None:
        """The weight with the largest absolute difference; None if none can be compared."""
        compared = [w for w in self.weights if w.difference is not None]
        return max(compared, key=lambda w: _absolute(w), default=None)


@dataclass(frozen=True)
class WeightComparison:
    """How the weights of two models compare.

    Attributes:
        layers: The layers in the order of `a`, then those that only `b` has.
        tolerance: What counts as close.
    """

    layers: tuple[LayerDifference, ...]
    tolerance: Tolerance

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all layers."""
        return worst([layer.verdict for layer in self.layers])

    @property
    def good(self) -> bool:
        """Whether all weights agree within the tolerance."""
        return self.verdict.good

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The causes found, of all layers."""
        return tuple(d for layer in self.layers for d in layer.diagnoses)


def compare_weights(
    a: Sequence[LayerRecord],
    b: Sequence[LayerRecord],
    *,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    by: str = "auto",
    diagnose: bool = True,
) -> WeightComparison:
    """Compare the weights of two models.

    Layers are matched as `port` matches them, but layers of one path are compared even if they do
    not fit. Weights are read one at a time; only those of a layer that differs are read together,
    to look for the cause.

    Args:
        a: The layers of the model that is right.
        b: The layers of the model in question.
        rtol: The tolerance relative to the values of `b`.
        atol: The absolute tolerance; see `difference.Tolerance`.
        by: How layers are matched: `"auto"`, `"name"` or `"order"`.
        diagnose: Whether to look for the cause of differences.

    Raises:
        WeightPortError: If a tolerance is not a finite number that is not negative.
        AmbiguousMatchError: If it can't be told which layers belong together.
    """
    tolerance = Tolerance(rtol, atol)
    pairs, only_a, only_b = _paired(a, b, by)
    found = {id(x): _compare_layer(x, y, fit, tolerance, diagnose) for x, y, fit in pairs}
    if diagnose:
        differing = [(x, y) for x, y, _ in pairs if not found[id(x)].verdict.good]
        for x, diagnoses in diagnose_swapped_layers(differing, a, tolerance):
            layer = found[id(x)]
            found[id(x)] = replace(layer, diagnoses=(*diagnoses, *layer.diagnoses))
    for record in only_a:
        found[id(record)] = _alone(record, Verdict.MISSING_IN_B)
    layers = [found[id(record)] for record in a]
    layers += [_alone(record, Verdict.MISSING_IN_A) for record in only_b]
    return WeightComparison(tuple(layers), tolerance)


def _paired(
    a: Sequence[LayerRecord], b: Sequence[LayerRecord], by: str
) -> tuple[list[tuple[LayerRecord, LayerRecord, Fit | None]], list[LayerRecord], list[LayerRecord]]:
    """Pair layers as a port matches them, then those of one path that do not fit."""
    matching = match(a, b, by, keep_mismatches=True)
    matching.raise_if_ambiguous()
    pairs: list[tuple[LayerRecord, LayerRecord, Fit | None]] = [
        (m.source, m.target, m.fit) for m in matching.matches
    ]
    pairs += [(source, target, None) for source, target, _ in matching.mismatches]
    paired = {id(record) for pair in pairs for record in pair[:2]}
    only_a = [record for record in a if id(record) not in paired]
    left = {record.path: record for record in b if id(record) not in paired}
    for record in list(only_a):
        other = left.pop(record.path, None)
        if other is not None:
            pairs.append((record, other, None))
            only_a.remove(record)
    only_b = list(left.values())
    return pairs, only_a, only_b


def _compare_layer(
    a: LayerRecord, b: LayerRecord, fit: Fit | None, tolerance: Tolerance, diagnose: bool
) -> LayerDifference:
    read = _Reader(a, b, fit)
    weights = [_compare_weight(name, read, tolerance) for name in read.names]
    verdict = worst([weight.verdict for weight in weights])
    diagnoses: tuple[Diagnosis, ...] = ()
    if diagnose and not verdict.good:
        wrong = [weight.name for weight in weights if not weight.verdict.good]
        diagnoses = diagnose_layer(
            read.all_of_a(),
            read.b.weights.read_all(),
            read.layout,
            names=wrong,
            tolerance=tolerance,
            path=a.path,
            addends=(addends_of(read.a), addends_of(read.b)),
        )
    layer_class = a.layer_class or b.layer_class
    return LayerDifference(a.path, b.path, layer_class, verdict, tuple(weights), diagnoses)


class _Reader:
    """The weights of two layers that belong together, by the names that `b` has for them."""

    def __init__(self, a: LayerRecord, b: LayerRecord, fit: Fit | None) -> None:
        if fit is not None:
            a, b = fit.source, fit.target
        self.a, self.b = a, b
        self._converted: dict[str, np.ndarray] | None = None
        if fit is not None and (fit.through_torch or a.shapes != b.shapes):
            self._converted = fit.arrays()
        self.layout: Layout | None = b.layout or a.layout
        names_a = list(self._converted if self._converted is not None else a.weights)
        self.names = list(dict.fromkeys([*names_a, *b.weights]))
        self._names_a = set(names_a)

    def read(self, name: str) -> tuple[np.ndarray | None, np.ndarray | None]:
        a = b = None
        if name in self._names_a:
            a = self._converted[name] if self._converted is not None else self.a.weights.read(name)
        if name in self.b.weights:
            b = self.b.weights.read(name)
        return a, b

    def all_of_a(self) -> dict[str, np.ndarray]:
        return self._converted if self._converted is not None else self.a.weights.read_all()

    def axes(self, name: str) -> NamedAxes | None:
        return named_axes(self.layout, name, self.b.shapes)


def _compare_weight(name: str, read: _Reader, tolerance: Tolerance) -> WeightDifference:
    a, b = read.read(name)
    shapes = (None if a is None else a.shape, None if b is None else b.shape)
    dtypes = ("" if a is None else a.dtype.name, "" if b is None else b.dtype.name)
    if a is None or b is None:
        verdict = Verdict.MISSING_IN_A if a is None else Verdict.MISSING_IN_B
        return WeightDifference(name, verdict, shapes, dtypes)
    if a.shape != b.shape:
        return WeightDifference(name, Verdict.SHAPE, shapes, dtypes)
    try:
        found = difference(a, b, tolerance)
    except WeightPortError as error:
        raise WeightPortError(f"{read.a.path} weight {name!r}: {error}") from error
    axes = read.axes(name)
    where = axes.where(found.absolute.index) if axes and found.absolute.index else ""
    if found.close:
        verdict = Verdict.EQUAL if found.equal else Verdict.CLOSE
        return WeightDifference(name, verdict, shapes, dtypes, found, where)
    grid = heat_map(a, b, axes)
    return WeightDifference(name, Verdict.DIFFERENT, shapes, dtypes, found, where, grid)


def _alone(record: LayerRecord, verdict: Verdict) -> LayerDifference:
    in_a = verdict is Verdict.MISSING_IN_B
    weights = tuple(
        WeightDifference(
            name,
            verdict,
            (info.shape, None) if in_a else (None, info.shape),
            (info.dtype, "") if in_a else ("", info.dtype),
        )
        for name, info in record.weights.items()
    )
    path_b = "" if in_a else record.path
    return LayerDifference(record.path, path_b, record.layer_class, verdict, weights)


def _absolute(weight: WeightDifference) -> float:
    return weight.difference.absolute.value if weight.difference is not None else 0.0
