"""`kerasish port`: Keras code becomes code of kerasish."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer

from kerasish.cli.check_command import exit_code, show
from kerasish.porter import PortedFile, Report, find_files, port_file, write_file
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
) -> None:
    """Rewrite imports, names and arguments; comments, outputs and metadata stay.

    Without -o and --in-place, `train.ipynb` becomes `train_kerasish.ipynb` beside it.
    What does not port stays as it is, under a comment `# kerasish: ...`, and is listed.

    Exit code 0 if all ports, 1 if some does not, 3 if a file can't be read or written.

    For example:

    `kerasish port train.ipynb`

    `kerasish port notebooks/ --in-place --diff`
    """
    if out is not None and in_place:
        raise typer.BadParameter("Give either -o or --in-place.")
    files = list(find_files(paths))
    many = len(files) > 1 or any(path.is_dir() for path in paths)
    if out is not None and many and out.exists() and not out.is_dir():
        raise typer.BadParameter("For several files -o is a folder.")
    reports = []
    roots = {path: _root(path, paths) for path in files}
    for path in files:
        try:
            ported = port_file(path, mark=marks, clear_outputs=clear_outputs)
            if diff:
                _show_diff(ported, quiet=as_json)
            else:
                target = _target(path, roots[path], out, in_place, many)
                if not in_place or ported.report.changed:
                    if many and out is not None:
                        target.parent.mkdir(parents=True, exist_ok=True)
                    write_file(ported, target, overwrite=overwrite or in_place)
                    output.note(f"Wrote {target}")
            reports.append(ported.report)
        except (OSError, ValueError) as error:
            reports.append(Report(str(path), error=str(error)))
    if as_json:
        output.as_json({"files": [one.to_dict() for one in reports]})
    else:
        for report in reports:
            show(report)
    raise typer.Exit(exit_code(reports))


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
