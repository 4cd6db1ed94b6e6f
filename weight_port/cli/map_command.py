"""`weight-port map`: a mapping between a file and a torch module, to complete by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weight_port.cli import models, options, output
from weight_port.formats.atomic import replacing


def write_map(
    file: options.ModelFile,
    module: Annotated[
        str,
        typer.Option(
            help="The torch module as package.module:Class, or :function; it is imported and "
            "called without arguments."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to write; standard output by default.")
    ] = None,
    max_expansion: options.MaxExpansion = options.DEFAULT_EXPANSION,
) -> None:
    """Write a YAML template: each layer of the module with its match in the file, or candidates.

    For example:

    `weight-port map model.keras --module my_models:Tagger -o map.yaml`
    """
    from weight_port.porting import template

    text = template(file, models.torch_module(module), limits=options.limits(max_expansion))
    if out is None:
        output.console.print(text, markup=False, soft_wrap=True)
        return
    with replacing(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    output.note(f"Wrote {out}; edit it, then use it with `port(mapping=...)` or --map.")
