"""Matches that a mapping asks for: layer by layer, or weight by weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from weight_port.porting.errors import MappingError
from weight_port.porting.fitting import Fit, Misfit, fit
from weight_port.porting.mapping import LayerMapping
from weight_port.porting.matching import Match
from weight_port.porting.names import compared, normalized
from weight_port.records.record import LayerRecord
from weight_port.records.state_dict import TorchRecord


@dataclass(frozen=True)
class WeightPair:
    """A single weight that a mapping asks for."""

    source: LayerRecord
    source_name: str
    target: LayerRecord
    target_name: str


@dataclass
class Asked:
    """What a mapping asks for.

    Attributes:
        matches: Layers with their counterparts.
        weights: Single weights with theirs.
        left: Layers of the target to leave alone.
        skipped: Pairs that do not fit, where such are skipped.
    """

    matches: list[Match] = field(default_factory=list)
    weights: list[WeightPair] = field(default_factory=list)
    left: list[LayerRecord] = field(default_factory=list)
    skipped: list[tuple[LayerRecord, LayerRecord, Misfit]] = field(default_factory=list)


def resolve(
    mapping: LayerMapping,
    sources: Sequence[LayerRecord],
    targets: Sequence[LayerRecord],
    *,
    skip_mismatch: bool = False,
) -> Asked:
    """Find the layers and weights that a mapping names.

    A name of a model or of a recurrent stack stands for all layers in it; they are joined by their
    names in it or else one by one.

    Raises:
        MappingError: If a name is not there, is there twice, or a pair does not fit.
    """
    asked, wrong = Asked(), []
    for name, values in mapping.items():
        try:
            _resolve(asked, name, values, sources, targets, skip_mismatch)
        except LookupError as error:
            wrong.append(str(error.args[0]))
    taken: set[str] = set()
    for target in [*(m.target for m in asked.matches), *asked.left]:
        if target.path in taken:
            wrong.append(f"{target.path}: the mapping gives it twice")
        taken.add(target.path)
    wrong += [
        f"{pair.target.path}: given as a layer and by the weight {pair.target_name}"
        for pair in asked.weights
        if pair.target.path in taken
    ]
    if wrong:
        raise MappingError("The mapping can't be followed.", wrong, "Correct these entries.")
    return asked


def _resolve(
    asked: Asked,
    name: str,
    values: list[str] | None,
    sources: Sequence[LayerRecord],
    targets: Sequence[LayerRecord],
    skip_mismatch: bool,
) -> None:
    wanted = _find(name, targets)
    if not wanted:
        _resolve_weight(asked, name, values, sources, targets)
        return
    if values is None:
        asked.left += wanted
        return
    given: list[LayerRecord] = []
    for value in values:
        found = _find(value, sources)
        if not found:
            raise LookupError(f"{name}: the source has no layer {value!r}{_close(value, sources)}")
        given += found
    if len(given) != len(wanted):
        raise LookupError(
            f"{name}: {len(wanted)} layer(s) {[r.path for r in wanted]} can't get the weights of "
            f"{len(given)} layer(s) {[r.path for r in given]}"
        )
    for source, target in _paired(name, values, given, wanted):
        found_fit = fit(source, target)
        if isinstance(found_fit, Fit):
            asked.matches.append(Match(source, target, found_fit, "mapping"))
        elif skip_mismatch:
            asked.skipped.append((source, target, found_fit))
        else:
            raise LookupError(f"{target.path}: {source.path} does not fit: {found_fit.reason}")


def _find(name: str, records: Sequence[LayerRecord]) -> list[LayerRecord]:
    """Return the layer of a name, or all layers in the model of that name."""
    exact = [record for record in records if record.path == name]
    if exact:
        return exact
    wanted = normalized(name)
    same = [
        record for record in records if wanted in (normalized(record.path), compared(record.path))
    ]
    if len(same) > 1:
        raise LookupError(f"{name}: several layers have that name: {[r.path for r in same]}")
    return same or [r for r in records if normalized(r.path).startswith(f"{wanted}/")]


def _paired(
    name: str, values: list[str], given: Sequence[LayerRecord], wanted: Sequence[LayerRecord]
) -> list[tuple[LayerRecord, LayerRecord]]:
    """Join two models layer by layer: by the names in them if all are the same, else in order."""
    if len(values) == 1:
        inside = {normalized(r.path).removeprefix(normalized(values[0])): r for r in given}
        below = [normalized(record.path).removeprefix(normalized(name)) for record in wanted]
        if len(inside) == len(given) and set(below) == set(inside):
            return [(inside[key], target) for key, target in zip(below, wanted, strict=True)]
    return list(zip(given, wanted, strict=True))


def _resolve_weight(
    asked: Asked,
    name: str,
    values: list[str] | None,
    sources: Sequence[LayerRecord],
    targets: Sequence[LayerRecord],
) -> None:
    """Find a single weight of either side, `dense.weight: dense_1/kernel`."""
    owner = _owner(name, targets)
    if owner is None:
        raise LookupError(f"{name}: the target has no such layer or weight{_close(name, targets)}")
    if values is None or len(values) != 1:
        raise LookupError(f"{name}: a weight needs one weight of the source. Received: {values}")
    giver = _owner(values[0], sources)
    if giver is None:
        raise LookupError(
            f"{name}: the source has no weight {values[0]!r}{_close(values[0], sources)}"
        )
    source, target = _alike(giver, owner)
    first, second = _weight(values[0], source), _weight(name, target)
    if not first or not second:
        raise LookupError(
            f"{name}: name the weights as Keras does, because torch's arrays hold them in part or "
            f"together; the source has {list(source.weights)}, the target {list(target.weights)}"
        )
    if source.shapes[first] != target.shapes[second]:
        raise LookupError(
            f"{name}: {second} has the shape {target.shapes[second]} and {values[0]} the shape "
            f"{source.shapes[first]}, as Keras stores them"
        )
    asked.weights.append(WeightPair(source, first, target, second))


def _alike(source: LayerRecord, target: LayerRecord) -> tuple[LayerRecord, LayerRecord]:
    """Return two layers so that both have their weights in Keras's layout, or both in torch's."""
    if source.layout is None and isinstance(source, TorchRecord) and target.layout is not None:
        source = source.read_as(target.layout) or source
    if target.layout is None and isinstance(target, TorchRecord) and source.layout is not None:
        target = target.read_as(source.layout) or target
    raw = [r for r in (source, target) if isinstance(r, TorchRecord) and r.layout is None]
    if len(raw) == 1:
        raise LookupError(
            f"{target.path}: how the arrays of {raw[0].describe()} lie is not known; give the "
            "layout of its class by layouts_for"
        )
    return source, target


def _owner(name: str, records: Sequence[LayerRecord]) -> LayerRecord | None:
    """Return the layer that has a weight of a name."""
    found = [record for record in records if normalized(name) in _aliases(record)]
    if len(found) > 1:
        raise LookupError(f"{name}: several layers have such a weight: {[r.path for r in found]}")
    return found[0] if found else None


def _weight(name: str, record: LayerRecord) -> str:
    return _aliases(record).get(normalized(name), "")


def _aliases(record: LayerRecord) -> dict[str, str]:
    """Return the names that a layer's weights may be called by, with Keras's."""
    aliases = {}
    if isinstance(record, TorchRecord):
        # An array that holds several weights, or a part of one, names none of them; it tells the
        # layer all the same.
        aliases = {normalized(key): "" for key in record.torch_keys.values()}
        for weight in record.layout.weights if record.layout is not None else ():
            alone = len(weight.torch) == 1 and weight.torch[0].part is None
            if alone and weight.name in record.weights:
                aliases[normalized(record.torch_keys[weight.torch_names[0]])] = weight.name
        if record.layout is None:
            aliases |= {normalized(key): name for name, key in record.torch_keys.items()}
    for name in record.weights:
        aliases[normalized(f"{record.path}/{name}")] = name
        if name in record.keys:
            aliases.setdefault(normalized(record.keys[name]), name)
    return aliases


def _close(name: str, records: Sequence[LayerRecord]) -> str:
    close = get_close_matches(name, [record.path for record in records], 3, 0.5)
    return f"; near: {close}" if close else f"; it has {[r.path for r in records][:12]}"
