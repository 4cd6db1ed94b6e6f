"""A verification as one HTML page that needs nothing else: no script, no request."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape

import numpy as np

from weight_port.formats.atomic import replacing
from weight_port.verify.compare import LayerDifference, WeightComparison, WeightDifference
from weight_port.verify.diagnosis import Diagnosis
from weight_port.verify.difference import ArrayDifference, Tolerance
from weight_port.verify.html.drawings import DECADES, bar, heat, histogram, scatter
from weight_port.verify.html.style import STYLE
from weight_port.verify.outputs import OutputComparison, OutputDifference
from weight_port.verify.report import Report, place

# More maps than this make a page of many megabytes that no one looks through.
_MOST_MAPS = 60


def write_html(report: Report, path: str | os.PathLike, *, overwrite: bool = True) -> None:
    """Write a report as a page.

    Args:
        report: The report.
        path: The file; it appears when it is complete.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        FileExistsError: If there is a file and `overwrite` is False.
    """
    with replacing(path, overwrite=overwrite) as temporary:
        temporary.write_text(to_html(report), encoding="utf-8")


def to_html(report: Report) -> str:
    """Return a report as the text of a page. All names in it are escaped."""
    parts = [_banner(report)]
    if report.diagnoses:
        parts.append(_causes(report.diagnoses))
    if report.weights is not None:
        parts.append(_weights(report.weights))
    if report.outputs is not None:
        parts.append(_outputs(report.outputs))
    title = escape(f"{'Agree' if report.good else 'Differ'}: {report.name_a}, {report.name_b}")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        # Should something slip through, the browser still loads and runs nothing.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _banner(report: Report) -> str:
    kind, word = ("good", "The models agree") if report.good else ("bad", "The models differ")
    found = len(report.diagnoses)
    note = ""
    if not report.good:
        note = (
            f" {found} likely {'cause' if found == 1 else 'causes'} found."
            if found
            else (" No known mistake explains it.")
        )
    return (
        f'<header class="banner {kind}"><h1>{word}</h1><p>{escape(report.headline)}.{note}</p>'
        f'<div class="sides"><b>a</b><code>{escape(report.name_a)}</code>'
        f"<b>b</b><code>{escape(report.name_b)}</code></div></header>"
    )


def _causes(diagnoses: Sequence[Diagnosis]) -> str:
    return f'<h2>Likely causes</h2><div class="causes">{"".join(map(_cause, diagnoses))}</div>'


def _cause(diagnosis: Diagnosis) -> str:
    return (
        f'<div class="cause"><b>{escape(diagnosis.layer)}</b><p>{escape(diagnosis.sentence)}</p>'
        f'<p class="soft">{escape(diagnosis.remedy)}</p></div>'
    )


def _heading(title: str, tolerance: Tolerance, note: str = "") -> str:
    return (
        f'<h2>{title}</h2><p class="soft">The largest difference of each layer against the '
        f"tolerance (rtol {tolerance.rtol:g}, atol {tolerance.atol:g}), the line in the middle; a "
        f"log scale. Tap a layer for more.</p>{note}"
        f'<div class="legend"><span></span><span>layer</span><span><i>&times;1e-{DECADES}</i>'
        f"<i>tolerance</i><i>&times;1e{DECADES}</i></span><span>difference</span></div>"
    )


def _weights(comparison: WeightComparison) -> str:
    left = _MOST_MAPS
    parts = []
    for layer in comparison.layers:
        maps = [w for w in layer.weights if w.heat_map is not None]
        parts.append(_weight_layer(layer, maps[:left]))
        left -= len(maps[:left])
    return _heading("Weights", comparison.tolerance) + "".join(parts)


def _weight_layer(layer: LayerDifference, maps: Sequence[WeightDifference]) -> str:
    factors = [w.difference.factor.value for w in layer.weights if w.difference is not None]
    comparable = len(factors) == len(layer.weights)
    largest = layer.largest
    size = largest.difference.absolute.value if largest and largest.difference else None
    other = layer.path_b if layer.path_b not in ("", layer.path) else ""
    rows = "".join(
        f'<tr><td class="w"><code>{escape(w.name)}</code><small>{escape(_at(w))}</small></td>'
        f'<td>{escape(w.verdict.value)}</td><td class="n">{escape(_shapes(w.shapes))}</td>'
        f"{_numbers(w.difference)}</tr>"
        for w in layer.weights
    )
    table = (
        '<div class="scroll"><table><tr><th>weight</th><th>verdict</th><th>shape</th>'
        "<th>largest difference</th><th>relative</th><th>outside</th><th>NaN</th>"
        f"</tr>{rows}</table></div>"
    )
    pictures = "".join(
        f"<figure>{heat(w.heat_map)}<figcaption>{escape(w.name)}: {w.heat_map.rows} rows, "
        f"{w.heat_map.columns} columns; the redder, the farther apart</figcaption></figure>"
        for w in maps
        if w.heat_map is not None
    )
    body = "".join(map(_cause, layer.diagnoses)) + table
    body += f'<div class="plots">{pictures}</div>' if pictures else ""
    return _details(
        layer.path,
        other,
        layer.layer_class,
        layer.verdict.value,
        layer.verdict.good,
        max(factors, default=0.0) if comparable else None,
        size if comparable else None,
        body,
    )


def _outputs(comparison: OutputComparison) -> str:
    first = comparison.first_different
    note = ""
    if first is not None:
        note = (
            f"<p>The first layer that differs is <code>{escape(first.path)}</code>: look there.</p>"
        )
    parts = [_output_layer(layer) for layer in comparison.layers]
    for side, paths in (("a", comparison.only_a), ("b", comparison.only_b)):
        if paths:
            parts.append(
                f'<p class="soft">Called in {side} alone: '
                + ", ".join(f"<code>{escape(path)}</code>" for path in paths)
                + "</p>"
            )
    return _heading("Outputs", comparison.tolerance, note) + "".join(parts)


def _output_layer(layer: OutputDifference) -> str:
    found = layer.difference
    notes = [layer.note] if layer.note else []
    if layer.inputs_agree is False:
        notes.append("the inputs of this layer differ already")
    elif layer.inputs_agree and not layer.verdict.good:
        notes.append("the inputs of this layer agree, so the difference arises here")
    body = _cause(layer.diagnosis) if layer.diagnosis is not None else ""
    body += (
        '<div class="scroll"><table><tr><th>shape</th><th>largest difference</th><th>relative</th>'
        f'<th>outside</th><th>NaN</th></tr><tr><td class="n">{escape(_shapes(layer.shapes))}</td>'
        f"{_numbers(found)}</tr></table></div>"
    )
    body += f'<p class="soft">{escape("; ".join(notes))}</p>' if notes else ""
    if found is not None and not found.equal:
        drawn = (
            (scatter(layer.points), "values of b against a; equal ones lie on the dashed line"),
            (histogram(layer.points), "how many of the values shown are how far apart"),
        )
        body += '<div class="plots">'
        body += "".join(
            f"<figure>{svg}<figcaption>{text}</figcaption></figure>" for svg, text in drawn if svg
        )
        body += "</div>"
    return _details(
        layer.path,
        layer.path_b if layer.path_b != layer.path else "",
        layer.layer_class,
        layer.verdict.value,
        layer.verdict.good,
        None if found is None else found.factor.value,
        None if found is None else found.absolute.value,
        body,
    )


def _details(
    path: str,
    other: str,
    layer_class: str,
    verdict: str,
    good: bool,
    factor: float | None,
    size: float | None,
    body: str,
) -> str:
    kind, mark = ("good", "&#10003;") if good else ("bad", "&#10007;")
    small = " · ".join(text for text in (layer_class, f"in b: {other}" if other else "") if text)
    number = _short(size) if size is not None else escape(verdict)
    return (
        f'<details class="layer {kind}"><summary><span class="mark" title="{escape(verdict)}">'
        f'{mark}</span><span class="name">{escape(path)}<small>{escape(small)}</small></span>'
        f'{bar(factor, good)}<span class="num">{number}</span></summary>'
        f'<div class="body">{body}</div></details>'
    )


def _numbers(found: ArrayDifference | None) -> str:
    if found is None:
        return '<td class="n"></td>' * 4
    nans = f"{found.nans[0]} / {found.nans[1]}" if any(found.nans) else ""
    return (
        f'<td class="n">{_short(found.absolute.value)}</td>'
        f'<td class="n">{_short(found.relative.value)}</td>'
        f'<td class="n">{found.outside} of {found.size}</td><td class="n">{nans}</td>'
    )


def _short(value: float) -> str:
    if value == 0:
        return "equal"
    return f"{value:.2e}" if np.isfinite(value) else "&#8734;"


def _at(weight: WeightDifference) -> str:
    """Say where the largest difference of a weight is, if there is one."""
    if weight.difference is None or weight.difference.equal:
        return ""
    return f"largest at {place(weight)}"


def _shapes(shapes: tuple[tuple[int, ...] | None, tuple[int, ...] | None]) -> str:
    texts = ["none" if shape is None else str(shape) for shape in shapes]
    return texts[0] if texts[0] == texts[1] else f"{texts[0]} / {texts[1]}"
