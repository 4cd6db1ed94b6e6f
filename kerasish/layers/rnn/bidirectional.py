"""`Bidirectional`: a recurrent layer over time in both directions (Schuster & Paliwal 1997)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from kerasish.graph.structure import flatten
from kerasish.layers.base.layer import Layer
from kerasish.layers.rnn.bidirectional_kernel import (
    run_both_directions,
    run_joined,
    shares_kernel,
)
from kerasish.layers.rnn.cell_dropout import pass_over_masks
from kerasish.layers.rnn.masks import time_mask
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object

_MERGES: dict[str | None, Callable[[Any, Any], Any]] = {
    "sum": lambda forward, backward: forward + backward,
    "mul": lambda forward, backward: forward * backward,
    "ave": lambda forward, backward: (forward + backward) / 2,
    "concat": lambda forward, backward: torch.cat([forward, backward], -1),
    None: lambda forward, backward: (forward, backward),
}


@builtin("keras.layers")
class Bidirectional(Layer):
    """Runs a recurrent layer forward and a copy of it backward in time.

    Args:
        layer: A recurrent layer. It is made anew from its configuration, so its weights, and the
            object itself, stay free for other uses.
        merge_mode: How the two outputs are joined: `"concat"`, `"sum"`, `"mul"`, `"ave"`, or None
            for both outputs, one after the other.
        weights: Initial weights in the order of `get_weights()`.
        backward_layer: The layer that runs backward, made with `go_backwards=True`; by default a
            copy of `layer` that does.
        **kwargs: Arguments of every layer.

    Call arguments: `sequences` `(batch, time, features)`, `initial_state` (the forward layer's
    states, then the backward layer's), `mask` `(batch, time)`, `training`.
    Returns the joined output; with `return_state`, a tuple of the output (or both), the forward
    states and the backward states.

    Raises:
        ValueError: If `layer` is not a recurrent layer, or the two layers do not go together.
    """

    supports_masking = True
    _moves_masks = True

    def __init__(
        self,
        layer: Layer,
        merge_mode: str | None = "concat",
        weights: Sequence[Any] | None = None,
        backward_layer: Layer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for argument, value in (("layer", layer), ("backward_layer", backward_layer)):
            if argument == "backward_layer" and value is None:
                continue
            if not isinstance(value, Layer) or not hasattr(value, "go_backwards"):
                raise ValueError(
                    f"Layer '{self.name}' (Bidirectional) takes a recurrent layer as `{argument}`. "
                    f"Received: {argument}={value!r}"
                )
        if merge_mode not in _MERGES:
            raise ValueError(
                f"Layer '{self.name}' (Bidirectional) takes one of {list(_MERGES)} as `merge_mode`."
                f" Received: merge_mode={merge_mode!r}"
            )
        self.merge_mode = merge_mode
        self.forward_layer = _renewed(layer, "forward", {})
        if backward_layer is None:
            self.backward_layer = _renewed(layer, "backward", {"go_backwards": True})
        else:
            self.backward_layer = backward_layer
        self._require_match()
        for one in (self.forward_layer, self.backward_layer):
            one.use_cudnn = getattr(layer, "use_cudnn", "auto")
            # With sequences a masked step gives zeros, whatever the layer says, as in Keras.
            if hasattr(one, "zero_output_for_mask"):
                one.zero_output_for_mask = one.return_sequences
        if weights:
            self._initial_weights = list(weights)

    def _require_match(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                f"Layer '{self.name}' (Bidirectional) needs layers of which one goes backwards. "
                f"Received: go_backwards={forward.go_backwards} for both"
            )
        for flag in ("stateful", "return_sequences", "return_state"):
            if getattr(forward, flag) != getattr(backward, flag):
                raise ValueError(
                    f"Layer '{self.name}' (Bidirectional) needs layers with the same `{flag}`. "
                    f"Received: {getattr(forward, flag)} forward, {getattr(backward, flag)} "
                    "backward"
                )

    @property
    def return_sequences(self) -> bool:
        """Whether the output holds all steps."""
        return self.forward_layer.return_sequences

    @property
    def return_state(self) -> bool:
        """Whether the final states are returned after the output."""
        return self.forward_layer.return_state

    @property
    def stateful(self) -> bool:
        """Whether a call goes on from the previous call's states."""
        return self.forward_layer.stateful

    @property
    def go_backwards(self) -> bool:
        """Whether the forward layer goes backwards."""
        return self.forward_layer.go_backwards

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build both layers for sequences `(batch, time, features)`."""
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer._build_from_shapes({"sequences": sequences_shape})
        self.input_spec = self.forward_layer.input_spec

    def reset_state(self) -> None:
        """Set the states of both stateful layers to zero."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """Keras 2's name of `reset_state`."""
        self.reset_state()

    @property
    def states(self) -> list[Any] | None:
        """The forward and then the backward layer's states, None where they are not kept."""
        forward, backward = self.forward_layer.states, self.backward_layer.states
        return None if forward is None or backward is None else [*forward, *backward]

    def call(
        self,
        sequences: torch.Tensor,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> Any:
        """Run both layers and join their outputs."""
        forward_state, backward_state = self._split_states(initial_state)
        path = self.execution_path(
            masked=mask is not None,
            training=training,
            gradients=torch.is_grad_enabled(),
            compiling=torch.compiler.is_compiling(),
            device=sequences.device.type,
        )
        if path == "shared" and not training:
            pass_over_masks(self.forward_layer)
            pass_over_masks(self.backward_layer)
        joins = self.merge_mode == "concat" and self.return_sequences and mask is None
        if path == "shared" and joins:
            output, states = run_joined(
                self.forward_layer, self.backward_layer, sequences, forward_state, backward_state
            )
            return (output, *states) if self.return_state else output
        if path == "shared":
            forward, backward = run_both_directions(
                self.forward_layer,
                self.backward_layer,
                sequences,
                forward_state,
                backward_state,
                time_mask(mask, sequences, self),
            )
        else:
            forward, backward = (
                layer(sequences, initial_state=state, mask=mask, training=training)
                for layer, state in (
                    (self.forward_layer, forward_state),
                    (self.backward_layer, backward_state),
                )
            )
            if self.return_sequences:
                backward = _flip_output(backward)
        if not self.return_state:
            return _MERGES[self.merge_mode](forward, backward)
        joined = _MERGES[self.merge_mode](forward[0], backward[0])
        outputs = joined if self.merge_mode is None else (joined,)
        return (*outputs, *forward[1:], *backward[1:])

    def execution_path(
        self,
        *,
        masked: bool = False,
        training: bool = False,
        gradients: bool = False,
        compiling: bool = False,
        device: str = "cpu",
    ) -> str:
        """Tell how a call runs; it depends on the configuration alone.

        Args:
            masked: Whether there is a mask.
            training: Whether the call is in training mode.
            gradients: Whether a backward pass is prepared.
            compiling: Whether `torch.compile` or `torch.export` traces the call.
            device: Type of the device: `"cpu"`, `"cuda"`, ...

        Returns:
            `"shared"`: both directions in one bidirectional kernel. `"separate"`: each layer as its
            own `execution_path` tells.
        """
        if not shares_kernel(self.forward_layer, self.backward_layer, training):
            return "separate"
        if not masked:
            return "shared"
        # A mask leaves the shared kernel only the packed way.
        path = self.forward_layer.execution_path(
            masked=True,
            training=training,
            gradients=gradients,
            compiling=compiling,
            device=device,
        )
        return "shared" if path == "packed" else "separate"

    def _split_states(self, states: Any) -> tuple[Any, Any]:
        if states is None:
            return None, None
        wanted = 2 * len(flatten(list(self.forward_layer.state_size)))
        if not isinstance(states, (list, tuple)) or len(states) != wanted:
            count = len(states) if isinstance(states, (list, tuple)) else "a bare tensor, not"
            raise ValueError(
                f"Layer '{self.name}' (Bidirectional) takes a list of {wanted} states, the forward "
                f"layer's first, as `initial_state`. Received: {count} states"
            )
        return list(states[: wanted // 2]), list(states[wanted // 2 :])

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """Return the shape of the output, or of the outputs and the states."""
        shapes = self.forward_layer.compute_output_shape(sequences_shape)
        output, states = (shapes[0], shapes[1:]) if self.return_state else (shapes, ())
        if self.merge_mode == "concat":
            last = self._backward_shapes(sequences_shape)[0][-1]
            output = (*output[:-1], None if None in (output[-1], last) else output[-1] + last)
        backward, backward_states = self._backward_shapes(sequences_shape)
        outputs = (output, backward) if self.merge_mode is None else (output,)
        if not self.return_state:
            return outputs if self.merge_mode is None else output
        return (*outputs, *states, *backward_states)

    def _backward_shapes(self, sequences_shape: Any) -> tuple[Any, tuple]:
        """Return the shapes of the backward layer's output and of its states."""
        shapes = self.backward_layer.compute_output_shape(sequences_shape)
        return (shapes[0], shapes[1:]) if self.return_state else (shapes, ())

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Pass the mask on where the output keeps time."""
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        output_mask = mask if self.return_sequences else None
        masks = [output_mask] * 2 if self.merge_mode is None else [output_mask]
        if self.return_state:
            masks += [None] * (2 * len(flatten(list(self.forward_layer.state_size))))
        return masks if len(masks) > 1 else output_mask

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, both layers' within it."""
        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialize_keras_object(self.forward_layer),
            "backward_layer": serialize_keras_object(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the layer from what `get_config` gave."""
        config = dict(config)
        for name in ("layer", "backward_layer"):
            if config.get(name) is not None:
                config[name] = deserialize_keras_object(config[name], custom_objects=custom_objects)
        config.pop("num_constants", None)
        return cls(**config)


def _renewed(layer: Layer, direction: str, changes: dict[str, Any]) -> Any:
    """Make a layer anew from its configuration, under a name that tells its direction."""
    config = layer.get_config()
    prefix = f"{direction}_"
    config["name"] = prefix + layer.name.removeprefix(prefix)
    return type(layer).from_config({**config, **changes})


def _flip_output(outputs: Any) -> Any:
    if isinstance(outputs, (list, tuple)):
        return (outputs[0].flip(1), *outputs[1:])
    return outputs.flip(1)
