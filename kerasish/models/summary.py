"""`summary`: the table of a model's layers, as Keras prints it."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import map_structure
from kerasish.layers.base.layer import Layer


class Summary(Layer):
    """The part of `Model` that prints itself."""

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print the layers, their output shapes and their numbers of parameters.

        Args:
            line_length: Width of the table; that of the terminal, at most 88, by default.
            positions: Relative ends of the columns, such as `[0.45, 0.8, 1.0]`.
            print_fn: Takes the text in place of `print`.
            expand_nested: Whether the layers of models in the model are listed, too.
            show_trainable: Whether a column tells which layers are trained.
            layer_range: Names (regular expressions) of the first and the last layer to list.
        """
        text = render_summary(
            self, line_length, positions, expand_nested, show_trainable, layer_range
        )
        (print_fn or print)(text)


def render_summary(
    model: Any,
    line_length: int | None,
    positions: Sequence[float] | None,
    expand_nested: bool,
    show_trainable: bool,
    layer_range: Sequence[str] | None,
) -> str:
    """Return the text of a model's summary; the arguments are those of `Model.summary`."""
    from io import StringIO

    from rich.console import Console
    from rich.table import Table

    connected = hasattr(model, "_graph_nodes") and not _is_chain(model)
    columns = ["Layer (type)", "Output Shape", "Param #"]
    columns += ["Connected to"] if connected else []
    columns += ["Trainable"] if show_trainable else []
    default = [0.3, 0.56, 0.74, 1.0] if connected else [0.45, 0.80, 1.0]
    if show_trainable:
        default = [0.28, 0.53, 0.68, 0.88, 1.0] if connected else [0.4, 0.72, 0.89, 1.0]
    ends = list(positions or default)
    width = line_length or min(88, shutil.get_terminal_size((80, 24)).columns)
    if len(ends) != len(columns):
        raise ValueError(
            f"summary takes {len(columns)} positions, one for each of {columns}. "
            f"Received: positions={positions}"
        )
    inner = width - len(columns) * 3 - 1
    starts = [0.0, *ends[:-1]]
    table = Table(width=width, show_lines=True)
    for title, start, end in zip(columns, starts, ends, strict=True):
        table.add_column(
            title,
            width=max(1, round((end - start) * inner)),
            justify="right" if title == "Param #" else "center" if title == "Trainable" else "left",
        )
    for cells in _rows(model, connected, expand_nested, show_trainable, layer_range):
        table.add_row(*cells)
    out = StringIO()
    console = Console(file=out, width=width, color_system=None, markup=False, highlight=False)
    console.print(f'Model: "{model.name}"')
    console.print(table)
    for title, count, size in _totals(model):
        console.print(f" {title}: {count:,} ({readable_size(size)})")
    return out.getvalue().rstrip("\n")


def _rows(
    model: Any,
    connected: bool,
    expand: bool,
    show_trainable: bool,
    layer_range: Sequence[str] | None,
    depth: int = 0,
) -> list[list[str]]:
    steps = getattr(model, "operations", None) or model.layers
    rows = []
    for layer in _in_range(steps, layer_range, model.name):
        cells = [
            f"{'    ' * depth}{'└ ' if depth else ''}{layer.name} ({type(layer).__name__})",
            _format_shape(layer, model),
            f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
        ]
        if connected:
            cells.append(_connections(layer, model) if depth == 0 else "-")
        if show_trainable:
            cells.append("Y" if layer.trainable else "N")
        rows.append(cells)
        if expand and hasattr(layer, "layers"):
            rows += _rows(layer, connected, expand, show_trainable, None, depth + 1)
    return rows


def _in_range(layers: Sequence[Any], names: Sequence[str] | None, model_name: str) -> list[Any]:
    import re

    if names is None:
        return list(layers)
    first, last = (
        next((i for i, one in enumerate(layers) if re.fullmatch(name, one.name)), None)
        for name in names
    )
    if first is None or last is None:
        raise ValueError(
            f"Model '{model_name}' has the layers {[one.name for one in layers]}. "
            f"Received: layer_range={list(names)}"
        )
    return list(layers[min(first, last) : max(first, last) + 1])


def _format_shape(layer: Any, model: Any) -> str:
    nodes = [n for n in getattr(model, "_graph_nodes", ()) if n.layer.name == layer.name]
    nodes = nodes or layer._inbound_nodes
    if nodes:
        shapes: Any = map_structure(lambda t: _Text(t.shape), nodes[0].outputs)
    elif layer.built and layer.__dict__.get("_build_shapes"):
        try:
            first = next(iter(layer._build_shapes.values()))
            shapes = layer.compute_output_shape(first)
        except (ValueError, NotImplementedError):
            return "?"
        return str(shapes)
    else:
        return "?"
    if isinstance(shapes, tuple):
        shapes = list(shapes)
    return str(shapes)


class _Text:
    """A shape that is a leaf in a structure and prints as a tuple."""

    def __init__(self, shape: tuple) -> None:
        self.shape = shape

    def __repr__(self) -> str:
        return str(self.shape)


def _connections(layer: Any, model: Any) -> str:
    texts = []
    for node in model._graph_nodes:
        if node.layer.name == layer.name:
            texts += [_origin(tensor, model) for tensor in node.input_tensors]
    return ", ".join(texts) or "-"


def _origin(tensor: KerasTensor, model: Any) -> str:
    history = tensor._keras_history
    calls = [node for node in model._graph_nodes if node.layer is history.layer]
    return f"{history.layer.name}[{calls.index(history.node)}][{history.tensor_index}]"


def _is_chain(model: Any) -> bool:
    """Whether each layer is called once, on nothing but the output of the one before."""
    nodes = model._graph_nodes
    if len(nodes) != len({node.layer for node in nodes}):
        return False
    parents = [node.parents for node in nodes]
    used = [parent for found in parents for parent in found]
    return all(len(found) <= 1 for found in parents) and len(used) == len(set(used))


def _totals(model: Any) -> list[tuple[str, int, int]]:
    trained = {v.key for v in model.trainable_weights}
    groups = {True: [0, 0], False: [0, 0]}
    for variable in model.weights:
        count = math.prod(variable.shape)
        group = groups[variable.key in trained]
        group[0] += count
        group[1] += count * _item_size(variable)
    total = [sum(pair) for pair in zip(*groups.values(), strict=True)]
    return [
        ("Total params", *total),
        ("Trainable params", *groups[True]),
        ("Non-trainable params", *groups[False]),
    ]  # type: ignore[list-item]


def _item_size(variable: Any) -> int:
    return 2 if variable.dtype == "bfloat16" else np.dtype(variable.dtype).itemsize


def readable_size(size: int) -> str:
    """Write a number of bytes as Keras does: `288.00 B`, `1.50 KB`."""
    if size == 0:
        return "0.00 B"
    units = ("B", "KB", "MB", "GB", "TB", "PB", "EB")
    power = min(int(math.log(size, 1024)), len(units) - 1)
    return f"{size / 1024**power:.2f} {units[power]}"
