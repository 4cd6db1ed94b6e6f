"""Masks over time in operators of ONNX: valid steps to the front, and outputs back.

ONNX's recurrent operators know lengths, but no masks. As in `kerasish.layers.rnn.masks`, the valid
steps of each row move to the front, the operator runs over that many steps, and the outputs are
spread out again; so masks may have padding on either side, and holes.
"""

from __future__ import annotations

import numpy as np

from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.value import Value


def time_mask(graph: GraphBuilder, layer: object, mask: object) -> Value | None:
    """Return a mask of steps as booleans `(batch, time)`, or None.

    Args:
        graph: Where to.
        layer: The layer that takes the mask, for the message.
        mask: A mask, a list with the mask of the sequence first, or None.

    Raises:
        ExportError: If it is not a mask of steps.
    """
    if isinstance(mask, (list, tuple)):
        mask = mask[0]
    if mask is None:
        return None
    assert isinstance(mask, Value)
    if mask.ndim == 3:
        mask = graph.op("Squeeze", mask, graph.ints(-1)).with_shape(mask.shape[:2])  # type: ignore[index]
    if mask.ndim != 2:
        raise ExportError(
            f"Layer '{layer.name}' ({type(layer).__name__}) takes a mask of shape (batch, time). "  # type: ignore[attr-defined]
            f"Received: a mask of shape {mask.shape}"
        )
    return graph.cast(mask, "bool")


class Compaction:
    """Moves the valid steps of each row to the front, and back.

    Args:
        graph: Where to.
        mask: Booleans `(batch, time)`.

    Attributes:
        steps: Number of valid steps of each row, at least 1, as `sequence_lens` takes it.
    """

    def __init__(self, graph: GraphBuilder, mask: Value) -> None:
        self._graph = graph
        self.mask = mask
        valid = graph.cast(mask, "int64")
        # How many valid steps there are up to each step: where a step's output stands, plus one.
        self._count = graph.op("CumSum", valid, graph.constant(np.int64(1)))
        lengths = graph.reduce("ReduceSum", valid, [1])
        self.any_valid = graph.op("Greater", lengths, graph.constant(np.int64(0)), dtype="bool")
        # The operators take no row of length 0; what they give for one is replaced afterwards.
        least = graph.op("Max", lengths, graph.constant(np.int64(1)))
        self.steps = graph.cast(least, "int32")
        time = graph.size(mask, 1)
        scalar = graph.op("Squeeze", time)
        numbers = graph.op(
            "Range", graph.constant(np.int64(0)), scalar, graph.constant(np.int64(1))
        )
        # Sorted by the time of each step, masked steps behind all others: no two are equal.
        keys = graph.op("Where", mask, numbers, graph.op("Add", numbers, time), dtype="int64")
        self._order = graph.ops("TopK", keys, time, outputs=2, axis=1, largest=0)[1]
        padding = graph.op("GreaterOrEqual", numbers, graph.op("Unsqueeze", lengths, graph.ints(1)))
        self._padding = Value(padding.name, "bool")

    def compact(self, sequences: Value) -> Value:
        """Move valid steps of `(batch, time, features)` to the front; the rest becomes zero."""
        graph = self._graph
        moved = self._take(sequences, self._order)
        padding = graph.op("Unsqueeze", self._padding, graph.ints(2))
        # A masked step may hold anything, NaN too.
        return graph.op("Where", padding, graph.number(0, moved), moved, dtype=moved.dtype)

    def spread(self, outputs: Value, zero_masked: bool) -> Value:
        """Spread compacted outputs `(batch, time, units)` over the original steps.

        Args:
            outputs: The operator's outputs.
            zero_masked: Whether masked steps give zeros; else they repeat the last valid output,
                and give zeros before the first.
        """
        graph = self._graph
        one, zero = graph.constant(np.int64(1)), graph.constant(np.int64(0))
        index = graph.op("Max", graph.op("Sub", self._count, one), zero)
        keep = self.mask
        if not zero_masked:
            keep = graph.op("Greater", self._count, zero, dtype="bool")
        keep = graph.op("Unsqueeze", keep, graph.ints(2))
        taken = self._take(outputs, index)
        return graph.op("Where", keep, taken, graph.number(0, taken), dtype=taken.dtype)

    def or_initial(self, state: Value, initial: Value | None) -> Value:
        """Give rows that are masked whole their initial state `(batch, units)`, zeros if None."""
        graph = self._graph
        keep = graph.op("Unsqueeze", self.any_valid, graph.ints(1))
        other = graph.number(0, state) if initial is None else initial
        return graph.op("Where", keep, state, other, dtype=state.dtype)

    def last_output(self, hidden: Value, zero_masked: bool) -> Value:
        """Return the output at the last step from the last hidden states `(batch, units)`."""
        graph = self._graph
        keep = graph.op("Unsqueeze", self.any_valid, graph.ints(1))
        if zero_masked:
            keep = graph.op(
                "Slice",
                self.mask,
                graph.ints(-1),
                graph.ints(np.iinfo(np.int64).max),
                graph.ints(1),
            )
        return graph.op("Where", keep, hidden, graph.number(0, hidden), dtype=hidden.dtype)

    def _take(self, sequences: Value, index: Value) -> Value:
        """Take steps of each row by their numbers `(batch, steps)`."""
        graph = self._graph
        rows = graph.op("Unsqueeze", index, graph.ints(2))
        return graph.op("GatherND", sequences, rows, batch_dims=1)
