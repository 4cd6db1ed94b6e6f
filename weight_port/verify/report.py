"""The result of a verification, as data and as a table for terminals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from weight_port.verify.compare import LayerDifference, Verdict, WeightComparison, WeightDifference
from weight_port.verify.diagnosis import Diagnosis
from weight_port.verify.difference import ArrayDifference, Extreme, Tolerance
from weight_port.verify.outputs import OutputComparison, OutputDifference

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_STYLES: Mapping[Verdict, str] = {Verdict.EQUAL: "green", Verdict.CLOSE: "green"}


@dataclass(frozen=True)
class Report:
    """What a verification of two models came to.

    Attributes:
        name_a: What `a` is called, the model that is right: a file name, say.
        name_b: What `b` is called, the model in question.
        weights: The comparison of the weights, if there was one.
        outputs: The comparison of the outputs, if there was one.
    """

    name_a: str
    name_b: str
    weights: WeightComparison | None = None
    outputs: OutputComparison | None = None

    @property
    def good(self) -> bool:
        """Whether everything that was compared agrees within the tolerance."""
        return all(part.good for part in (self.weights, self.outputs) if part is not None)

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The causes found, of weights and outputs."""
        parts = (self.weights, self.outputs)
        return tuple(d for part in parts if part is not None for d in part.diagnoses)

    @property
    def headline(self) -> str:
        """One sentence for the whole."""
        counts = []
        for part, word in ((self.weights, "weights"), (self.outputs, "outputs")):
            if part is not None:
                good = sum(layer.verdict.good for layer in part.layers)
                counts.append(f"{word} of {good} of {len(part.layers)} layers agree")
        if not counts:
            return "Nothing was compared"
        joined = ", ".join(counts)
        return joined[0].upper() + joined[1:]

    def to_dict(self) -> dict[str, Any]:
        """Return it as data for JSON; NaN and infinity are strings there."""
        return {
            "a": self.name_a,
            "b": self.name_b,
            "good": self.good,
            "headline": self.headline,
            "weights": None if self.weights is None else _weights(self.weights),
            "outputs": None if self.outputs is None else _outputs(self.outputs),
            "diagnoses": [diagnosis.to_dict() for diagnosis in self.diagnoses],
        }


def print_report(
    report: Report, console: Console | None = None, *, all_layers: bool = True
) -> None:
    """Print a report as tables.

    Args:
        report: The report.
        console: Where to; by default the standard output.
        all_layers: Whether layers that agree are listed, too.
    """
    from rich.console import Console
    from rich.text import Text

    console = console or Console()
    console.print(Text(f"a: {report.name_a}\nb: {report.name_b}"))
    if report.weights is not None:
        rows = [_weight_row(layer) for layer in report.weights.layers]
        console.print(_table("Weights", rows, report.weights.tolerance, all_layers))
    if report.outputs is not None:
        rows = [_output_row(layer) for layer in report.outputs.layers]
        console.print(_table("Outputs", rows, report.outputs.tolerance, all_layers))
    for diagnosis in report.diagnoses:
        console.print(Text.assemble((f"{diagnosis.layer}: ", "bold"), diagnosis.sentence))
        console.print(Text(f"  {diagnosis.remedy}", style="dim"))
    console.print(Text(f"{report.headline}.", style="bold green" if report.good else "bold red"))


# Path, class, largest difference, where, verdict, cause.
_Row = tuple[str, str, str, str, Verdict, str]


