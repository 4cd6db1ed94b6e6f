"""`Pipeline`: preprocessing layers one after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.saving.registry import (
    builtin,
    deserialize_keras_object,
    serialize_keras_object,
)


@builtin("keras.layers")
class Pipeline(DataLayer):
    """Runs layers one after another on data, outside of a model.

    Like the layers that augment images it is in training mode unless told otherwise.

    Args:
        layers: The layers.
        name: Name of the layer.

    Call argument: what the first layer takes; returns what the last one gives.

    Raises:
        ValueError: If `layers` is no list of layers.
    """

    takes_strings = True
    supports_masking = True

    def __init__(self, layers: Sequence[Layer], name: str | None = None) -> None:
        super().__init__(name=name, autocast=False)
        if not isinstance(layers, (list, tuple)) or not all(isinstance(x, Layer) for x in layers):
            self._refuse("layers", layers, "a list of layers")
        self.layers = list(layers)
        self.built = True
        self.training = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Run the layers."""
        for layer in self.layers:
            inputs = layer(inputs, training=training)
        return inputs

    def compute_output_spec(self, inputs: Any, **_: Any) -> Any:
        """Return the symbols that the layers give."""
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Masks travel through the layers on the tensors themselves."""
        return None

    def get_config(self) -> dict[str, Any]:
        """Return the configuration: the layers'."""
        return {"layers": serialize_keras_object(list(self.layers)), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Pipeline:
        """Make the layer from what `get_config` gave."""
        layers = config.get("layers")
        if not isinstance(layers, (list, tuple)):
            raise ValueError(
                "The configuration of a Pipeline holds a list of layers. "
                f"Received: layers={layers!r}"
            )
        return cls(**{**config, "layers": [deserialize_keras_object(layer) for layer in layers]})
