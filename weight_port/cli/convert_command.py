"""`weight-port convert`: one file into another."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from weight_port import formats
from weight_port.cli import models, options, output
from weight_port.convert import FRAMEWORKS, OldArchitectureError, convert_file
from weight_port.convert.keras_files import FORMATS as KERAS_FORMATS
from weight_port.errors import WeightPortError


def convert(
    source: Annotated[Path, typer.Argument(help="The file to read.")],
    target: Annotated[Path, typer.Argument(help="The file to write; its ending is its format.")],
    mapping: Annotated[
        Path | None,
        typer.Option("--map", help="YAML that says which layer gets which weights; see `map`."),
    ] = None,
    dtype: Annotated[
        str | None, typer.Option(help="Type of the weights in the target: float32, float16, ...")
    ] = None,
    layout: Annotated[
        str,
        typer.Option(help=f"Whose names and gate order the arrays get: {', '.join(FRAMEWORKS)}."),
    ] = "torch",
    like: Annotated[
        Path | None,
        typer.Option(help="A Keras file or JSON with the architecture, for files that have none."),
    ] = None,
    optimizer: Annotated[
        bool, typer.Option("--optimizer", help="Keep the state of the optimizer.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite/--no-overwrite", help="Replace an existing target.")
    ] = True,
    as_json: options.AsJson = False,
    max_expansion: options.MaxExpansion = options.DEFAULT_EXPANSION,
) -> None:
    """Convert a model file; the endings tell the formats.

    Endings: `.keras`, `.h5`, `.weights.h5` (Keras); `.safetensors`, `.safetensors.index.json`,
    `.pt`, `.npz` (arrays); `.onnx` (a whole model).

    For example:

    `weight-port convert model.keras model.safetensors`

    `weight-port convert model.h5 model.keras`

    `weight-port convert model.safetensors model.keras`

    `weight-port convert model.keras model.onnx --dtype float16`

    `weight-port convert trained.pt model.keras --like architecture.keras --map map.yaml`
    """
    limits = options.limits(max_expansion)
    given: dict[str, Any]
    if target.suffix == ".onnx":
        given = {"--map": mapping, "--optimizer": optimizer, "--layout": layout != "torch"}
        _refuse(given, "an ONNX model has no place for it")
    elif mapping is not None:
        given = {"--dtype": dtype, "--optimizer": optimizer, "--layout": layout != "torch"}
        _refuse(given, "it does not go with --map; convert the result in a second step")
    elif layout != "torch" and formats.format_of_name(target) in KERAS_FORMATS:
        _refuse({"--layout": True}, "a file of Keras has Keras's layout")
    if target.suffix == ".onnx":
        report = models.convert_to_onnx(
            source, target, like, dtype=dtype, overwrite=overwrite, limits=limits
        )
    elif mapping is not None:
        report = models.convert_by_mapping(
            source, target, mapping, like, overwrite=overwrite, limits=limits
        )
    else:
        with formats.open_file(source, limits=limits) as file:
            total = file.nbytes
        with output.progress("Converting", total, quiet=as_json) as step:
            try:
                report = convert_file(
                    source,
                    target,
                    layout=layout,
                    dtype=dtype,
                    like=like,
                    optimizer=optimizer,
                    overwrite=overwrite,
                    limits=limits,
                    progress=step,
                ).to_dict()
            except OldArchitectureError:
                with tempfile.TemporaryDirectory() as folder:
                    remade = Path(folder) / "architecture.keras"
                    models.convert_by_model(source, remade, like, overwrite=True, limits=limits)
                    report = convert_file(
                        source,
                        target,
                        dtype=dtype,
                        like=remade,
                        optimizer=optimizer,
                        overwrite=overwrite,
                        limits=limits,
                        progress=step,
                    ).to_dict()
    if as_json:
        output.as_json(report)
    else:
        _show(report)


def _refuse(given: dict[str, Any], reason: str) -> None:
    """Refuse options that would have no effect."""
    for name, value in given.items():
        if value:
            raise WeightPortError(f"{name} can't be used here: {reason}. Received: {name}")


def _show(report: dict[str, Any]) -> None:
    layers = f"{report['layers']} layers, " if report.get("layers") else ""
    output.console.print(
        f"Wrote {output.name(report['target'])}: {layers}{report['arrays']} arrays, "
        f"{output.size(report['bytes'])}",
        soft_wrap=True,
    )
    if report.get("as_they_are"):
        output.note(
            "These layers are not in the layout table; their arrays keep Keras's layout: "
            + ", ".join(report["as_they_are"])
        )
    if report.get("optimizer_arrays") and not report.get("optimizer_kept"):
        by_model = report["target_format"] == "onnx" or "port" in report
        output.note(
            f"The state of the optimizer ({report['optimizer_arrays']} arrays) was left out"
            + ("." if by_model else "; --optimizer keeps it.")
        )
    if report.get("checked"):
        output.note(f"Checked: {report['checked']}.")
