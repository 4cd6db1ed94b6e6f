"""The options of `kerasish port --prove`, and what it prints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kerasish.porter.proof import Proof, State, Verdict, prove
from kerasish.porter.proof.page import write_html
from kerasish.porter.proof.proving import DEFAULT_TIMEOUT, DEFAULT_TOLERANCE
from kerasish.porter.proof.sides import check_packages
from weight_port.cli import output

PANEL = "Proof"

Prove = Annotated[
    bool,
    typer.Option(
        "--prove",
        help="Run the original with Keras and the port, and compare them cell by cell.",
        rich_help_panel=PANEL,
    ),
]
ReportPath = Annotated[
    Path | None,
    typer.Option(
        "--report",
        help="Where the HTML report goes: a file for one, a folder for several. "
        "By default train_proof.html beside the port.",
        rich_help_panel=PANEL,
    ),
]
Ported = Annotated[
    Path | None,
    typer.Option(
        "--ported",
        help="Prove this port, which was changed by hand; nothing is ported or written.",
        rich_help_panel=PANEL,
    ),
]
ToleranceOption = Annotated[
    float,
    typer.Option(
        "--tolerance",
        min=0.0,
        help="How far numbers may be apart, for their size.",
        rich_help_panel=PANEL,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        max=2**32 - 1,
        help="The seed on both sides.",
        rich_help_panel=PANEL,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=1.0,
        help="The seconds that a cell may take.",
        rich_help_panel=PANEL,
    ),
]
KerasPython = Annotated[
    Path | None,
    typer.Option(
        "--keras-python",
        help="A Python that has Keras, TensorFlow and ipykernel; by default this one.",
        rich_help_panel=PANEL,
    ),
]


@dataclass(frozen=True)
class ProofOptions:
    """What `--prove` was called with."""

    report: Path | None = None
    ported: Path | None = None
    tolerance: float = DEFAULT_TOLERANCE
    seed: int = 0
    timeout: float = DEFAULT_TIMEOUT
    keras_python: Path | None = None

    def check(self, many: bool) -> None:
        """Make sure that a proof can be had, before anything is written.

        Args:
            many: Whether several files are proven.

        Raises:
            typer.BadParameter: If an option does not go with them.
            ProofError: If something is not installed.
        """
        if self.ported is not None and many:
            raise typer.BadParameter("--ported goes with one file.")
        if self.report is not None and not many and self.report.suffix not in (".html", ".htm"):
            raise typer.BadParameter("The report is a page: its name ends with .html.")
        if self.report is not None and many and self.report.exists() and not self.report.is_dir():
            raise typer.BadParameter("For several files --report is a folder.")
        check_packages(None if self.keras_python is None else str(self.keras_python))

    def run(self, path: Path, target: Path, root: Path, *, many: bool, quiet: bool) -> Proof:
        """Prove one file and write the report.

        Args:
            path: The original.
            target: Where its port goes.
            root: The folder that the original was found in.
            many: Whether it is one of several.
            quiet: Whether to print nothing.
        """
        with output.messages.status("") as status:

            def told(side: str, number: int, of: int) -> None:
                status.update(f"{output.name(path.name)}: {side}, cell {number} of {of}")

            proof = prove(
                path,
                ported=self.ported,
                tolerance=self.tolerance,
                seed=self.seed,
                timeout=self.timeout,
                keras_python=self.keras_python,
                told=told,
            )
        report = self._report(path, target, root, many)
        if many:
            report.parent.mkdir(parents=True, exist_ok=True)
        write_html(proof, report)
        if not quiet:
            show_proof(proof)
        output.note(f"Wrote {report}")
        return proof

    def _report(self, path: Path, target: Path, root: Path, many: bool) -> Path:
        name = f"{path.stem}_proof.html"
        if self.report is None:
            return target.with_name(name)
        if not many:
            return self.report
        return self.report / path.relative_to(root).with_name(name)


def show_proof(proof: Proof) -> None:
    """Print what a proof came to, cell by cell."""
    table = Table("Cell", "Result", "Largest difference", "Of", box=None, pad_edge=False)
    for cell in proof.cells:
        largest = cell.largest
        style = "green" if cell.verdict.good else "red" if cell.verdict.failed else "yellow"
        apart = largest.absolute if largest is not None else None
        said = next((one for one in cell.items if one.state is State.DIFFER), largest)
        error = cell.port_run.error or cell.original_run.error
        what = ": ".join(error)[:60] if error else ""
        if not error and said is not None and (apart or said.state is State.DIFFER):
            what = said.name
        table.add_row(
            cell.place.removeprefix("cell "),
            f"[{style}]{cell.verdict.value}[/]",
            f"{apart:.1e}" if apart else "",
            output.name(what) if cell.verdict is not Verdict.NOT_RUN else "",
        )
    output.console.print(table)
    style = "green" if proof.agrees else "red"
    output.console.print(
        f"[bold {style}]{proof.headline}[/] (tolerance {proof.tolerance.rtol:g})", soft_wrap=True
    )
