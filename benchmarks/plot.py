"""A picture of a run: each peer's time as a multiple of kerasish's. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path

from benchmarks.report import Report
from benchmarks.run import OWN
from benchmarks.timing import Spread, ratios


def plot(report: Report, path: Path) -> None:
    """Draw how many times as long as kerasish the others take, and write the picture.

    Args:
        report: The run.
        path: Where the picture goes; the ending tells the format.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    outcomes = [outcome for outcome in report.outcomes if OWN in outcome.contenders]
    names = list(dict.fromkeys(n for o in outcomes for n in o.contenders if n != OWN))
    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.3 * len(outcomes)), layout="constrained")
    for name in names:
        points: list[tuple[int, Spread]] = [
            (row, ratios(outcome.contenders[name], outcome.contenders[OWN]))
            for row, outcome in enumerate(outcomes)
            if name in outcome.contenders
        ]
        middles = [spread.median for _, spread in points]
        errors = [
            [spread.median - spread.lower for _, spread in points],
            [spread.upper - spread.median for _, spread in points],
        ]
        rows = [row for row, _ in points]
        axes.errorbar(middles, rows, xerr=errors, fmt="o", capsize=2, label=name)
    axes.axvline(1, color="black", linewidth=1, label=OWN)
    axes.set_yticks(range(len(outcomes)), [outcome.case.name for outcome in outcomes])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("time as a multiple of kerasish's (median and quartiles of the rounds)")
    axes.legend()
    figure.savefig(path)
    pyplot.close(figure)
