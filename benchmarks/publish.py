"""Put the tables of a run into the documents: `python -m benchmarks.publish FOLDER`.

FOLDER is what `python -m benchmarks --out FOLDER` filled. The text between `<!-- NAME -->` and
`<!-- end NAME -->` is written anew from the JSON: `run`, `startup` and `fit` in docs/benchmarks.md,
and `speed` in README.md. What was not measured stays as it is.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from benchmarks import fit, startup
from benchmarks.aims import judge_all
from benchmarks.formatting import duration, factor
from benchmarks.report import Report, from_json, to_markdown
from benchmarks.run import OWN
from benchmarks.timing import Spread, ratios
from benchmarks.verdicts import UNEXPLAINED, count_lines, reason

ROOT = Path(__file__).resolve().parents[1]
# The cells of the README's table.
_SUMMARY = (
    "LSTM/small/predict",
    "LSTM/medium/*",
    "GRU/medium/*",
    "LSTM/large/*",
    "GRU/large/*",
    "Bidirectional/medium/*",
    "GRU-reset_before/medium/*",
)


def replace_between(text: str, name: str, content: str) -> str:
    """Return a document with other text between its marks.

    Raises:
        ValueError: If the marks are not there once each.
    """
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"The marks of a place stand once in a document. Received: {name!r}")
    return pattern.sub(lambda found: found[1] + content.strip() + "\n" + found[2], text)


def as_section(text: str) -> str:
    """Return a report as a part of a document: without its title, its headings a level lower."""
    lines = [line for line in text.splitlines() if not line.startswith("# ")]
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in lines)


def summary_lines(report: Report) -> list[str]:
    """Write some cells, as ratios, and how many of all reach the aims."""
    shown = [
        one
        for one in report.outcomes
        if OWN in one.contenders
        and one.case.mask is None
        and any(fnmatch(one.case.name, pattern) for pattern in _SUMMARY)
    ]
    others = [
        name
        for name in report.peers
        if name != OWN and any(name in one.contenders for one in shown)
    ]
    rows = [["", "(batch, time, features, units)", OWN, *(f"/ {name}" for name in others)]]
    rows.append(["---", "---"] + ["---:"] * (len(others) + 1))
    for one in shown:
        own = one.contenders[OWN]
        row = [one.case.name, one.case.shape, duration(Spread.of(own.seconds).median)]
        for name in others:
            other = one.contenders.get(name)
            row.append("" if other is None else factor(ratios(own, other).median))
        rows.append(row)
    lines = [f"| {' | '.join(row)} |" for row in rows]
    machine = f"{report.machine['processor']}, {report.threads} threads, {report.date[:10]}"
    intro = f"kerasish's time, and as a multiple of each peer's; {machine}:"
    return [intro, "", *lines, "", *count_lines(judge_all(report.outcomes))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0, or 2 if the folder holds no results.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publish", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    options = parser.parse_args(arguments)
    found = {path.stem: path for path in options.folder.glob("*.json")}
    contents = {
        name: json.loads(found[name].read_text(encoding="utf-8"))
        for name in ("rnn", "startup", "fit")
        if name in found
    }
    if not contents:
        parser.error(f"there are no results. Received: {options.folder}")
    document = options.docs.read_text(encoding="utf-8")
    if "startup" in contents:
        text = as_section(startup.to_markdown(contents["startup"]))
        document = replace_between(document, "startup", text)
    if "fit" in contents:
        document = replace_between(document, "fit", fit.from_json(contents["fit"]))
    if "rnn" in contents:
        report = from_json(contents["rnn"])
        document = replace_between(document, "run", as_section(to_markdown(report)))
        readme = options.readme.read_text(encoding="utf-8")
        readme = replace_between(readme, "speed", "\n".join(summary_lines(report)))
        options.readme.write_text(readme, encoding="utf-8")
        for one in judge_all(report.outcomes):
            if not one.holds and reason(one) == UNEXPLAINED:
                print(f"no reason in reasons.yaml: {one.cell}, {one.aim}", file=sys.stderr)
    options.docs.write_text(document, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
