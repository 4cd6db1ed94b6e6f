"""`Identity`: gives back what it is given."""

from __future__ import annotations

from typing import Any

from kerasish.graph.structure import map_structure
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin


@builtin("keras.layers")
class Identity(Layer):
    """Gives back its inputs, masks included.

    Args:
        **kwargs: Arguments of every layer.
    """

    supports_masking = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs

    def compute_output_spec(self, inputs: Any, **kwargs: Any) -> Any:
        """Return symbols of the inputs' shapes."""
        return map_structure(lambda t: type(t)(t.shape, t.dtype), inputs)
