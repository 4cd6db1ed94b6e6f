"""`weight-port diff`: what differs between two files, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from weight_port.cli import options, output
from weight_port.convert.convert_file import architecture_of
from weight_port.verify import Verdict, compare_weights

_SHOWN = 100
# What files of different formats write in different ways, and what is no setting of a layer.
_NO_SETTINGS = ("module", "registered_name", "shared_object_id", "build_config", "compile_config")


def diff(
    a: Annotated[Path, typer.Argument(help="A model file.")],
    b: Annotated[Path, typer.Argument(help="Another one, of any format.")],
    as_json: options.AsJson = False,
    max_expansion: options.MaxExpansion = options.DEFAULT_EXPANSION,
) -> None:
    """List layers and weights that only one file has or that differ, and changed settings.

    Exit code 0 if there is no difference at all, 1 if there is one.

    For example:

    `weight-port diff before.keras after.keras`

    `weight-port diff model.h5 model.safetensors --json`
    """
    from weight_port.porting.models import opened

    limits = options.limits(max_expansion)
    with opened(a, {}, limits) as first, opened(b, {}, limits) as second:
        compared = compare_weights(
            first.records, second.records, rtol=0.0, atol=0.0, diagnose=False
        )
    weights = [
        {
            "layer": layer.path,
            "weight": weight.name,
            "verdict": weight.verdict.value,
            "largest": weight.difference.absolute.value if weight.difference else None,
        }
        for layer in compared.layers
        for weight in layer.weights
        if weight.verdict is not Verdict.EQUAL
    ]
    both = architecture_of(a, limits), architecture_of(b, limits)
    settings = list(_changes(*both)) if None not in both else []
    if as_json:
        output.as_json({"a": str(a), "b": str(b), "weights": weights, "settings": settings})
    else:
        _show(weights, settings)
    if weights or settings:
        raise typer.Exit(1)


def _changes(a: Any, b: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """Give the settings that differ, by their path in the configuration."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            if key not in _NO_SETTINGS:
                yield from _changes(a.get(key), b.get(key), f"{path}/{key}" if path else str(key))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, (one, two) in enumerate(zip(a, b, strict=True)):
            yield from _changes(one, two, f"{path}/{number}")
    elif a != b:
        yield {"setting": path, "a": a, "b": b}


def _show(weights: list[dict[str, Any]], settings: list[dict[str, Any]]) -> None:
    if not weights and not settings:
        output.console.print("No difference.")
        return
    if weights:
        table = Table("Layer", "Weight", "Difference", "Largest", title="Weights")
        for entry in weights[:_SHOWN]:
            largest = "" if entry["largest"] is None else f"{entry['largest']:.3g}"
            names = (output.name(entry["layer"]), output.name(entry["weight"]))
            table.add_row(*names, entry["verdict"], largest)
        output.console.print(table)
    if settings:
        table = Table("Setting", "a", "b", title="Settings")
        for entry in settings[:_SHOWN]:
            sides = (output.name(str(entry[side])[:80]) for side in ("a", "b"))
            table.add_row(output.name(entry["setting"]), *sides)
        output.console.print(table)
    hidden = max(0, len(weights) - _SHOWN) + max(0, len(settings) - _SHOWN)
    if hidden:
        output.console.print(f"... and {hidden} more; --json lists all")
