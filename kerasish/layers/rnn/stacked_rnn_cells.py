"""`StackedRNNCells`: several cells that act as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object


@builtin("keras.layers")
class StackedRNNCells(Layer):
    """Cells one after another: each takes the output of the one before.

    Args:
        cells: The cells, in order from input to output.
        **kwargs: Arguments of every layer.

    Call arguments: a step's inputs `(batch, features)`, the states, one entry a cell, `training`.
    Returns the last cell's output, and the states, one entry a cell.

    Raises:
        ValueError: If a cell can't be called or has no `state_size`.
    """

    casts_integer_inputs = True

    def __init__(self, cells: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for cell in cells:
            if not callable(cell) or not hasattr(cell, "state_size"):
                raise ValueError(
                    f"Layer '{self.name}' (StackedRNNCells) takes cells with a `call` method and a "
                    f"`state_size`. Received: {cell!r}"
                )
        self.cells = list(cells)

    @property
    def state_size(self) -> list[Any]:
        """The cells' state sizes, one entry a cell."""
        return [list_of_states(cell.state_size) for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """Number of units of the last cell's output."""
        return _output_size(self.cells[-1])

    def build(self, input_shape: Any) -> None:
        """Build the cells for a step's inputs of shape `(batch, features)`."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell._build_from_shapes({"inputs": input_shape})
            input_shape = (input_shape[0], _output_size(cell))

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """Run one step of all cells."""
        new_states = []
        for cell, state in zip(self.cells, states, strict=True):
            kwargs = {}
            if isinstance(cell, Layer) and "training" in cell._signature.accepted:
                kwargs["training"] = training
            inputs, new = cell(inputs, list_of_states(state), **kwargs)
            new_states.append(list_of_states(new))
        return inputs, new_states

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shapes of the output and of the states."""
        states = [[(input_shape[0], size) for size in sizes] for sizes in self.state_size]
        return (input_shape[0], self.output_size), states

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Return the cells' initial states, one entry a cell."""
        return [
            list_of_states(cell.get_initial_state(batch_size=batch_size)) for cell in self.cells
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, the cells' within it."""
        return {
            **super().get_config(),
            "cells": [serialize_keras_object(cell) for cell in self.cells],
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the layer from what `get_config` gave."""
        config = dict(config)
        cells = [
            deserialize_keras_object(cell, custom_objects=custom_objects)
            for cell in config.pop("cells")
        ]
        return cls(cells, **config)


def list_of_states(states: Any) -> list[Any]:
    """Return a cell's states in a list, also where there is only one and it stands alone."""
    return list(states) if isinstance(states, (list, tuple)) else [states]


def _output_size(cell: Any) -> Any:
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    return cell.state_size[0] if isinstance(cell.state_size, (list, tuple)) else cell.state_size
