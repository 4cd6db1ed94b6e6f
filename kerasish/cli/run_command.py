"""`kerasish run`: Keras code as it is, on kerasish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kerasish.porter.running import run_file


def run(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A script or a notebook.")],
) -> None:
    """Run a script or a notebook with kerasish in place of Keras; the file is not changed.

    `import keras`, `tf_keras`, `tensorflow` and `tensorflow.keras` give kerasish, under the names
    of Keras 1 and 2 too. What stands after the file is its `sys.argv`.

    For example:

    `kerasish run train.py --epochs 3`
    """
    run_file(path, context.args)
