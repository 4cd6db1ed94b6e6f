"""`kerasish check`: what of Keras code will port."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kerasish.porter import Report, check_file, find_files
from weight_port.cli import options, output

_SHOWN = 20


def check(
    paths: Annotated[list[Path], typer.Argument(help="Scripts, notebooks, folders of them.")],
    as_json: options.AsJson = False,
) -> None:
    """Say what will port and what will not, where it stands and what to do. Nothing is run.

    Exit code 0 if all ports, 1 if some does not, 3 if a file can't be read.

    For example:

    `kerasish check notebooks/`

    `kerasish check model.py train.ipynb --json`
    """
    reports = [check_file(path) for path in find_files(paths)]
    if as_json:
        output.as_json({"files": [one.to_dict() for one in reports], "total": _total(reports)})
    else:
        for report in reports:
            show(report)
        _show_total(reports)
    raise typer.Exit(exit_code(reports))


def exit_code(reports: list[Report]) -> int:
    """Return 3 where a file can't be read, else 1 where something does not port, else 0."""
    if any(one.error for one in reports):
        return 3
    return int(any(one.findings for one in reports))


def show(report: Report) -> None:
    """Print what of one file ports."""
    if report.error:
        output.error(f"{report.path}: {report.error}")
        return
    uses = sum(report.ported.values())
    said = (
        f"{uses} uses port, {len(report.findings)} do not" if report.verdict != "no Keras" else ""
    )
    output.console.print(
        f"[bold]{output.name(report.path)}[/]: {report.verdict}" + (f" ({said})" if said else ""),
        soft_wrap=True,
    )
    if not report.findings:
        return
    table = Table("Where", "What", "What to do", box=None, pad_edge=False)
    for finding in report.findings:
        table.add_row(finding.place, output.name(finding.name), output.name(finding.advice))
    output.console.print(table)


def _total(reports: list[Report]) -> dict:
    missing = Counter(finding.name for one in reports for finding in one.findings)
    return {
        "files": len(reports),
        "verdicts": dict(Counter(one.verdict for one in reports)),
        "ported": sum(sum(one.ported.values()) for one in reports),
        "missing": dict(missing.most_common()),
    }


def _show_total(reports: list[Report]) -> None:
    total = _total(reports)
    if len(reports) == 1:
        return
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in total["verdicts"].items())
    output.console.print(f"\n{total['files']} files: {verdicts or 'none to check'}", soft_wrap=True)
    missing = list(total["missing"].items())
    if missing:
        table = Table("Does not port", "Uses", box=None, pad_edge=False)
        for name, count in missing[:_SHOWN]:
            table.add_row(output.name(name), str(count))
        output.console.print(table)
        if len(missing) > _SHOWN:
            output.console.print(f"... and {len(missing) - _SHOWN} more; --json lists all")
