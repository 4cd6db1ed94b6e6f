"""Which layer of one model belongs to which of another: by name, else by class, shapes and order.

Nothing is guessed. Where two layers could be exchanged and neither their names nor the order of
all layers tells which is which, that is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from weight_port.porting.errors import AmbiguousMatchError
from weight_port.porting.fitting import Fit, Misfit, fit, signature
from weight_port.porting.names import compared, direction, is_generic
from weight_port.records.record import LayerRecord


@dataclass(frozen=True)
class Match:
    """Two layers that belong together.

    Attributes:
        source: The layer that weights come from.
        target: The layer that they go to.
        fit: How they fit.
        how: `"name"`, `"shapes"` (the only ones of their class and shapes), `"order"` or
            `"mapping"`.
    """

    source: LayerRecord
    target: LayerRecord
    fit: Fit
    how: str


@dataclass
class Matching:
    """The layers of two models, matched as far as they can be.

    Attributes:
        matches: Those that belong together.
        sources: Those of the source that are left.
        targets: Those of the target that are left.
        mismatches: Pairs of one name that do not fit, with the reason. They are left, too.
        ambiguous: The candidates of each layer of the target that has several.
        ordered: Whether the layers were given in the order of the models.
        places: The place of each layer in its model, by its identity.
    """

    matches: list[Match] = field(default_factory=list)
    sources: list[LayerRecord] = field(default_factory=list)
    targets: list[LayerRecord] = field(default_factory=list)
    mismatches: list[tuple[LayerRecord, LayerRecord, Misfit]] = field(default_factory=list)
    ambiguous: dict[str, list[LayerRecord]] = field(default_factory=dict)
    ordered: bool = True
    places: dict[int, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for records in (self.sources, self.targets):
            self.places.update((id(record), place) for place, record in enumerate(records))

    def keeps_order(self) -> bool:
        """Tell whether the matches by name leave the order of both models as it is.

        If they do not, order says nothing about the other layers either.
        """
        places = [
            (self.places[id(match.target)], self.places[id(match.source)])
            for match in self.matches
            if match.how == "name"
        ]
        ordered = [source for _, source in sorted(places)]
        return ordered == sorted(ordered)

    def raise_if_ambiguous(self) -> None:
        """Raise the error that lists the candidates.

        Raises:
            AmbiguousMatchError: If a layer of the target has several.
        """
        if not self.ambiguous:
            return
        targets = {record.path: record for record in self.targets}
        groups: dict[tuple[str, ...], list[LayerRecord]] = {}
        for path, candidates in self.ambiguous.items():
            groups.setdefault(tuple(r.path for r in candidates), []).append(targets[path])
        lines = []
        for members in groups.values():
            candidates = self.ambiguous[members[0].path]
            named = "; ".join(f"target {record.path}" for record in members[:-1])
            last = f"target {members[-1].describe()}"
            lines.append(
                f"{named}{'; ' if named else ''}{last} could come from: "
                + "; ".join(record.describe() for record in candidates)
            )
        raise AmbiguousMatchError(
            "Several layers could belong to one another, and neither names nor order tell which "
            "do.",
            lines,
        )


def match(
    sources: Sequence[LayerRecord],
    targets: Sequence[LayerRecord],
    by: str = "auto",
    *,
    ordered: bool = True,
    keep_mismatches: bool = False,
) -> Matching:
    """Match the layers of two models.

    Args:
        sources: The layers that weights come from, in order.
        targets: The layers that they go to, in order.
        by: `"name"`, `"order"` (class, shapes and order alone), or `"auto"`: names first.
        ordered: Whether the order of both lists is that of the models.
        keep_mismatches: Whether layers of one name that do not fit are left alone even if the name
            is one that Keras gives by default.

    Returns:
        The matching; it may be ambiguous.
    """
    fits = _Fits()
    result = Matching(sources=list(sources), targets=list(targets), ordered=ordered)
    if by in ("auto", "name"):
        _match_names(result, fits, by, keep_mismatches)
    if by in ("auto", "order") and not result.ambiguous:
        _match_order(result, fits)
    return result


class _Fits:
    """What fits what, each pair looked at once."""

    def __init__(self) -> None:
        self._signatures: dict[int, tuple | None] = {}
        self._found: dict[tuple[int, int], Fit | Misfit] = {}

    def __call__(self, source: LayerRecord, target: LayerRecord) -> Fit | None:
        halves = {direction(source.path), direction(target.path)} - {""}
        if len(halves) > 1:
            return None
        first, second = self._signature(source), self._signature(target)
        if first is not None and second is not None and first != second:
            return None
        found = self.why(source, target)
        return found if isinstance(found, Fit) else None

    def why(self, source: LayerRecord, target: LayerRecord) -> Fit | Misfit:
        key = id(source), id(target)
        if key not in self._found:
            self._found[key] = fit(source, target)
        return self._found[key]

    def _signature(self, record: LayerRecord) -> tuple | None:
        if id(record) not in self._signatures:
            self._signatures[id(record)] = signature(record)
        return self._signatures[id(record)]


def _match_names(result: Matching, fits: _Fits, by: str, keep_mismatches: bool) -> None:
    first, second = _unique_names(result.sources), _unique_names(result.targets)
    if not first.keys() & second.keys():
        # One of the two may lie in a wrapper: `module.`, `_orig_mod.`, `model/`.
        first, second = _inner_names(first), _inner_names(second)
    found: list[Match] = []
    for name, target in second.items():
        source = first.get(name)
        if source is None:
            continue
        fitting = fits.why(source, target)
        if isinstance(fitting, Fit):
            found.append(Match(source, target, fitting, "name"))
        elif by == "name" or keep_mismatches or not is_generic(target.path):
            result.mismatches.append((source, target, fitting))
    if by == "auto":
        _check_numbered_names(result, found, fits)
        if result.ambiguous:
            return
    _take(result, found)
    for source, target, _ in result.mismatches:
        result.sources.remove(source)
        result.targets.remove(target)


def _unique_names(records: Sequence[LayerRecord]) -> dict[str, LayerRecord]:
    """Return the layers by what is compared of their names, where only one has a name."""
    groups: dict[str, list[LayerRecord]] = {}
    for record in records:
        groups.setdefault(compared(record.path), []).append(record)
    return {name: group[0] for name, group in groups.items() if len(group) == 1}


def _inner_names(named: dict[str, LayerRecord]) -> dict[str, LayerRecord]:
    """Return the layers by their names without what all names begin with."""
    parts = [name.split("/") for name in named]
    common = 0
    while parts and all(len(p) > common + 1 and p[common] == parts[0][common] for p in parts):
        common += 1
    return {"/".join(p[common:]): record for p, record in zip(parts, named.values(), strict=True)}


def _check_numbered_names(result: Matching, found: Sequence[Match], fits: _Fits) -> None:
    """Find names like `dense_1` that may agree by accident.

    Keras numbers layers as they are made, so of two equal models one may have `dense_1, dense_2`
    and the other `dense_2, dense_3`. Such names are trusted if all layers that could be exchanged
    have them, or if they agree with the order.
    """
    named_sources = {id(match.source) for match in found}
    named_targets = {id(match.target) for match in found}
    free_sources = [r for r in result.sources if id(r) not in named_sources]
    free_targets = [r for r in result.targets if id(r) not in named_targets]
    for match_ in found:
        if not is_generic(match_.target.path):
            continue
        if not any(fits(source, match_.target) for source in free_sources):
            continue
        if not any(fits(match_.source, target) for target in free_targets):
            continue
        sources = [r for r in result.sources if fits(r, match_.target)]
        targets = [r for r in result.targets if fits(match_.source, r)]
        places = (
            [r.path for r in sources].index(match_.source.path),
            [r.path for r in targets].index(match_.target.path),
        )
        if not result.ordered or len(sources) != len(targets) or places[0] != places[1]:
            result.ambiguous[match_.target.path] = sources


def _match_order(result: Matching, fits: _Fits) -> None:
    """Match what the names left: the whole sequence, or what is the only one of its kind."""
    sources, targets = result.sources, result.targets
    if result.ordered and len(sources) == len(targets) and result.keeps_order():
        pairs = list(zip(sources, targets, strict=True))
        fitting = [fits(source, target) for source, target in pairs]
        if all(fitting):
            _take(
                result,
                [
                    Match(s, t, f, "order")
                    for (s, t), f in zip(pairs, fitting, strict=True)
                    if f is not None
                ],
            )
            return
    forward = {id(t): [s for s in sources if fits(s, t)] for t in targets}
    backward = {id(s): [t for t in targets if fits(s, t)] for s in sources}
    found: list[Match] = []
    for target in targets:
        candidates = forward[id(target)]
        if len(candidates) == 1 and len(backward[id(candidates[0])]) == 1:
            fitting_one = fits(candidates[0], target)
            assert fitting_one is not None
            found.append(Match(candidates[0], target, fitting_one, "shapes"))
        elif candidates:
            result.ambiguous[target.path] = candidates
    _take(result, found)


def _take(result: Matching, found: Sequence[Match]) -> None:
    """Move layers from those that are left to those that are matched."""
    taken = {id(match.source) for match in found} | {id(match.target) for match in found}
    result.matches += found
    result.sources = [record for record in result.sources if id(record) not in taken]
    result.targets = [record for record in result.targets if id(record) not in taken]
