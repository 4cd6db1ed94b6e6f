"""Compares what two models compute, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from weight_port.errors import WeightPortError
from weight_port.porting.matching import match
from weight_port.records.record import LayerRecord
from weight_port.verify.align import align
from weight_port.verify.compare import Verdict, worst
from weight_port.verify.diagnosis import Diagnosis
from weight_port.verify.difference import ArrayDifference, Tolerance, difference
from weight_port.verify.inputs import InputSpec, check_inputs, random_inputs
from weight_port.verify.settings import KNOWN, diagnose_output
from weight_port.verify.sides import LayerCall, Runnable, Traceable

# As many points of a comparison go into a report.
_POINTS = 300


@dataclass(frozen=True)
class OutputDifference:
    """How the output of a layer compares.

    Attributes:
        path: The layer's path in `a`, or in `b` if `a` does not have it.
        path_b: Its path in `b`; empty if `b` does not have it.
        layer_class: Keras's class name, where it is known.
        verdict: What it came to.
        shapes: The shapes of both outputs; None where there is none.
        difference: The numbers; None unless both have one shape.
        inputs_agree: Whether the two layers were called on the same; None if that is not known.
        points: Some values of `a` and `b` at the same places.
        diagnosis: What explains the difference, where something does.
        note: How the output of `b` was brought to the shape of `a`'s, if it was.
    """

    path: str
    path_b: str
    layer_class: str
    verdict: Verdict
    shapes: tuple[tuple[int, ...] | None, tuple[int, ...] | None]
    difference: ArrayDifference | None = None
    inputs_agree: bool | None = None
    points: tuple[tuple[float, float], ...] = ()
    diagnosis: Diagnosis | None = None
    note: str = ""


@dataclass(frozen=True)
class OutputComparison:
    """How the outputs of two models compare.

    Attributes:
        layers: The layers that both have, in the order of the calls of `a`.
        only_a: The paths of layers that `a` alone has.
        only_b: The paths of layers that `b` alone has.
        tolerance: What counts as close.
    """

    layers: tuple[OutputDifference, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    tolerance: Tolerance

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all layers."""
        return worst([layer.verdict for layer in self.layers])

    @property
    def good(self) -> bool:
        """Whether all outputs agree within the tolerance."""
        return self.verdict.good

    @property
    def first_different(self) -> OutputDifference | None:
        """The first layer whose output differs: where to look."""
        return next((layer for layer in self.layers if not layer.verdict.good), None)

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The causes found, of all layers."""
        return tuple(layer.diagnosis for layer in self.layers if layer.diagnosis is not None)


def compare_outputs(
    a: Runnable,
    b: Runnable,
    inputs: Mapping[str, np.ndarray] | None = None,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-5,
    names: Mapping[str, str] | None = None,
    batch: int = 4,
    seed: int = 0,
) -> OutputComparison:
    """Run two models on the same inputs and compare the outputs of their layers.

    Layers are paired by `names`, else by their weights as a port matches them, else by path.

    Args:
        a: The model that is right.
        b: The model in question.
        inputs: Inputs by name; by default random ones (`inputs.random_inputs`).
        rtol: The tolerance relative to the values of `b`.
        atol: The absolute tolerance.
        names: The path in `b` for paths in `a`.
        batch: The size of the batch of random inputs.
        seed: The seed of random inputs.

    Raises:
        WeightPortError: If the inputs are not those that the models have, or no layer of one
            belongs to a layer of the other.
    """
    tolerance = Tolerance(rtol, atol)
    specs = a.input_specs() or b.input_specs()
    given_a, given_b = _inputs(a, b, specs, inputs, batch, seed)
    calls_a, calls_b = _calls(a, given_a), _calls(b, given_b)
    records = {r.path: r for r in a.records()} if isinstance(a, Traceable) else {}
    pairs = _pairs(a, b, list(records.values()), calls_a, calls_b, names or {})
    if not pairs:
        raise WeightPortError(
            "No layer of one model belongs to a layer of the other; give names. "
            f"Received: layers {list(calls_a)} and {list(calls_b)}"
        )
    layers = [
        _compare(path, other, calls_a[path], calls_b[other], records.get(path), tolerance)
        for path, other in pairs.items()
    ]
    taken = set(pairs.values())
    return OutputComparison(
        tuple(layers),
        tuple(path for path in calls_a if path not in pairs),
        tuple(path for path in calls_b if path not in taken),
        tolerance,
    )


def _inputs(
    a: Runnable,
    b: Runnable,
    specs: list[InputSpec],
    inputs: Mapping[str, np.ndarray] | None,
    batch: int,
    seed: int,
) -> tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]:
    """Return the inputs of each side; the same arrays in order, under each side's names."""
    if inputs is None and not specs:
        raise WeightPortError(
            "Neither model tells what its inputs are; give inputs. Received: inputs=None"
        )
    if specs:
        given = random_inputs(specs, batch=batch, seed=seed) if inputs is None else inputs
        given = check_inputs(given, specs)
    else:
        assert inputs is not None
        given = dict(inputs)
    other = b.input_specs()
    if not other or not a.input_specs():
        return given, given
    if len(other) != len(specs):
        raise WeightPortError(
            "Both models must have the same inputs. "
            f"Received: {[s.name for s in specs]} and {[s.name for s in other]}"
        )
    if {spec.name for spec in other} == set(given):
        return given, check_inputs(given, other)
    renamed = {spec.name: array for spec, array in zip(other, given.values(), strict=True)}
    return given, check_inputs(renamed, other)


