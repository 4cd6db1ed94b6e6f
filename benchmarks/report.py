"""The report of a run: a Markdown document, and the same as JSON with all samples."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from benchmarks.aims import judge_all
from benchmarks.cases import MANY, Case, Size
from benchmarks.formatting import duration, shown
from benchmarks.run import DENSE, OWN, Outcome
from benchmarks.timing import Contender, Spread, differences, ratios
from benchmarks.verdicts import verdict_lines


@dataclasses.dataclass
class Report:
    """One run.

    Attributes:
        date: When it ran.
        machine: What it ran on.
        device: `"cpu"` or `"cuda"`.
        threads: Number of threads.
        gemm_rates: Operations a second of a large matrix product, by library.
        load: The system's load before and after, where it is known.
        peers: For each peer its versions, or that it is not installed or was not asked for.
        outcomes: The cases.
        note: What is out of the ordinary about the run, or nothing.
    """

    date: str
    machine: dict[str, str]
    device: str
    threads: int
    gemm_rates: dict[str, float]
    load: list[float | None]
    peers: dict[str, str]
    outcomes: list[Outcome]
    note: str = ""

    def bound(self, outcome: Outcome) -> float:
        """Return the seconds of the case's matrix products at the best rate of a large one."""
        return outcome.case.flops / max(self.gemm_rates.values())

    def failed(self) -> bool:
        """Whether a peer failed, or computed something else."""
        return any(outcome.failures for outcome in self.outcomes)


def to_markdown(report: Report) -> str:
    """Write the report for people."""
    timed = [outcome for outcome in report.outcomes if OWN in outcome.contenders]
    dense = [outcome for outcome in timed if outcome.case.mask is None]
    masked = [outcome for outcome in timed if outcome.case.mask is not None]
    others = [
        name
        for name in report.peers
        if any(name in outcome.contenders or name in outcome.failures for outcome in timed)
    ]
    others = [name for name in others if name != OWN]
    lines = ["# Recurrent layers: kerasish beside torch and Keras", "", *_facts(report)]
    if dense:
        lines += ["", "## Dense", "", *_table(report, dense, others)]
    if masked:
        lines += ["", "## Masked", "", *_table(report, masked, [DENSE, *others])]
    lines += ["", "## Aims", "", *verdict_lines(judge_all(report.outcomes))]
    failures = [
        f"- {outcome.case.name}, {name}: {_last_line(reason)}"
        for outcome in report.outcomes
        for name, reason in outcome.failures.items()
    ]
    if failures:
        lines += ["", "## Failures", "", *failures]
    return "\n".join([*lines, ""])


def _facts(report: Report) -> list[str]:
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    loads = " and ".join("unknown" if one is None else f"{one:.1f}" for one in report.load)
    rates = ", ".join(f"{name} {rate / 1e9:.0f}" for name, rate in report.gemm_rates.items())
    return [
        f"- {report.date}; {machine}",
        f"- {len(report.outcomes)} cells, device {report.device}, {report.threads} threads; "
        f"load before and after: {loads}",
        f"- sgemm of 2048 x 2048, GFLOP/s: {rates}",
        *([f"- {report.note}"] if report.note else []),
        *(f"- {name}: {state}" for name, state in report.peers.items()),
    ]


def _table(report: Report, outcomes: Sequence[Outcome], others: Sequence[str]) -> list[str]:
    head = ["case", "(batch, time, features, units)", "path", "kerasish", "gemm bound"]
    head += [f"/ {name}" for name in others]
    rows = [head, ["---"] * 3 + ["---:"] * (len(head) - 3)]
    for outcome in outcomes:
        own = Spread.of(outcome.contenders[OWN].seconds)
        row = [
            outcome.case.name,
            outcome.case.shape,
            outcome.path,
            f"{duration(own.median)} ({duration(own.lower)} to {duration(own.upper)})",
            duration(report.bound(outcome)),
        ]
        rows.append(row + [_ratio(report, outcome, name) for name in others])
    return [f"| {' | '.join(row)} |" for row in rows]


def _ratio(report: Report, outcome: Outcome, name: str) -> str:
    if name in outcome.failures:
        return "failed"
    if name not in outcome.contenders:
        return "n/a"
    own, other = outcome.contenders[OWN], outcome.contenders[name]
    ratio = ratios(own, other)
    text = shown(ratio)
    if outcome.case.size.name == "small" and outcome.case.action != MANY:
        text += f", {differences(own, other).median * 1e6:+.0f} µs"
    return text


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def to_json(report: Report) -> dict[str, Any]:
    """Return the report for programs, with every sample."""
    return {
        "date": report.date,
        "machine": report.machine,
        "device": report.device,
        "threads": report.threads,
        "gemm_flops_per_second": report.gemm_rates,
        "load": report.load,
        "note": report.note,
        "peers": report.peers,
        "cases": [
            {
                "name": outcome.case.name,
                "case": dataclasses.asdict(outcome.case),
                "path": outcome.path,
                "flops": outcome.case.flops,
                "gemm_bound_seconds": report.bound(outcome),
                "seconds": {name: one.seconds for name, one in outcome.contenders.items()},
                "failures": outcome.failures,
            }
            for outcome in report.outcomes
        ],
    }


def from_json(content: dict[str, Any]) -> Report:
    """Read back what `to_json` wrote."""
    outcomes = []
    for entry in content["cases"]:
        case = Case(**{**entry["case"], "size": Size(**entry["case"]["size"])})
        contenders = {
            name: Contender(name, None, case, seconds) for name, seconds in entry["seconds"].items()
        }
        outcomes.append(Outcome(case, contenders, entry["failures"], entry["path"]))
    names = ("date", "machine", "device", "threads", "load", "peers", "note")
    return Report(
        **{name: content[name] for name in names},
        gemm_rates=content["gemm_flops_per_second"],
        outcomes=outcomes,
    )