def _table(title: str, rows: list[_Row], tolerance: Tolerance, all_layers: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{title} (rtol {tolerance.rtol:g}, atol {tolerance.atol:g})")
    for column in ("Layer", "Class", "Largest difference", "Where", "Verdict", "Likely cause"):
        table.add_column(column, overflow="fold")
    for *texts, verdict, cause in rows:
        if all_layers or not verdict.good:
            # Text, not markup: names come from files.
            cells = [Text(text) for text in texts]
            table.add_row(*cells, Text(verdict.value, style=_STYLES.get(verdict, "red")), cause)
    return table


def _weight_row(layer: LayerDifference) -> _Row:
    largest = layer.largest
    size = where = ""
    if largest is not None and largest.difference is not None:
        size = f"{largest.difference.absolute.value:.3g}"
        where = place(largest) if not largest.difference.equal else ""
    cause = ", ".join(dict.fromkeys(d.hypothesis for d in layer.diagnoses))
    return layer.path, layer.layer_class, size, where, layer.verdict, cause


def _output_row(layer: OutputDifference) -> _Row:
    found = layer.difference
    size = "" if found is None else f"{found.absolute.value:.3g}"
    where = "" if found is None or found.absolute.index is None else str(found.absolute.index)
    cause = layer.diagnosis.hypothesis if layer.diagnosis is not None else ""
    if not cause and not layer.verdict.good and layer.inputs_agree is False:
        cause = "its inputs differ already"
    return layer.path, layer.layer_class, size, where, layer.verdict, cause


def place(weight: WeightDifference) -> str:
    """Say where the largest difference of a weight is."""
    if weight.difference is None or weight.difference.absolute.index is None:
        return weight.name
    index = ", ".join(map(str, weight.difference.absolute.index))
    return f"{weight.name}[{index}]" + (f" ({weight.where})" if weight.where else "")


def _weights(comparison: WeightComparison) -> dict[str, Any]:
    return {
        "verdict": comparison.verdict.value,
        **_tolerance(comparison.tolerance),
        "layers": [
            {
                "path": layer.path,
                "path_b": layer.path_b,
                "class": layer.layer_class,
                "verdict": layer.verdict.value,
                "weights": [
                    {
                        "name": weight.name,
                        "verdict": weight.verdict.value,
                        "shapes": _shapes(weight.shapes),
                        "dtypes": list(weight.dtypes),
                        "difference": _difference(weight.difference),
                        "where": weight.where,
                    }
                    for weight in layer.weights
                ],
                "diagnoses": [diagnosis.to_dict() for diagnosis in layer.diagnoses],
            }
            for layer in comparison.layers
        ],
    }


def _outputs(comparison: OutputComparison) -> dict[str, Any]:
    first = comparison.first_different
    return {
        "verdict": comparison.verdict.value,
        **_tolerance(comparison.tolerance),
        "first_different": None if first is None else first.path,
        "only_a": list(comparison.only_a),
        "only_b": list(comparison.only_b),
        "layers": [
            {
                "path": layer.path,
                "path_b": layer.path_b,
                "class": layer.layer_class,
                "verdict": layer.verdict.value,
                "shapes": _shapes(layer.shapes),
                "difference": _difference(layer.difference),
                "inputs_agree": layer.inputs_agree,
                "note": layer.note,
                "diagnosis": None if layer.diagnosis is None else layer.diagnosis.to_dict(),
            }
            for layer in comparison.layers
        ],
    }


def _tolerance(tolerance: Tolerance) -> dict[str, float]:
    return {"rtol": tolerance.rtol, "atol": tolerance.atol}


def _shapes(shapes: tuple[tuple[int, ...] | None, ...]) -> list[list[int] | None]:
    return [None if shape is None else list(shape) for shape in shapes]


def _difference(found: ArrayDifference | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "size": found.size,
        "differing": found.differing,
        "outside": found.outside,
        "absolute": _extreme(found.absolute),
        "relative": _extreme(found.relative),
        "factor_of_tolerance": _extreme(found.factor),
        "nans": list(found.nans),
        "infinities": list(found.infinities),
    }


def _extreme(extreme: Extreme) -> dict[str, Any]:
    index = None if extreme.index is None else list(extreme.index)
    return {
        "value": _number(extreme.value),
        "index": index,
        "a": _number(extreme.a),
        "b": _number(extreme.b),
    }


def _number(value: float) -> float | str:
    """Return a number that JSON has; others by name."""
    return value if np.isfinite(value) else str(value)
