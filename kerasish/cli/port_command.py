"""`kerasish port`: Keras code becomes code of kerasish."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer

from kerasish.cli import proof_options
from kerasish.cli.check_command import exit_code, show
from kerasish.porter import PortedFile, Report, find_files, port_file, write_file
from kerasish.porter.proof import Proof
from weight_port.cli import options, output


def port(
    paths: Annotated[list[Path], typer.Argument(help="Scripts, notebooks, folders of them.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Where to write: a file for one, a folder for several."),
    ] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Replace the files.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes, write nothing.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite/--no-overwrite", help="Replace an existing target.")
    ] = False,
    clear_outputs: Annotated[
        bool, typer.Option("--clear-outputs", help="Leave out the outputs of notebooks.")
    ] = False,
    marks: Annotated[
        bool, typer.Option("--marks/--no-marks", help="A comment above what does not port.")
    ] = True,
    as_json: options.AsJson = False,
    prove: proof_options.Prove = False,
    report_path: proof_options.ReportPath = None,
    ported_path: proof_options.Ported = None,
    tolerance: proof_options.ToleranceOption = proof_options.DEFAULT_TOLERANCE,
    seed: proof_options.Seed = 0,
    timeout: proof_options.Timeout = proof_options.DEFAULT_TIMEOUT,
    keras_python: proof_options.KerasPython = None,
) -> None:
    """Rewrite imports, names and arguments; comments, outputs and metadata stay.

    Without -o and --in-place, `train.ipynb` becomes `train_kerasish.ipynb` beside it.
    What does not port stays as it is, under a comment `# kerasish: ...`, and is listed.

    With --prove both are run, in the file's folder, and compared; a page `train_proof.html` shows
    the cells side by side.

    Exit code 0 if all ports (and all cells agree), 1 if some does not (or a cell differs or
    fails), 2 for a wrong call, 3 if a file can't be read or written (or Keras is not installed).

    For example:

    `kerasish port train.ipynb`

    `kerasish port notebooks/ --in-place --diff`

    `kerasish port train.ipynb --prove`
    """
    if out is not None and in_place:
        raise typer.BadParameter("Give either -o or --in-place.")
    if not prove and (report_path or ported_path or keras_python):
        raise typer.BadParameter("--report, --ported and --keras-python go with --prove.")
    files = list(find_files(paths))
    many = len(files) > 1 or any(path.is_dir() for path in paths)
    if out is not None and many and out.exists() and not out.is_dir():
        raise typer.BadParameter("For several files -o is a folder.")
    proof = proof_options.ProofOptions(
        report_path, ported_path, tolerance, seed, timeout, keras_python
    )
    if prove:
        proof.check(many)
    reports = []
    proofs: dict[str, Proof] = {}
    roots = {path: _root(path, paths) for path in files}
    for path in files:
        try:
            ported = port_file(path, mark=marks, clear_outputs=clear_outputs)
            target = _target(path, roots[path], out, in_place, many)
            if diff:
                _show_diff(ported, quiet=as_json)
            # Before the original may be replaced.
            if prove and ported.report.ported:
                proofs[str(path)] = proof.run(path, target, roots[path], many=many, quiet=as_json)
            if not (diff or ported_path or (in_place and not ported.report.changed)):
                if many and out is not None:
                    target.parent.mkdir(parents=True, exist_ok=True)
                _write(ported, target, overwrite or in_place, keep_equal=prove)
            reports.append(ported.report)
        except (OSError, ValueError) as error:
            reports.append(Report(str(path), error=str(error)))
    if as_json:
        said = [one.to_dict() for one in reports]
        for one in said:
            if one["path"] in proofs:
                one["proof"] = proofs[one["path"]].to_dict()
        output.as_json({"files": said})
    else:
        for report in reports:
            show(report)
    differ = any(not one.agrees for one in proofs.values())
    raise typer.Exit(max(exit_code(reports), int(differ)))


def _write(ported: PortedFile, target: Path, overwrite: bool, keep_equal: bool) -> None:
    if keep_equal and target.is_file() and target.read_bytes() == ported.data:
        return  # a second proof
    write_file(ported, target, overwrite=overwrite)
    output.note(f"Wrote {target}")


def _root(path: Path, paths: list[Path]) -> Path:
    """Return the folder that a file was found in, or its own."""
    return next((one for one in paths if one.is_dir() and path.is_relative_to(one)), path.parent)


def _target(path: Path, root: Path, out: Path | None, in_place: bool, many: bool) -> Path:
    if in_place:
        return path
    if out is None:
        return path.with_name(f"{path.stem}_kerasish{path.suffix}")
    if many or out.is_dir():
        return out / path.relative_to(root)
    return out


def _show_diff(ported: PortedFile, quiet: bool) -> None:
    if quiet:
        return
    pairs = list(zip(ported.cells_before, ported.cells, strict=True))
    notebook = ported.report.path.endswith(".ipynb")
    for number, (before, after) in enumerate(pairs, start=1):
        name = f"{ported.report.path}, cell {number}" if notebook else ported.report.path
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), name, name, lineterm="", n=1
        )
        for line in lines:
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
            output.console.print(output.printable(line), style=style, markup=False, soft_wrap=True)
