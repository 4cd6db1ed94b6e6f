"""Which function writes which layer: a table that grows by decorators, and never overwrites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.export.onnx.errors import ExportError

Converter = Callable[..., Any]


class Registry:
    """A table of functions by what they stand for.

    Args:
        what: What the keys are, for messages.
        advice: What to do about one that is missing, for messages.
    """

    def __init__(self, what: str, advice: str) -> None:
        self._what = what
        self._advice = advice
        self._table: dict[Any, Converter] = {}

    def register(self, *keys: Any) -> Callable[[Converter], Converter]:
        """Enter the decorated function for one or several keys.

        Raises:
            ValueError: If one of them has a function already.
        """

        def enter(function: Converter) -> Converter:
            for key in keys:
                if key in self._table:
                    raise ValueError(
                        f"There is an ONNX converter for this {self._what} already: "
                        f"{self._table[key].__qualname__}. Received: {_title(key)}"
                    )
                self._table[key] = function
            return function

        return enter

    def find(self, key: Any) -> Converter | None:
        """Return the function for a key, or None."""
        try:
            return self._table.get(key)
        except TypeError:  # not hashable
            return None

    def get(self, key: Any, user: str) -> Converter:
        """Return the function for a key.

        Args:
            key: The key.
            user: Who needs it, for the message.

        Raises:
            ExportError: If there is none.
        """
        found = self.find(key)
        if found is None:
            raise ExportError(
                f"{user} can't be exported to ONNX: there is no converter for this {self._what}. "
                f"{self._advice} Received: {_title(key)}"
            )
        return found


def _title(key: Any) -> str:
    if isinstance(key, type):
        return f"{key.__module__}.{key.__qualname__}"
    return repr(key)


LAYERS = Registry(
    "class of layers",
    "Write one, and register it with kerasish.export.onnx.layer_converter(TheClass), or build the "
    "model from layers that have one.",
)
MASKS = Registry(
    "class's masks",
    "Register one with kerasish.export.onnx.mask_converter(TheClass), or leave the mask out.",
)
CELLS = Registry(
    "class of cells",
    "Write one, and register it with kerasish.export.onnx.cell_converter(TheClass).",
)
ACTIVATIONS = Registry(
    "activation",
    "Use one of kerasish.activations, or register a converter with "
    "kerasish.export.onnx.activation_converter(the_function).",
)
FUNCTIONS = Registry(
    "function of tensors",
    "Use operators and layers, or register a converter with "
    "kerasish.export.onnx.function_converter(the_function).",
)


def layer_converter(*classes: type) -> Callable[[Converter], Converter]:
    """Register how layers of a class are written, subclasses not included.

    The decorated function is called as `function(graph, layer, *args, **kwargs)`: a
    `GraphBuilder`, the layer, and the arguments of `layer.call` with a `Value` in place of each
    tensor, `training` left out. It returns the `Value`s of the outputs.

    Raises:
        ValueError: If a class has a converter already.
    """
    return LAYERS.register(*classes)


def mask_converter(*classes: type) -> Callable[[Converter], Converter]:
    """Register how the masks are written that layers of a class compute from values.

    The decorated function is called as `function(graph, layer, inputs, mask)`, as `compute_mask`.

    Raises:
        ValueError: If a class has a converter already.
    """
    return MASKS.register(*classes)


def cell_converter(*classes: type) -> Callable[[Converter], Converter]:
    """Register how a step of a recurrent cell is written.

    The decorated function is called as `function(graph, cell, inputs, states)`, and returns the
    output and the list of new states.

    Raises:
        ValueError: If a class has a converter already.
    """
    return CELLS.register(*classes)


def activation_converter(*functions: Any) -> Callable[[Converter], Converter]:
    """Register how an activation is written: `function(graph, x)` returns a `Value`.

    Raises:
        ValueError: If an activation has a converter already.
    """
    return ACTIVATIONS.register(*functions)


def function_converter(*functions: Any) -> Callable[[Converter], Converter]:
    """Register how a function of tensors is written, as it is applied to symbols.

    The decorated function is called as `function(graph, *args, **kwargs)`.

    Raises:
        ValueError: If a function has a converter already.
    """
    return FUNCTIONS.register(*functions)