def _calls(side: Runnable, inputs: Mapping[str, np.ndarray]) -> dict[str, LayerCall]:
    if isinstance(side, Traceable):
        return side.layer_calls(inputs)
    return {path: LayerCall(output) for path, output in side.layer_outputs(inputs).items()}


def _pairs(
    a: Runnable,
    b: Runnable,
    records: list[LayerRecord],
    calls_a: Mapping[str, LayerCall],
    calls_b: Mapping[str, LayerCall],
    names: Mapping[str, str],
) -> dict[str, str]:
    """Return the path in `b` by the path in `a`, in the order of the calls of `a`."""
    for given, calls, side in ((names, calls_a, "a"), (names.values(), calls_b, "b")):
        unknown = [path for path in given if path not in calls]
        if unknown:
            raise WeightPortError(
                f"names must name layers that were called. Received: {unknown} for {side}, whose "
                f"layers are {list(calls)}"
            )
    found = dict(names)
    if records and isinstance(b, Traceable):
        for pair in match(records, b.records()).matches:
            found.setdefault(pair.source.path, pair.target.path)
    taken = set(found.values())
    for path in calls_a:
        if path in calls_b and path not in taken:
            found.setdefault(path, path)
    return {path: found[path] for path in calls_a if path in found and found[path] in calls_b}


def _compare(
    path: str,
    path_b: str,
    a: LayerCall,
    b: LayerCall,
    record: LayerRecord | None,
    tolerance: Tolerance,
) -> OutputDifference:
    shapes = a.output.shape, b.output.shape
    layer_class = record.layer_class if record is not None else ""
    output_b, note = align(a.output, b.output)
    if output_b is None:
        return OutputDifference(path, path_b, layer_class, Verdict.SHAPE, shapes)
    found = difference(a.output, output_b, tolerance)
    agree = _inputs_agree(a, b, tolerance)
    verdict = Verdict.EQUAL if found.equal else Verdict.CLOSE
    diagnosis = None
    if not found.close:
        verdict = Verdict.DIFFERENT
        if record is not None and record.layer_class in KNOWN and a.inputs:
            diagnosis = diagnose_output(
                record.layer_class,
                record.config,
                record.weights.read_all(),
                a.output,
                output_b,
                a.inputs[0],
                b.inputs[0] if agree is False else None,
                a.mask,
                path=path,
            )
    points = _points(a.output, output_b)
    return OutputDifference(
        path, path_b, layer_class, verdict, shapes, found, agree, points, diagnosis, note
    )


def _inputs_agree(a: LayerCall, b: LayerCall, tolerance: Tolerance) -> bool | None:
    if not a.inputs or not b.inputs:
        return None
    first_b, _ = align(a.inputs[0], b.inputs[0])
    if first_b is None:
        return None
    return difference(a.inputs[0], first_b, tolerance).close


def _points(a: np.ndarray, b: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Return some values of both sides, evenly spread, those farthest apart among them."""
    flat_a, flat_b = np.asarray(a, np.float64).ravel(), np.asarray(b, np.float64).ravel()
    if not flat_a.size:
        return ()
    places = np.linspace(0, flat_a.size - 1, min(_POINTS, flat_a.size)).astype(int)
    with np.errstate(all="ignore"):
        apart = np.nan_to_num(np.abs(flat_a - flat_b), nan=0.0, posinf=0.0)
    farthest = np.argsort(apart)[-10:]
    chosen = np.unique(np.concatenate([places, farthest]))
    return tuple((float(flat_a[i]), float(flat_b[i])) for i in chosen)
