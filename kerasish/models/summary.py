"""`summary`: the table of a model's layers, as Keras prints it."""

from __future__ import annotations

import math
import random
import re
import shutil
from collections.abc import Callable, Sequence
from typing import Any

from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.node import Node
from kerasish.graph.structure import flatten, map_structure
from kerasish.layers.base.layer import Layer
from kerasish.layers.base.symbolic import is_shape
from kerasish.saving.registry import public_name

_CHAIN_ENDS = [0.45, 0.80, 1.0]
_GRAPH_ENDS = [0.3, 0.56, 0.74, 1.0]
_NARROWEST_COLUMN = 4


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
            line_length: Width of the table. By default 88, or 108 where a column shows the
                connections, and 12 more with `show_trainable`; less on a narrow terminal.
            positions: Where the columns end, as fractions of the width, such as `[0.45, 0.8, 1.0]`.
            print_fn: Takes the whole text, in place of standard output.
            expand_nested: Whether the layers of models in the model are listed, too.
            show_trainable: Whether a column tells which layers are trained.
            layer_range: Regular expressions for the names of the first and last layer to list.

        Raises:
            ValueError: If the columns get too narrow, or no layer has such a name.

        See https://keras.io/api/models/model/#summary-method.
        """
        text = _Table(self, line_length, positions, expand_nested, show_trainable, layer_range)
        if print_fn is not None:
            print_fn(text.render(styled=False))
        else:
            text.render(styled=True)


class _Table:
    """The table of one model; the arguments are those of `Model.summary`."""

    def __init__(
        self,
        model: Any,
        line_length: int | None,
        positions: Sequence[float] | None,
        expand_nested: bool,
        show_trainable: bool,
        layer_range: Sequence[str] | None,
    ) -> None:
        self.model = model
        self.expand_nested = expand_nested
        self.show_trainable = show_trainable
        self.nodes: tuple[Node, ...] = getattr(model, "_graph_nodes", ())
        self.connected = bool(self.nodes) and not _is_chain(model)
        steps = model.operations if self.nodes else model.layers
        self.steps = _in_range(steps, layer_range, model.name)
        ends = list(positions or (_GRAPH_ENDS if self.connected else _CHAIN_ENDS))
        default = 108 if self.connected else 88
        self.titles = ["Layer (type)", "Output Shape", "Param #"]
        self.titles += ["Connected to"] * self.connected
        if show_trainable:
            self.titles.append("Trainable")
            ends = [0.9 * end for end in ends] + [1.0]
            default += 12
        if len(ends) != len(self.titles):
            raise ValueError(
                f"summary takes a position for each of the columns {self.titles}. "
                f"Received: positions={positions}"
            )
        self.width = line_length or min(default, shutil.get_terminal_size().columns - 4)
        self.widths, used = [], 0
        for end in ends:
            self.widths.append(int(end * self.width) - used)
            used += self.widths[-1]
        if min(self.widths) < _NARROWEST_COLUMN:
            raise ValueError(
                f"summary needs columns of at least {_NARROWEST_COLUMN} characters. "
                f"Received: line_length={self.width} and positions={ends}"
            )

    def render(self, styled: bool) -> str:
        """Print the table in colours, or return its plain text."""
        # When it is imported, rich draws a number of those that seeds of later layers come from.
        state = random.getstate()
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Column, Table

        random.setstate(state)
        justify = {"Param #": "right", "Trainable": "center"}
        columns = [
            Column(title, justify=justify.get(title, "left"), width=width)  # type: ignore[arg-type]
            for title, width in zip(self.titles, self.widths, strict=True)
        ]
        table = Table(*columns, width=self.width, show_lines=True)
        for step in self.steps:
            for cells in self._rows(step):
                table.add_row(*cells)
        console = (
            Console(highlight=False)
            if styled
            else Console(highlight=False, force_terminal=False, color_system=None)
        )
        if not styled:
            console.begin_capture()
        console.print(f'[bold]Model: "{escape(self.model.name)}"[/]')
        console.print(table)
        for title, count, size in _totals(self.model):
            console.print(f"[bold] {title}: [/]{_number(f'{count:,}')} ({readable_size(size)})")
        return "" if styled else console.end_capture()

    def _rows(self, layer: Any, depth: int = 0) -> list[list[str]]:
        from rich.markup import escape

        prefix = "   " * depth + "└ " if depth else ""
        title = f"{escape(prefix + layer.name)} ([color(33)]{escape(_class_name(layer))}[/])"
        count = f"{_number(0)} (unbuilt)"
        if layer.built:
            count = _number(f"{layer.count_params():,}")
        cells = [title, self._output_shape(layer), count]
        if self.connected:
            cells.append(self._connections(layer))
        if self.show_trainable:
            cells.append(_trainable(layer))
        rows = [cells]
        if self.expand_nested:
            for inner in getattr(layer, "layers", ()):
                rows += self._rows(inner, depth + 1)
        return rows

    def _output_shape(self, layer: Any) -> str:
        nodes = layer._inbound_nodes
        if nodes:
            tensors = nodes[-1].output_tensors
            shapes: Any = [_shape(tensor.shape) for tensor in tensors]
        elif getattr(layer, "_build_shapes", None):
            try:
                shapes = _map_shapes(_output_shapes(layer))
            except (NotImplementedError, ValueError):
                return "?"
        else:
            return "?"
        flat = flatten(shapes)
        return flat[0] if len(flat) == 1 else str(shapes).replace("'", "")

    def _connections(self, layer: Any) -> str:
        texts = []
        for node in layer._inbound_nodes:
            if node in self.nodes:
                texts += [_origin(tensor) for tensor in node.input_tensors]
        return ", ".join(texts) or "-"


def _output_shapes(layer: Any) -> Any:
    if hasattr(layer, "output_shape"):
        return layer.output_shape
    return layer.compute_output_shape(next(iter(layer._build_shapes.values())))


def _map_shapes(structure: Any) -> Any:
    if is_shape(structure):
        return _shape(structure)
    return map_structure(_shape, [_map_shapes(item) for item in structure])


def _origin(tensor: KerasTensor) -> str:
    layer, node, index = tensor._keras_history
    number = layer._inbound_nodes.index(node)
    return f"{layer.name}\\[{_number(number)}]\\[{_number(index)}]"


def _shape(shape: Any) -> str:
    if isinstance(shape, str):
        return shape
    return f"({', '.join(_number(size) for size in shape)})"


def _number(value: Any) -> str:
    return f"[color({45 if value is None else 34})]{value}[/]"


def _trainable(layer: Any) -> str:
    if not layer.weights:
        return "[bold]-[/]"
    return "[bold][color(34)]Y[/][/]" if layer.trainable else "[bold][color(9)]N[/][/]"


def _class_name(layer: Any) -> str:
    public = public_name(type(layer))
    return public[1] if public is not None else type(layer).__name__


def _in_range(layers: Sequence[Any], names: Sequence[str] | None, model_name: str) -> list[Any]:
    if names is None:
        return list(layers)
    if len(names) != 2 or not all(isinstance(name, str) for name in names):
        raise ValueError(
            "summary takes the names of a first and a last layer as `layer_range`. "
            f"Received: layer_range={names!r}"
        )
    found = [[i for i, one in enumerate(layers) if re.match(name, one.name)] for name in names]
    if not all(found):
        raise ValueError(
            f"Model '{model_name}' has the layers {[one.name for one in layers]}. "
            f"Received: layer_range={list(names)}"
        )
    first, last = min(found[0]), max(found[1])
    if first > last:
        first, last = min(found[1]), max(found[0])
    return list(layers[first : last + 1])


def _is_chain(model: Any) -> bool:
    """Whether each call takes one tensor, of the call before it, and no layer is called twice."""
    nodes = model._graph_nodes
    if any(len(node.input_tensors) > 1 for node in nodes):
        return False
    taken = [node.parents[0] for node in nodes if node.parents]
    starts = sum(not node.parents for node in nodes)
    return (
        starts == 1
        and len(set(taken)) == len(taken)
        and len({id(node.layer) for node in nodes}) == len(nodes)
    )


def _totals(model: Any) -> list[tuple[str, int, int]]:
    trained = _count(model.trainable_weights)
    fixed = _count(model.non_trainable_weights)
    return [
        ("Total params", trained[0] + fixed[0], trained[1] + fixed[1]),
        ("Trainable params", *trained),
        ("Non-trainable params", *fixed),
    ]


def _count(variables: Sequence[Any]) -> tuple[int, int]:
    """Number of scalars, and of bytes."""
    sizes = [(math.prod(v.shape), torch_dtype(v.dtype).itemsize) for v in variables]
    return sum(count for count, _ in sizes), sum(count * size for count, size in sizes)


def readable_size(size: float) -> str:
    """Write a number of bytes as Keras does: `288.00 B`, `1.50 KB`."""
    units = ("B", "KB", "MB", "GB", "TB", "PB")
    for unit in units[:-1]:
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} {units[-1]}"
