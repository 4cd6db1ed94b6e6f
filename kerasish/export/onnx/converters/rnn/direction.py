"""Which layers ONNX's recurrent operators compute."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.export.onnx.converters.rnn.operator import Direction, operator_activation
from kerasish.export.onnx.graph_builder import GraphBuilder

_KINDS: dict[type, str] = {layers.LSTM: "LSTM", layers.GRU: "GRU", layers.SimpleRNN: "RNN"}


def direction_of(graph: GraphBuilder, layer: Any) -> Direction | None:
    """Return what an operator must do to compute a layer, None if there is none that does.

    The class, the activations and the type decide. In float64 there is none, because ONNX Runtime
    has the operators for float32 only; in float16 neither, as a loop rounds as the layer does.
    """
    kind = _KINDS.get(type(layer))
    if kind is None or graph.kind(layer.compute_dtype) != "float32":
        return None
    chosen = [operator_activation(one) for one in _functions(layer)]
    known = tuple(one for one in chosen if one is not None)
    if len(known) < len(chosen):
        return None
    return Direction(
        kind, layer.units, known, layer._module_tensors(), getattr(layer, "reset_after", None)
    )


def _functions(layer: Any) -> list[Any]:
    """A layer's activations in the order of the operator's: gates, candidate, output."""
    if isinstance(layer, layers.LSTM):
        return [layer.recurrent_activation, layer.activation, layer.activation]
    if isinstance(layer, layers.GRU):
        return [layer.recurrent_activation, layer.activation]
    return [layer.activation]
