"""The drawings of the page, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from weight_port.verify.heat_map import HeatMap, grid_levels

# The bars run over this many decades on each side of the tolerance.
DECADES = 4


def bar(factor: float | None, good: bool) -> str:
    """Draw a difference against the tolerance, which is in the middle, on a log scale.

    Args:
        factor: The difference as a multiple of the tolerance; None where it can't be told.
        good: Whether it is within.
    """
    length = 0.0
    label, empty = "cannot be compared", "none"
    if factor is not None:
        empty = "grid"
        label = "no difference" if factor == 0 else f"{factor:.3g} times the tolerance"
        length = 0.0 if factor == 0 else 100.0
        if 0 < factor < np.inf:
            length = float(np.clip((np.log10(factor) + DECADES) / (2 * DECADES), 0.01, 1)) * 100
    kind = "good" if good else "bad"
    return (
        f'<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}" style="height:12px">'
        f'<rect class="{empty}" x="0" y="3" width="100" height="6" '
        'vector-effect="non-scaling-stroke"/>'
        f'<rect class="fill-{kind}" x="0" y="3" width="{length:.2f}" height="6"/>'
        '<line class="limit" x1="50" y1="0" x2="50" y2="12" vector-effect="non-scaling-stroke"/>'
        "</svg>"
    )


def heat(grid: HeatMap) -> str:
    """Draw where a weight differs; the gates are labelled bands of columns."""
    levels = grid_levels(grid.cells)
    rows, columns = len(levels), len(levels[0])
    width = 400.0
    cell = width / columns
    height = float(np.clip(cell, 6, 26)) if rows > 1 else 26.0
    top = 18.0 if grid.bands else 0.0
    tall = rows * height
    parts = [f'<rect class="grid" x="0" y="{top:g}" width="{width:g}" height="{tall:.2f}"/>']
    for r, row in enumerate(levels):
        parts += [
            f'<rect class="heat" x="{c * cell:.2f}" y="{top + r * height:.2f}" '
            f'width="{cell:.2f}" height="{height:.2f}" fill-opacity="{level:.2f}"/>'
            for c, level in enumerate(row)
            if level
        ]
    bottom = top + tall
    for name, first, last in grid.bands:
        middle = (first + last) / 2 * cell
        parts.append(f'<text x="{middle:.2f}" y="12" text-anchor="middle">{escape(name)}</text>')
        if first:
            x = first * cell
            parts.append(
                f'<line class="limit" x1="{x:.2f}" y1="{top:g}" x2="{x:.2f}" y2="{bottom:.2f}"/>'
            )
    return (
        f'<svg viewBox="0 0 {width:g} {bottom:.2f}" role="img" '
        f'aria-label="Where the weight differs">{"".join(parts)}</svg>'
    )


def scatter(points: Sequence[tuple[float, float]]) -> str:
    """Draw values of `b` against those of `a`; equal values lie on the diagonal."""
    finite = np.array([p for p in points if np.isfinite(p).all()])
    if not len(finite):
        return ""
    low, high = float(finite.min()), float(finite.max())
    span = (high - low) or 1.0
    size, left, bottom = 260.0, 52.0, 24.0

    def at(value: float) -> float:
        return 6 + (value - low) / span * (size - 12)

    dots = "".join(
        f'<circle class="dot" cx="{left + at(a):.1f}" cy="{size - at(b):.1f}" r="2.6"/>'
        for a, b in finite
    )
    return (
        f'<svg viewBox="0 0 {left + size:g} {size + bottom:g}" role="img" '
        'aria-label="Values of b against those of a">'
        f'<rect class="grid" x="{left:g}" y="0" width="{size:g}" height="{size:g}"/>'
        f'<line class="diagonal" x1="{left:g}" y1="{size:g}" x2="{left + size:g}" y2="0"/>{dots}'
        f'<text x="{left:g}" y="{size + 15:g}">{low:.3g}</text>'
        f'<text x="{left + size:g}" y="{size + 15:g}" text-anchor="end">{high:.3g}</text>'
        f'<text x="{left + size / 2:g}" y="{size + 15:g}" text-anchor="middle">a</text>'
        f'<text x="{left - 6:g}" y="12" text-anchor="end">{high:.3g}</text>'
        f'<text x="{left - 6:g}" y="{size - 2:g}" text-anchor="end">{low:.3g}</text>'
        f'<text x="{left - 6:g}" y="{size / 2:g}" text-anchor="end">b</text></svg>'
    )


def histogram(points: Sequence[tuple[float, float]]) -> str:
    """Draw how many values are how far apart, by decades."""
    gaps = np.array([abs(a - b) for a, b in points if np.isfinite((a, b)).all()])
    if not len(gaps):
        return ""
    positive = gaps[gaps > 0]
    top = int(np.ceil(np.log10(positive.max()))) if len(positive) else 0
    decades = list(range(top - 9, top))
    # Everything below the last decade, and what is equal, is in the first column.
    exponents = np.full(len(gaps), decades[0] - 1)
    exponents[gaps > 0] = np.floor(np.log10(positive))
    labels = ["smaller", *(f"1e{d}" for d in decades)]
    counts = [int((exponents < decades[0]).sum())]
    counts += [
        int(((exponents == d) | ((d == decades[-1]) & (exponents > d))).sum()) for d in decades
    ]
    width, height, step = 320.0, 150.0, 32.0
    parts = []
    for i, count in enumerate(counts):
        tall = count / max(counts) * (height - 20)
        x = i * step
        parts.append(
            f'<rect class="fill-bad" x="{x + 3:g}" y="{height - tall:.1f}" width="{step - 6:g}" '
            f'height="{tall:.1f}"/>'
        )
        if count:
            parts.append(
                f'<text x="{x + step / 2:g}" y="{height - tall - 4:.1f}" '
                f'text-anchor="middle">{count}</text>'
            )
        if i % 2 == 0:
            text = "less" if i == 0 else labels[i]
            parts.append(
                f'<text x="{x + step / 2:g}" y="{height + 15:g}" text-anchor="middle">{text}</text>'
            )
    return (
        f'<svg viewBox="0 0 {width:g} {height + 22:g}" role="img" '
        'aria-label="Differences by decade">'
        f'<line class="axis" x1="0" y1="{height:g}" x2="{width:g}" y2="{height:g}"/>'
        f"{''.join(parts)}</svg>"
    )
