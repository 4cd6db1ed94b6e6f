"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weight_port.formats import DEFAULT_LIMITS, Limits

ModelFile = Annotated[Path, typer.Argument(help="A model file of any known format.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
MaxExpansion = Annotated[
    int,
    typer.Option(
        min=1,
        help="How many times its stored bytes a file may take in memory. Raise it for files that "
        "you trust.",
    ),
]
DEFAULT_EXPANSION = DEFAULT_LIMITS.expansion


def limits(max_expansion: int) -> Limits:
    """Return the limits that the options ask for."""
    return Limits(expansion=max_expansion)
