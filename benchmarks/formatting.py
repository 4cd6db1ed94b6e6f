"""Numbers for people."""

from __future__ import annotations

from benchmarks.timing import Spread


def duration(seconds: float) -> str:
    """Write seconds with three digits, such as `1.23 ms`."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < 999.5 * size else f"{seconds:.0f} s"
    return f"{seconds / 1e-9:.3g} ns"


def shown(ratio: Spread) -> str:
    """Write a ratio with its quartiles."""
    return f"{factor(ratio.median)} ({factor(ratio.lower)} to {factor(ratio.upper)})"


def factor(value: float) -> str:
    """Write a ratio."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"
