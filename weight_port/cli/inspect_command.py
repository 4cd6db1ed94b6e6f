"""`weight-port inspect`: what is in a file."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from weight_port import formats
from weight_port.cli import options, output
from weight_port.errors import WeightPortError
from weight_port.formats import OpenFile, Tensors
from weight_port.records.files import records_of
from weight_port.records.record import LayerRecord

_KERAS = ("keras", "h5", "weights.h5", "weights.json", "tensorflow")


def inspect(
    file: options.ModelFile,
    as_json: options.AsJson = False,
    max_expansion: options.MaxExpansion = options.DEFAULT_EXPANSION,
) -> None:
    """Show format, version, layers, weights, shapes, types and sizes. No value is read.

    For example:

    `weight-port inspect model.keras`

    `weight-port inspect model.safetensors --json`
    """
    with formats.open_file(file, limits=options.limits(max_expansion)) as opened:
        found = describe(opened)
    if as_json:
        output.as_json(found)
    else:
        _show(found)


def describe(file: OpenFile) -> dict[str, Any]:
    """Return what is in an open file, as plain values."""
    records: list[LayerRecord] = []
    note = ""
    if file.format in _KERAS:
        try:
            records = records_of(file)
        except WeightPortError as error:
            note = str(error)
    return {
        "file": str(file.path),
        "format": file.format,
        "metadata": {k: v for k, v in file.metadata.items() if len(v) <= 200},
        "architecture": file.config is not None or "keras_config" in file.metadata,
        "layers": [
            {
                "path": record.path,
                "class": record.layer_class,
                "known_layout": record.layout is not None,
                "weights": _arrays(record.weights),
            }
            for record in records
        ],
        "arrays": _arrays(file),
        "parameters": sum(info.size for info in file.values()),
        "bytes": file.nbytes,
        "dtypes": sorted({info.dtype for info in file.values()}),
        "optimizer": {"arrays": len(file.optimizer), "bytes": file.optimizer.nbytes},
        **({"note": note} if note else {}),
    }


def _arrays(tensors: Tensors) -> dict[str, dict[str, Any]]:
    return {
        name: {"shape": list(info.shape), "dtype": info.dtype, "parameters": info.size}
        for name, info in tensors.items()
    }


def _show(found: dict[str, Any]) -> None:
    by_layer = bool(found["layers"])
    table = Table(title=output.name(found["file"]), title_justify="left")
    table.add_column("Layer" if by_layer else "Array", overflow="fold")
    if by_layer:
        table.add_column("Class")
        table.add_column("Weight", overflow="fold")
    table.add_column("Shape")
    table.add_column("Type")
    table.add_column("Parameters", justify="right")
    for layer in found["layers"]:
        path, kind = layer["path"], layer["class"] or "unknown"
        for name, array in layer["weights"].items():
            table.add_row(output.name(path), output.name(kind), output.name(name), *_cells(array))
            path = kind = ""
    if not by_layer:
        for name, array in found["arrays"].items():
            table.add_row(output.name(name), *_cells(array))
    output.console.print(table)
    version = found["metadata"].get("keras_version")
    parts = [
        f"{found['format']} file" + (f" of Keras {output.name(version)}" if version else ""),
        "with architecture" if found["architecture"] else "weights only",
        f"{found['parameters']:,} parameters",
        output.size(found["bytes"]),
        ", ".join(found["dtypes"]),
    ]
    if found["optimizer"]["arrays"]:
        parts.append(f"optimizer state of {found['optimizer']['arrays']} arrays")
    output.console.print("; ".join(part for part in parts if part), soft_wrap=True)
    if "note" in found:
        output.note(found["note"])


def _cells(array: dict[str, Any]) -> tuple[str, str, str]:
    shape = " x ".join(str(size) for size in array["shape"]) or "scalar"
    return shape, array["dtype"], f"{array['parameters']:,}"
