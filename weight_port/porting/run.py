"""Moves weights from one model to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from os import PathLike
from typing import Any, Literal

import numpy as np

from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.layouts import Layout
from weight_port.porting.errors import MappingError, UnmatchedError
from weight_port.porting.explicit import Asked, WeightPair, resolve
from weight_port.porting.fitting import Misfit, fit
from weight_port.porting.mapping import read_mapping
from weight_port.porting.matching import Match, Matching, match
from weight_port.porting.models import Opened, Target, in_memory, is_path, opened
from weight_port.porting.names import compared
from weight_port.porting.report import MovedWeight, PortEntry, PortReport, Unmatched
from weight_port.porting.writing import write_file
from weight_port.records.record import LayerRecord

# How many layers that come near a message tells, and among how many they are looked for.
_NEAR = 3
_COMPARED = 200


def port(
    source: Any,
    target: Any,
    *,
    mapping: Mapping[str, Any] | str | PathLike | None = None,
    strict: bool = True,
    skip_mismatch: bool = False,
    by: Literal["auto", "name", "order"] = "auto",
    layouts_for: Mapping[str, Layout] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> PortReport:
    """Move the weights of one model to another, exactly or not at all.

    Layers are matched by their names, compared with slashes for dots and in snake case; what the
    names leave is matched by class and shapes where a layer is the only one of its kind, or where
    the layers of both sides agree one to one in their order (files that sort their arrays by name
    and have no architecture do not tell the order). What could be exchanged is an error
    that lists the candidates. Everything is checked and read before anything is written.

    A recurrent stack or bidirectional module of torch counts as its layers, `rnn/0/forward_layer`,
    and so do the wrappers of Keras, so that each can be joined with several of the other.

    Args:
        source: A model file, a `state_dict`, a torch module, or a model or layer of Keras or
            kerasish, built.
        target: The same; a path is a file to write under the names of the source's layers:
            `.safetensors`, `.pt` or `.npz` with a `state_dict`; from a Keras or kerasish model
            also `.keras`, `.h5` or `.weights.h5`.
        mapping: Which layer of the source each layer of the target gets its weights from: a
            dictionary or a YAML file with it. Names of target layers, with the name of a source
            layer, a list of names for a stack, or None to leave a layer alone; or names of single
            weights, `{"dense.weight": "dense_1/kernel"}`. Layers that it does not name are matched
            as without it.
        strict: Whether every weight of both sides must be matched.
        skip_mismatch: Whether layers of one name whose weights do not fit are left alone.
        by: `"name"`, `"order"` for class, shapes and order alone, or `"auto"` for both.
        layouts_for: Layouts of classes that the table does not have, by class name;
            `weight_port.layouts.register` adds one for all calls.
        limits: What a source file may ask for.

    Returns:
        What was moved and what was not.

    Raises:
        AmbiguousMatchError: If layers could be exchanged.
        UnmatchedError: If a weight of either side is left, and `strict`.
        MappingError: If the mapping names what is not there, or joins what does not fit.
        FileFormatError: If the source file is broken.
        WeightPortError: If one of the two is nothing that has weights.

    Example:
        >>> report = port("model.keras", torch_module, mapping={"rnn": ["lstm", "lstm_1"]})
        >>> print(report)
    """
    if by not in ("auto", "name", "order"):
        raise MappingError("Layers are matched by 'auto', 'name' or 'order'.", [f"by={by!r}"], "")
    asked_for = read_mapping(mapping) if mapping is not None else {}
    layouts_for = layouts_for or {}
    with opened(source, layouts_for, limits) as given:
        sources = given.records
        if is_path(target):
            if mapping is not None:
                raise MappingError(
                    "A file is written under the names of the source's layers.",
                    [f"mapping={asked_for}", f"target={str(target)!r}"],
                    "Leave the mapping out.",
                )
            return PortReport(tuple(write_file(given, target)))
        model = in_memory(target, layouts_for)
        asked = resolve(asked_for, sources, model.records, skip_mismatch=skip_mismatch)
        matching = _match_rest(asked, given, model.records, by, skip_mismatch)
        left = _left(asked, matching, model, skip_mismatch)
        if strict and any(not item.why for side in left for item in side):
            raise _unmatched(left)
        matches = [*asked.matches, *matching.matches]
        places = {record.path: place for place, record in enumerate(model.records)}
        matches.sort(key=lambda found: places[found.target.path])
        values = [found.fit.moved() for found in matches]
        values += [
            (pair.target, {pair.target_name: pair.source.weights.read(pair.source_name)})
            for pair in asked.weights
        ]
        model.assign(_joined(values))
    entries = [*map(_entry, matches), *_weight_entries(asked.weights)]
    entries.sort(key=lambda entry: places[entry.target])
    return PortReport(tuple(entries), *left)


def _match_rest(
    asked: Asked,
    source: Opened,
    targets: Sequence[LayerRecord],
    by: str,
    skip_mismatch: bool,
) -> Matching:
    """Match the layers that a mapping does not name."""
    used = {m.source.path for m in asked.matches} | {p.source.path for p in asked.weights}
    used |= {skipped.path for skipped, _, _ in asked.skipped}
    given = {m.target.path for m in asked.matches} | {p.target.path for p in asked.weights}
    given |= {record.path for record in asked.left}
    given |= {target.path for _, target, _ in asked.skipped}
    matching = match(
        [record for record in source.records if record.path not in used],
        [record for record in targets if record.path not in given],
        by,
        ordered=source.ordered,
        keep_mismatches=skip_mismatch,
    )
    matching.raise_if_ambiguous()
    return matching


def _joined(
    values: Sequence[tuple[LayerRecord, dict[str, np.ndarray]]],
) -> list[tuple[LayerRecord, dict[str, np.ndarray]]]:
    """Put the weights of one layer together, because they may share an array.

    They are copies: the source may be the target itself, with its layers in another order.
    """
    result: dict[str, tuple[LayerRecord, dict[str, np.ndarray]]] = {}
    for record, arrays in values:
        result.setdefault(record.path, (record, {}))[1].update(
            {name: np.array(array) for name, array in arrays.items()}
        )
    return list(result.values())


def _left(
    asked: Asked,
    matching: Matching,
    model: Target,
    skip_mismatch: bool,
) -> tuple[tuple[Unmatched, ...], tuple[Unmatched, ...]]:
    """Return what has no counterpart; what was left on purpose says why."""
    sides = list(matching.sources), list(matching.targets)
    why: dict[int, str] = {id(record): "left alone by the mapping" for record in asked.left}
    near: dict[int, str] = {}
    for source, target, misfit in [*matching.mismatches, *asked.skipped]:
        sides[0].append(source)
        sides[1].append(target)
        note = why if skip_mismatch else near
        note[id(source)] = note[id(target)] = misfit.reason
    used = [m.target for m in [*asked.matches, *matching.matches]]
    tied = getattr(model, "has_tensors_of", None)
    found: list[tuple[Unmatched, ...]] = []
    for own, others, is_target in ((sides[0], sides[1], False), (sides[1], sides[0], True)):
        items = []
        for record in own:
            if is_target and tied is not None and tied(record, used):
                continue  # written already, under its other name
            reasons = (
                (near[id(record)],) if id(record) in near else _near(record, others, is_target)
            )
            items.append(_unmatched_item(record, None, reasons, why.get(id(record), "")))
        found.append(tuple(items))
    pairs = asked.weights
    whole = {m.source.path for m in asked.matches}
    extra_source = _rest([(p.source, p.source_name) for p in pairs if p.source.path not in whole])
    extra_target = _rest([(p.target, p.target_name) for p in pairs])
    left_alone = tuple(_unmatched_item(record, None, (), why[id(record)]) for record in asked.left)
    return (*found[0], *extra_source), (*found[1], *extra_target, *left_alone)


def _rest(used: Sequence[tuple[LayerRecord, str]]) -> list[Unmatched]:
    """Return the weights that a mapping by weights left over in the layers that it names."""
    names: dict[str, tuple[LayerRecord, set[str]]] = {}
    for record, name in used:
        names.setdefault(record.path, (record, set()))[1].add(name)
    return [
        _unmatched_item(record, [name for name in record.weights if name not in taken], (), "")
        for record, taken in names.values()
        if set(record.weights) - taken
    ]


def _unmatched_item(
    record: LayerRecord, names: Sequence[str] | None, near: tuple[str, ...], why: str
) -> Unmatched:
    shapes = {name: record.shapes[name] for name in (record.shapes if names is None else names)}
    return Unmatched(record.path, record.layer_class, shapes, near, why)


def _near(record: LayerRecord, others: Sequence[LayerRecord], is_target: bool) -> tuple[str, ...]:
    """Return what comes near among the layers that are left on the other side."""
    ranked = []
    for other in others[:_COMPARED]:
        found = fit(other, record) if is_target else fit(record, other)
        alike = SequenceMatcher(None, compared(record.path), compared(other.path)).ratio()
        if isinstance(found, Misfit) and found.near:
            ranked.append((1 + alike, found.reason))
        elif alike > 0.75:
            reason = found.reason if isinstance(found, Misfit) else "it fits"
            ranked.append((alike, f"{other.describe()}: {reason}"))
    return tuple(text for _, text in sorted(ranked, reverse=True)[:_NEAR])


def _unmatched(left: tuple[tuple[Unmatched, ...], tuple[Unmatched, ...]]) -> UnmatchedError:
    lines = [
        f"{side}: {item}"
        for side, items in zip(("source", "target"), left, strict=True)
        for item in items
        if not item.why
    ]
    return UnmatchedError(
        "Not every layer has its counterpart.",
        lines,
        "Give a mapping for these layers, or strict=False to leave them as they are.",
    )


def _entry(found: Match) -> PortEntry:
    source, target = found.fit.source, found.fit.target
    weights = tuple(
        MovedWeight(name, name if name in source.weights else "", shape)
        for name, shape in target.shapes.items()
    )
    layer_class = target.layer_class or source.layer_class
    return PortEntry(target.path, source.path, layer_class, found.how, weights)


def _weight_entries(pairs: Sequence[WeightPair]) -> list[PortEntry]:
    """Return one entry for each pair of layers between which single weights were moved."""
    joined: dict[tuple[str, str], list[WeightPair]] = {}
    for pair in pairs:
        joined.setdefault((pair.target.path, pair.source.path), []).append(pair)
    return [
        PortEntry(
            target,
            source,
            group[0].target.layer_class,
            "mapping",
            tuple(
                MovedWeight(p.target_name, p.source_name, p.target.shapes[p.target_name])
                for p in group
            ),
        )
        for (target, source), group in joined.items()
    ]
