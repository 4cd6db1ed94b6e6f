"""A layer's weights, wherever they come from, in Keras's names and layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weight_port.formats.tensors import Tensors
from weight_port.layouts import Layout


@dataclass(frozen=True, eq=False)
class LayerRecord:
    """One layer that has weights of its own.

    All sources, Keras files, torch files and live models, are read as a list of these; layers are
    matched and weights moved between two such lists.

    Attributes:
        path: Its name, after those of the layers that it lies in: `"encoder/lstm"`,
            `"bidirectional/forward_layer"`. Unique in its list.
        layer_class: Keras's class name, `"LSTM"`; empty where the source does not tell.
        layout: How its weights lie in a torch module; None for a class that the table does not
            have, whose arrays move as they are or not at all.
        weights: Its weights by Keras name, in the order of Keras's `get_weights()`.
        keys: The name of each weight in its source (a file's key), by Keras name.
        config: The layer's own configuration; empty where the source has none.
    """

    path: str
    layer_class: str
    layout: Layout | None
    weights: Tensors
    keys: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the weights by Keras name."""
        return {name: info.shape for name, info in self.weights.items()}

    def describe(self) -> str:
        """Return one line for messages: path, class and shapes."""
        shapes = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        return f"{self.path} ({self.layer_class or 'class unknown'}: {shapes})"


def mismatches(record: LayerRecord, arrays: Mapping[str, Any]) -> list[str]:
    """Return a line for each array that a layer has no weight of that name and shape for."""
    wrong = []
    for name, array in arrays.items():
        shape = tuple(array.shape)
        if name not in record.weights:
            wrong.append(f"{record.path}: no weight {name!r}; it has {list(record.weights)}")
        elif record.shapes[name] != shape:
            wrong.append(
                f"{record.path}: {name} has the shape {record.shapes[name]}. "
                f"Received: shape {shape}"
            )
    return wrong
