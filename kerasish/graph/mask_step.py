"""Where Keras would put the steps that compute masks into a graph.

Masks travel on the tensors here, so no such step is ever run. But each has a place in Keras's graph
and takes an automatic name, and both decide on what can be seen: the order of a model's layers, and
so of its weights, and the names of layers made later.
"""

from __future__ import annotations

from typing import Any

from kerasish.graph.keras_tensor import KerasTensor


class MaskStep:
    """One step of the computation of a mask.

    Args:
        title: What Keras makes the step's automatic name from, or None for a step that has none.
        *sources: The symbols and the steps whose results it takes.
    """

    def __init__(self, title: str | None, *sources: KerasTensor | MaskStep) -> None:
        from kerasish.layers.base.naming import unique_name

        self.sources = sources
        if title is not None:
            unique_name(title)


def mask_of(value: Any) -> Any:
    """Return the step (or symbol) that stands for the mask of a symbol, or None."""
    return value.__dict__.get("_mask_step") if isinstance(value, KerasTensor) else None
