"""The curves of both sides over each other, as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from kerasish.porter.proof.results import Curve

_WIDE, _HIGH = 320.0, 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 10.0, 10.0, 24.0
_MOST_DOTS = 30


def draw(curve: Curve) -> str:
    """Return a drawing: the original as a broad line, the port as a dashed one over it.

    Args:
        curve: The values of both sides; those that are no numbers leave gaps.
    """
    low, high = _range([*curve.original, *curve.port])
    most = max(len(curve.original), len(curve.port))

    def at(index: int, value: float) -> tuple[float, float]:
        x = _LEFT + (_WIDE - _LEFT - _RIGHT) * (index / max(most - 1, 1))
        y = _TOP + (_HIGH - _TOP - _BOTTOM) * (1 - (value - low) / (high - low))
        return round(x, 1), round(y, 1)

    parts = []
    for step in range(5):
        value = low + (high - low) * step / 4
        _, y = at(0, value)
        parts.append(
            f'<line class="rule" x1="{_LEFT:g}" y1="{y:g}" x2="{_WIDE - _RIGHT:g}" y2="{y:g}"/>'
        )
        if step % 2 == 0:
            said = _short(value, high - low)
            parts.append(f'<text x="{_LEFT - 6:g}" y="{y + 4:g}" text-anchor="end">{said}</text>')
    for index, anchor in ((0, "start"), (most - 1, "end")):
        x, _ = at(index, low)
        parts.append(f'<text x="{x:g}" y="{_HIGH - 6:g}" text-anchor="{anchor}">{index + 1}</text>')
    for side, values in (("original", curve.original), ("port", curve.port)):
        parts += [
            f'<polyline class="{side}" points="{" ".join(f"{x:g},{y:g}" for x, y in run)}"/>'
            for run in _runs(values, at)
        ]
        if len(values) <= _MOST_DOTS:
            places = [at(i, v) for i, v in enumerate(values) if math.isfinite(v)]
            size = 4 if side == "original" else 2
            parts += [
                f'<circle class="{side}" cx="{x:g}" cy="{y:g}" r="{size}"/>' for x, y in places
            ]
    return (
        f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}" role="img" '
        f'aria-label="The curve on both sides, from {low:.3g} to {high:.3g}">'
        f"{''.join(parts)}</svg>"
    )


def largest_gap(curve: Curve) -> float:
    """Return how far the curves are apart at most; infinity if one is longer or not a number."""
    if len(curve.original) != len(curve.port):
        return math.inf
    gaps = [abs(a - b) for a, b in zip(curve.original, curve.port, strict=True) if a != b]
    return max((math.inf if math.isnan(gap) else gap for gap in gaps), default=0.0)


def _range(values: Sequence[float]) -> tuple[float, float]:
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if high == low:
        room = abs(low) * 0.05 or 1.0
        return low - room, high + room
    return low, high


def _runs(values: Sequence[float], at: Callable[[int, float], tuple[float, float]]) -> list[list]:
    """Return the points between the gaps."""
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if math.isfinite(value):
            runs[-1].append(at(index, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _short(value: float, span: float) -> str:
    """Return a number with as many digits as tell the rules apart."""
    places = 1 - math.floor(math.log10(span)) if span > 0 else 2
    if abs(value) >= 1e5 or places > 4:
        return f"{value:.1e}"
    return f"{value:.{max(places, 0)}f}"
