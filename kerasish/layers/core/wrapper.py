"""`Wrapper`: the base of layers that hold one other layer."""

from __future__ import annotations

from typing import Any

from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object


@builtin("keras.layers")
class Wrapper(Layer):
    """Holds a layer as `layer`; subclasses say in `call` what is done with it.

    Args:
        layer: The layer or model.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If `layer` is not a layer.
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(layer, Layer):
            self._refuse("layer", layer, "a layer")
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside for the same inputs."""
        if not self.layer.built:
            self.layer._build_from_shapes({"inputs": input_shape})

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, the layer's within it."""
        return {**super().get_config(), "layer": serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the layer from what `get_config` gave."""
        config = dict(config)
        layer = deserialize_keras_object(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)
