"""`TimeDistributed`: a layer applied to every step by itself."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.base.layer import Layer
from kerasish.layers.rnn.cell_dropout import DropoutCell
from kerasish.random import native
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object


@builtin("keras.layers")
class TimeDistributed(Layer):
    """Applies a layer to every step of a sequence.

    Time is folded into the batch, so that the layer runs once; but step by step where it draws
    Keras's random numbers or updates moments in training.

    Args:
        layer: The layer or model.
        **kwargs: Arguments of every layer.

    Call arguments: inputs `(batch, time, ...)`, `mask` `(batch, time, ...)`, `training`.
    Returns the layer's outputs, `(batch, time, ...)`.

    Raises:
        ValueError: If `layer` is not a layer.
    """

    supports_masking = True

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(layer, Layer):
            self._refuse("layer", layer, "a layer")
        self.layer = layer

    def _step_shape(self, shape: Any) -> tuple:
        if not isinstance(shape, (list, tuple)) or len(shape) < 3:
            raise ValueError(
                f"Layer '{self.name}' (TimeDistributed) takes inputs of at least 3 axes, "
                f"(batch, time, features). Received: inputs of shape {shape}"
            )
        return (shape[0], *shape[2:])

    def build(self, input_shape: Any) -> None:
        """Build the layer for one step of inputs `(batch, time, ...)`."""
        shape = self._step_shape(input_shape)
        if not self.layer.built:
            self.layer._build_from_shapes({"inputs": (None, *shape[1:])})

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the layer's output shape with the axis of time put in."""
        output = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (output[0], input_shape[1], *output[1:])

    def call(
        self, inputs: torch.Tensor, training: bool | None = None, mask: Any = None
    ) -> torch.Tensor:
        """Run the layer on all steps at once."""
        batch, time = inputs.shape[:2]
        self._step_shape(tuple(inputs.shape))
        kwargs: dict[str, Any] = {"training": training}
        if mask is not None:
            if tuple(mask.shape[:2]) != (batch, time):
                raise ValueError(
                    f"Layer '{self.name}' (TimeDistributed) takes a mask that begins with "
                    f"(batch, time) = {(batch, time)}. "
                    f"Received: a mask of shape {tuple(mask.shape)}"
                )
            if "mask" in self.layer._signature.accepted:
                kwargs["mask"] = mask.flatten(0, 1)
        if self._changes_by_step(training):
            # Keras runs the layer step by step, so that each draws for itself, and a
            # BatchNormalization takes the moments of each.
            steps = []
            for index in range(time):
                if "mask" in kwargs:
                    kwargs["mask"] = mask[:, index]
                steps.append(self.layer(inputs[:, index], **kwargs))
            return torch.stack(steps, 1)
        folded = self.layer(inputs.flatten(0, 1), **kwargs)
        if not training:
            for cell in self._dropout_cells():
                cell.pass_over_masks(time - 1)
        return folded.unflatten(0, (batch, time))

    def _changes_by_step(self, training: bool | None) -> bool:
        """Whether the layer, in this call, draws Keras's random numbers or updates a state."""
        return bool(training) and any(
            any(not spec.trainable for spec in module._weight_specs.values())
            or any(not native.is_chosen(one) for _, one in module._seed_generators())
            for module in self.layer.modules()
            if isinstance(module, Layer)
        )

    def _dropout_cells(self) -> list[DropoutCell]:
        return [module for module in self.layer.modules() if isinstance(module, DropoutCell)]

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, the layer's within it."""
        return {**super().get_config(), "layer": serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the layer from what `get_config` gave."""
        config = dict(config)
        layer = deserialize_keras_object(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)
