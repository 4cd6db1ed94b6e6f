"""`kerasish eject`: a model as plain PyTorch source."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from kerasish.eject import eject as eject_model
from kerasish.eject import target_files
from kerasish.eject.sources import read_model
from weight_port.cli import options, output


def eject(
    path: Annotated[
        Path, typer.Argument(help="A model file (.keras, .h5, ...), a notebook or a script.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The Python file to write.")] = Path(
        "model.py"
    ),
    model: Annotated[
        str | None,
        typer.Option("--model", help="Which model of a notebook: its variable, or its name."),
    ] = None,
    class_name: Annotated[
        str | None, typer.Option("--class-name", help="Name of the class; from the model's.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite/--no-overwrite", help="Replace existing files.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Write a model as plain PyTorch, without kerasish: source, weights and a test.

    `-o model.py` writes `model.py`, `model.safetensors`, `test_model.py` and `test_model.npz`. The
    outputs are compared before anything is written. A notebook or script is run first, with
    kerasish in place of Keras.

    Exit code 3 if the model has parts without a counterpart in PyTorch; they are listed.

    For example:

    `kerasish eject sentiment.keras -o sentiment.py`

    `kerasish eject train.ipynb --model encoder -o encoder.py`
    """
    for file in target_files(out).values():
        # Before a notebook runs for an hour.
        if file.exists() and not overwrite:
            raise FileExistsError(
                f"The file exists and is not to be replaced; use --overwrite. Received: {file}"
            )
    # What a notebook prints must not get into the JSON.
    with contextlib.redirect_stdout(sys.stderr if as_json else sys.stdout):
        found = read_model(path, model)
    done = eject_model(found, out, class_name=class_name, overwrite=overwrite)
    files = {kind: str(getattr(done, kind)) for kind in ("code", "weights", "test", "arrays")}
    if as_json:
        output.as_json({**files, "class": done.class_name, "difference": done.difference})
        return
    for written in files.values():
        output.note(f"Wrote {written}")
    output.console.print(
        f"{output.name(done.class_name)} gives the model's outputs; largest difference "
        f"{done.difference:.1e}. Show it again: pytest {output.name(files['test'])}",
        soft_wrap=True,
    )
