"""`model_to_dot`: models as graphs of Graphviz, through pydot."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from kerasish.graph.structure import map_structure
from kerasish.layers.base.layer import Layer
from kerasish.models.functional import Functional
from kerasish.models.sequential import Sequential

_NODE = {"fontname": "Helvetica", "border": "0", "margin": "0"}


def pydot_module() -> ModuleType:
    """Return the module `pydot`.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        import pydot
    except ImportError as error:
        raise ImportError(
            "Plots of models need pydot: pip install 'kerasish[plot]'. Received: no module pydot"
        ) from error
    return pydot


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Any:
    """Return the graph of a model's layers, with Keras's boxes.

    Args:
        model: The model.
        show_shapes: Whether shapes are shown.
        show_dtype: Whether the dtypes of outputs are shown.
        show_layer_names: Whether names are shown.
        rankdir: `"TB"` from top to bottom, `"LR"` from left to right.
        expand_nested: Whether the layers of models in the model are shown.
        dpi: Dots per inch.
        subgraph: Whether a cluster is returned, which is a part of another graph.
        show_layer_activations: Whether activations are shown.
        show_trainable: Whether layers tell if they are trained.
        splines: How edges are drawn: `"ortho"`, `"curved"`, `"polyline"`, `"spline"` or `"line"`.

    Returns:
        A `pydot.Dot`, or a `pydot.Cluster`.

    Raises:
        ImportError: If pydot is not installed.
        ValueError: If the model is not built.

    See https://keras.io/api/utils/model_plotting_utils/#modeltodot-function.
    """
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' has no graph before it is built; call build() or the model. "
            "Received: a model that is not built"
        )
    box = _Box(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable)
    pydot = pydot_module()
    if subgraph:
        dot = pydot.Cluster(model.name, style="dashed", label=model.name, labeljust="l")
    else:
        dot = pydot.Dot(rankdir=rankdir, concentrate=True, dpi=dpi, splines=splines)
        dot.set_node_defaults(shape="record")
    _Drawing(pydot, box, expand_nested).fill(dot, model)
    return dot


@dataclass(frozen=True)
class _Box:
    """What the box of a layer shows."""

    shapes: bool
    dtype: bool
    names: bool
    activations: bool
    trainable: bool

    def label(self, layer: Layer) -> str:
        """Return the table in a layer's box."""
        kind = type(layer).__name__
        name = html.escape(layer.name, quote=False)
        title = f"<b>{name}</b> ({kind})" if self.names else f"<b>{kind}</b>"
        width = max(1, 2 * self.shapes + self.dtype + self.trainable)
        rows = [_cell(title, 16, "white", f'colspan="{width}" bgcolor="black"')]
        activation = getattr(layer, "activation", None)
        if self.activations and activation is not None:
            text = getattr(activation, "name", None) or getattr(activation, "__name__", None)
            shown = f"Activation: <b>{html.escape(str(text or activation))}</b>"
            rows.append(_cell(shown, 14, None, f'bgcolor="white" colspan="{width}"'))
        if cells := list(self._facts(layer, kind)):
            rows.append("".join(cells))
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        table = '<table border="0" cellborder="1" bgcolor="black" cellpadding="10">'
        return f"<{table}{body}</table>>"

    def _facts(self, layer: Layer, kind: str) -> Iterator[str]:
        white = 'bgcolor="white"'
        if self.shapes:
            shapes = [_of_symbols(layer, name, "shape") for name in ("input", "output")]
            if None in shapes:
                shapes = [None, None]
            if kind != "InputLayer":
                yield _cell(f"Input shape: <b>{_shape_text(shapes[0])}</b>", 14, None, white)
            yield _cell(f"Output shape: <b>{_shape_text(shapes[1])}</b>", 14, None, white)
        if self.dtype:
            dtype = _of_symbols(layer, "output", "dtype")
            yield _cell(f"Output dtype: <b>{dtype or '?'}</b>", 14, None, white)
        if self.trainable and layer.weights:
            text, color = ("Trainable", "forestgreen") if layer.trainable else (
                "Non-trainable", "firebrick")  # fmt: skip
            yield _cell(f"<b>{text}</b>", 14, "white", f'bgcolor="{color}"')


class _Drawing:
    """Puts layers and what connects them into a graph."""

    def __init__(self, pydot: ModuleType, box: _Box, expand_nested: bool) -> None:
        self._pydot = pydot
        self._box = box
        self._expands = expand_nested

    def fill(self, dot: Any, model: Any) -> None:
        """Add a model's boxes and edges."""
        if not isinstance(model, (Functional, Sequential)):
            self._add_box(dot, model)  # a model of the user's own has no graph
            return
        for layer in model.layers if isinstance(model, Sequential) else model.operations:
            if self._expands and isinstance(layer, (Functional, Sequential)):
                inner = self._pydot.Cluster(
                    layer.name, style="dashed", label=layer.name, labeljust="l"
                )
                self.fill(inner, layer)
                dot.add_subgraph(inner)
            else:
                self._add_box(dot, layer)
        edges = self._chain(model) if isinstance(model, Sequential) else self._calls(model)
        for source, target in edges:
            ends = str(id(source)), str(id(target))
            if not dot.get_edge(*ends):
                dot.add_edge(self._pydot.Edge(*ends, penwidth="2"))

    def _add_box(self, dot: Any, layer: Layer) -> None:
        dot.add_node(self._pydot.Node(str(id(layer)), label=self._box.label(layer), **_NODE))

    def _chain(self, model: Sequential) -> Iterator[tuple[Layer, Layer]]:
        layers = model.layers
        for source, target in itertools.pairwise(layers):
            yield self._last(source, 0), self._first(target, 0)

    def _calls(self, model: Functional) -> Iterator[tuple[Layer, Layer]]:
        current = dict(zip(map(id, model._graph_layers), model.operations, strict=True))
        order = {id(layer): place for place, layer in enumerate(model._graph_layers)}
        nodes = sorted(model._graph_nodes, key=lambda node: order[id(node.layer)])
        for node in nodes:
            for index, symbol in enumerate(node.input_tensors):
                history = symbol._keras_history
                source = current.get(id(history.layer), history.layer)
                yield (
                    self._last(source, history.tensor_index),
                    self._first(current[id(node.layer)], index),
                )

    def _last(self, layer: Any, output: int) -> Layer:
        """Return the layer in a model that gives one of its outputs."""
        while self._expands and isinstance(layer, (Functional, Sequential)):
            history = layer.outputs[output]._keras_history
            layer, output = history.layer, history.tensor_index
        return layer

    def _first(self, layer: Any, number: int) -> Layer:
        """Return the layer in a model that takes one of its inputs."""
        while self._expands and isinstance(layer, (Functional, Sequential)):
            if isinstance(layer, Sequential):
                layer = layer.layers[0]
            else:
                layer = layer.inputs[number]._keras_history.layer
        return layer


def _cell(text: str, size: int, color: str | None, options: str) -> str:
    colored = f' color="{color}"' if color else ""
    return f'<td {options}><font point-size="{size}"{colored}>{text}</font></td>'


def _of_symbols(layer: Layer, which: str, attribute: str) -> Any:
    """Return the shapes or dtypes of a layer's symbols; None if it was called never or often."""
    try:
        return map_structure(lambda symbol: getattr(symbol, attribute), getattr(layer, which))
    except (ValueError, AttributeError):
        return None


def _shape_text(shape: Any) -> str:
    if shape is None:
        return "?"
    if isinstance(shape, dict):
        shape = ", ".join(f"{name}: {one}" for name, one in shape.items())
    return html.escape(str(shape).replace("{", "").replace("}", ""))
