"""`get_source_inputs`: the inputs that a symbol is made of."""

from __future__ import annotations

from typing import Any

from kerasish.graph.keras_tensor import KerasTensor


def get_source_inputs(tensor: Any) -> Any:
    """Return the inputs that a symbolic tensor is made of.

    Args:
        tensor: The symbol; anything else is returned as it is.

    Returns:
        A list of the symbols, each once, in the order in which a walk back meets them.

    See https://keras.io/api/utils/.
    """
    if not isinstance(tensor, KerasTensor) or not hasattr(tensor, "_keras_history"):
        return tensor
    found: dict[int, KerasTensor] = {}
    seen: set[int] = set()
    waiting = [tensor._keras_history.node]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.is_input:
            found |= {id(output): output for output in node.output_tensors}
        # The last one waiting is walked first.
        waiting += [symbol._keras_history.node for symbol in reversed(node.input_tensors)]
    return list(found.values())
