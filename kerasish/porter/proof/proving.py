"""`prove`: a notebook on Keras and its port on kerasish, cell by cell."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Protocol

from kerasish.porter.files import port_file
from kerasish.porter.proof.cells import pairs_of
from kerasish.porter.proof.compare import compare_sides
from kerasish.porter.proof.results import Proof
from kerasish.porter.proof.sides import check_packages, run_side
from weight_port.verify.difference import Tolerance

DEFAULT_TOLERANCE = 1e-3
DEFAULT_TIMEOUT = 600.0


class Told(Protocol):
    """What hears of each cell before it runs."""

    def __call__(self, side: str, number: int, of: int) -> None:
        """Hear of a cell.

        Args:
            side: `original` or `port`.
            number: The number of the cell.
            of: How many cells there are.
        """


def prove(
    path: str | os.PathLike,
    *,
    ported: str | os.PathLike | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    seed: int = 0,
    timeout: float = DEFAULT_TIMEOUT,
    keras_python: str | os.PathLike | None = None,
    told: Told | None = None,
) -> Proof:
    """Run a notebook or script with Keras, and its port with kerasish, and compare the cells.

    Each side runs in a process of its own, in the file's folder, with the same seed. Compared are
    what each cell displays and prints, the variables that it makes or changes, and the curves of
    its trainings. Nothing of the code is changed but lines that install packages, which are left
    out.

    Args:
        path: The original, a `.ipynb` or `.py` file that uses Keras.
        ported: Its port, if that was changed by hand; by default it is ported here.
        tolerance: How far two numbers may be apart for the original's size; in an array, for its
            root mean square if that is larger. A thousandth of it is always allowed. Integers
            have to be equal.
        seed: What is set on both sides before the first cell.
        timeout: The seconds that a cell may take; a side ends with one that takes longer.
        keras_python: A Python that has Keras; by default the one that runs.
        told: Called before each cell.

    Raises:
        PorterError: If a file can't be read.
        ProofError: If Keras or a package is not installed, or a side does not start.
    """
    path = Path(path)
    within = Tolerance(tolerance, tolerance / 1000)
    file = port_file(path)
    other = None
    if ported is not None:
        changed = port_file(ported)
        other = changed.before
    pairs = pairs_of(file, other)
    python = None if keras_python is None else str(keras_python)
    check_packages(python)
    with tempfile.TemporaryDirectory(prefix="kerasish-proof-") as folder:
        starts = Path(folder, "starts")
        starts.mkdir()
        sides = []
        for name, original in (("original", True), ("port", False)):
            tell = partial(told, name, of=len(pairs)) if told is not None else None
            sides.append(
                run_side(
                    [pair.original if original else pair.port for pair in pairs],
                    path.resolve(),
                    Path(folder, name),
                    starts,
                    original=original,
                    seed=seed,
                    timeout=timeout,
                    python=python if original else None,
                    told=tell,
                )
            )
        cells = compare_sides(pairs, sides[0], sides[1], within)
    return Proof(
        path=path,
        cells=cells,
        tolerance=within,
        seed=seed,
        versions=(sides[0].versions, sides[1].versions),
        preludes=(sides[0].prelude, sides[1].prelude),
        findings=tuple(file.report.findings),
    )
