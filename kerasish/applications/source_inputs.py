"""From which inputs a symbol is computed."""

from __future__ import annotations

from typing import Any

from kerasish.graph.keras_tensor import KerasTensor


def source_inputs(symbol: KerasTensor) -> Any:
    """Return the inputs that a symbol comes from, alone or in a list.

    Args:
        symbol: The symbol, which may be an input itself.
    """
    found: list[KerasTensor] = []
    seen: set[int] = set()
    pending = [symbol]
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        node = one._keras_history.node
        if node.is_input:
            found.append(one)
        else:
            pending.extend(reversed(node.input_tensors))
    return found[0] if len(found) == 1 else found
