"""`Lambda`: any function of tensors as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.shape_inference import infer_outputs
from kerasish.graph.structure import map_structure
from kerasish.layers.base.layer import Layer
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object


@builtin("keras.layers")
class Lambda(Layer):
    """Applies a function to its inputs.

    Args:
        function: A function of tensors; it is written with torch. Its parameters `mask` and
            `training` are filled in if it has them.
        output_shape: Shape of the output without the batch axis, or a function of the input's
            shape; found by running the function on tensors without values if not given.
        mask: Mask of the output, or a function `(inputs, mask) -> mask`.
        arguments: Further keyword arguments of the function.
        **kwargs: Arguments of every layer.

    A model with a `Lambda` can be stored only if the function is registered with
    `register_keras_serializable`: code is never written to a file, nor read from one.
    """

    def __init__(
        self,
        function: Callable,
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            self._refuse("function", function, "a function")
        self.function = function
        self.options = dict(arguments or {})
        self._output_shape = output_shape
        self.mask = mask
        self.supports_masking = mask is not None
        parameters = inspect.signature(function).parameters
        self._takes = frozenset(parameters) & {"mask", "training"}

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        """Apply the function."""
        given = {"mask": mask, "training": training}
        return self.function(inputs, **self.options, **{k: given[k] for k in sorted(self._takes)})

    def compute_output_spec(self, inputs: Any, **kwargs: Any) -> Any:
        """Return symbols of the given shape, or of the one that running the function tells."""
        if self._output_shape is None:
            what = f"layer '{self.name}' (Lambda)"
            return infer_outputs(self.call, (inputs,), {}, what)
        shapes = map_structure(lambda t: t.shape, inputs)
        if callable(self._output_shape):
            return KerasTensor(self._output_shape(shapes), self.compute_dtype)
        first = inputs[0] if isinstance(inputs, (list, tuple)) else inputs
        return KerasTensor((first.shape[0], *self._output_shape), self.compute_dtype)

    def _makes_masks(self) -> bool:
        return self.mask is not None

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the given mask, or what the given function says."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """Return the configuration; the function must be registered."""
        config = {
            **super().get_config(),
            "function": serialize_keras_object(self.function),
            "arguments": self.options,
        }
        if self._output_shape is not None:
            config["output_shape"] = (
                serialize_keras_object(self._output_shape)
                if callable(self._output_shape)
                else self._output_shape
            )
        if self.mask is not None:
            config["mask"] = serialize_keras_object(self.mask)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the layer from what `get_config` gave; code in the configuration is refused."""
        config = dict(config)
        for name in ("function", "output_shape", "mask"):
            if isinstance(config.get(name), dict):
                config[name] = deserialize_keras_object(config[name], custom_objects)
        return cls(**config)
