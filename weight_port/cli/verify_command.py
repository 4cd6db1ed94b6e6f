"""`weight-port verify`: two files hold the same model, shown by weights and by outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weight_port.cli import models, options, output
from weight_port.verify import compare_outputs, compare_weights, load_inputs
from weight_port.verify.report import Report, print_report


def verify(
    a: Annotated[Path, typer.Argument(help="The model that is right.")],
    b: Annotated[Path, typer.Argument(help="The model in question.")],
    inputs: Annotated[
        Path | None, typer.Option(help="Inputs by name in an .npz file; random ones by default.")
    ] = None,
    rtol: Annotated[float, typer.Option(help="Tolerance relative to the values.")] = 1e-5,
    atol: Annotated[float, typer.Option(help="Absolute tolerance.")] = 1e-6,
    html: Annotated[
        Path | None, typer.Option(help="Write the report as a page to look at.")
    ] = None,
    run_a: Annotated[str, typer.Option(help="What runs a: kerasish or keras.")] = "kerasish",
    run_b: Annotated[str, typer.Option(help="What runs b: kerasish or keras.")] = "kerasish",
    weights_only: Annotated[
        bool, typer.Option("--weights-only", help="Do not run the models.")
    ] = False,
    as_json: options.AsJson = False,
    max_expansion: options.MaxExpansion = options.DEFAULT_EXPANSION,
) -> None:
    """Compare weights through the layouts, and outputs layer by layer; name the likely cause.

    Exit code 0 if all agree within the tolerance, 1 if not.

    For example:

    `weight-port verify model.keras model.safetensors`

    `weight-port verify model.keras model.keras --run-b keras --html report.html`

    `weight-port verify model.h5 hand_ported.pt --inputs batch.npz`
    """
    from weight_port.porting.models import opened

    limits = options.limits(max_expansion)
    with opened(a, {}, limits) as first, opened(b, {}, limits) as second:
        weights = compare_weights(first.records, second.records, rtol=rtol, atol=atol)
    outputs = None
    if not weights_only:
        side_a = models.runnable(a, run_a, limits, like=b)
        side_b = models.runnable(b, run_b, limits, like=a)
        if side_a is None or side_b is None:
            output.note(
                "Neither file has an architecture, so no outputs are compared, the weights alone."
            )
        else:
            given = load_inputs(inputs, side_a.input_specs()) if inputs is not None else None
            outputs = compare_outputs(side_a, side_b, given, rtol=max(rtol, 1e-5), atol=atol)
    report = Report(str(a), str(b), weights, outputs)
    if html is not None:
        from weight_port.verify.html import write_html

        write_html(report, html)
        output.note(f"Wrote {html}")
    if as_json:
        output.as_json(report.to_dict())
    else:
        print_report(report, output.console)
    if not report.good:
        raise typer.Exit(1)
