"""The contract of all recurrent layers: states, masks, and what they return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.layers.base.layer import Layer
from kerasish.layers.rnn.cell_dropout import pass_over_masks
from kerasish.layers.rnn.cell_loop import LoopResult
from kerasish.layers.rnn.masks import time_mask


class Recurrent(Layer):
    """What all recurrent layers share: states, masks, and what they return.

    A subclass says what its states are (`state_size`, `output_size`) and runs over time (`_run`).

    Args:
        return_sequences: Whether the output holds all steps, `(batch, time, units)`, or the last.
        return_state: Whether the final states are returned after the output.
        go_backwards: Whether time runs from the last step to the first; the outputs stay in the
            order in which they were computed.
        stateful: Whether a call starts from the states in which the previous one ended.
        unroll: Taken for Keras's sake; it changes no result.
        zero_output_for_mask: Whether a masked step gives zeros, not the previous output.
        **kwargs: Arguments of every layer.
    """

    supports_masking = True
    _moves_masks = True
    casts_integer_inputs = True

    def __init__(
        self,
        *,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("time_major", False):
            raise ValueError(
                f"{type(self).__name__} takes sequences as (batch, time, features); transpose them."
                " Received: time_major=True"
            )
        super().__init__(**kwargs)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self._state_structure: Any = None

    # To be defined by subclasses

    @property
    def state_size(self) -> list[Any]:
        """Size of each state: a number of units, a shape, or a list of them."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """Number of units of the output, or its shape."""
        raise NotImplementedError

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """Return zero states, `(batch_size, units)` each, in a list."""
        return self._zero_states(batch_size)

    def _run(
        self,
        sequences: torch.Tensor,
        states: list[Any] | None,
        mask: torch.Tensor | None,
        training: bool,
    ) -> LoopResult:
        raise NotImplementedError

    def _state_shapes(self, batch: int | None) -> list[Any]:
        """Shapes of the states, in their structure."""
        return map_structure(lambda units: StateShape((batch, units)), self.state_size)

    def _zero_states(self, batch_size: int) -> list[Any]:
        dtype, device = torch_dtype(self.compute_dtype), self._device()
        return map_structure(
            lambda one: torch.zeros(one.shape, dtype=dtype, device=device),
            self._state_shapes(batch_size),
        )

    # Calling

    def call(
        self,
        sequences: torch.Tensor,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> Any:
        """Run over time.

        Args:
            sequences: `(batch, time, features)`.
            initial_state: The states to start from, `(batch, units)` each: a tensor for one state,
                a list for several. Zeros by default.
            mask: `(batch, time)`, True for the steps to use, in the original order of time.
            training: Whether dropout is active.

        Returns:
            The output, `(batch, time, units)` with `return_sequences`, else `(batch, units)`; with
            `return_state` a tuple of the output and the final states.
        """
        if not sequences.is_floating_point():
            sequences = sequences.to(torch_dtype(self.compute_dtype))
        states = self._starting_states(sequences, initial_state)
        if not training:
            pass_over_masks(getattr(self, "cell", self))
        result = self._run(sequences, states, time_mask(mask, sequences, self), training)
        if self.stateful:
            self._keep_states(result.states)
        output = result.outputs if self.return_sequences else result.last_output
        return (output, *result.states) if self.return_state else output

    def _starting_states(self, sequences: torch.Tensor, initial_state: Any) -> list[Any] | None:
        """Return the states to start from, None for zeros."""
        batch = sequences.shape[0]
        if self.stateful:
            self._require_batch_size(batch)
        if initial_state is None:
            return self.states if self.stateful else None
        given = self._checked_states(initial_state, batch)
        dtype = torch_dtype(self.compute_dtype)
        cast = [torch.as_tensor(state, device=sequences.device).to(dtype) for state in given]
        return pack_like(self._state_shapes(batch), cast)

    def _checked_states(self, initial_state: Any, batch: int | None) -> list[Any]:
        """Flatten the states that a call is given.

        Raises:
            ValueError: If their number or a shape does not fit.
        """
        nested = isinstance(initial_state, (list, tuple))
        given = flatten(list(initial_state) if nested else [initial_state])
        wanted = flatten(self._state_shapes(batch))
        shapes = [tuple(getattr(state, "shape", ())) for state in given]
        if len(given) != len(wanted):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) has {len(wanted)} state(s) and takes "
                f"as many in `initial_state`. Received: {len(given)} of shapes {shapes}"
            )
        expected = [size.shape for size in wanted]
        if not all(map(fits, shapes, expected)):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) takes initial states of shapes "
                f"{expected}. Received: initial_state of shapes {shapes}"
            )
        return given

    # States from call to call

    @property
    def states(self) -> list[Any] | None:
        """The states that a stateful layer goes on from, None before it is built."""
        if self._state_structure is None:
            return None
        count = len(flatten(self._state_structure))
        return pack_like(
            self._state_structure, [getattr(self, f"_state_{i}") for i in range(count)]
        )

    def _make_states(self, batch_size: int | None) -> None:
        if batch_size is None:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) is stateful and needs to know the "
                "batch size: give it with Input(batch_shape=(batch, time, features)). "
                "Received: a batch size of None"
            )
        states = self.get_initial_state(batch_size)
        for index, state in enumerate(flatten(states)):
            self.register_buffer(f"_state_{index}", state.detach().clone(), persistent=False)
        self._state_structure = map_structure(lambda state: None, states)

    def _require_batch_size(self, batch: int) -> None:
        expected = self._state_0.shape[0]  # type: ignore[union-attr, operator]
        if batch != expected:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) is stateful: its batch size is fixed "
                f"to {expected} when it is built. Received: inputs with a batch size of {batch}"
            )

    def _keep_states(self, states: list[Any]) -> None:
        for index, state in enumerate(flatten(states)):
            # Detached: the next call's backward must not reach into this call's graph.
            setattr(self, f"_state_{index}", state.detach())

    def reset_state(self) -> None:
        """Set the states of a stateful layer to zero."""
        if self.states is not None:
            for index, state in enumerate(flatten(self.states)):
                setattr(self, f"_state_{index}", torch.zeros_like(state))

    def reset_states(self) -> None:
        """Keras 2's name of `reset_state`."""
        self.reset_state()

    # Building, shapes, masks

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return symbolic outputs; checks symbolic initial states."""
        states = args[1] if len(args) > 1 else kwargs.get("initial_state")
        if states is not None:
            self._checked_states(states, args[0].shape[0] if args else None)
        return super().compute_output_spec(*args, **kwargs)

    def _build_states(self, sequences_shape: Any) -> None:
        if self.stateful:
            if self.states is not None:
                self.reset_state()
            else:
                self._make_states(sequences_shape[0])

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """Return the shape of the output, or of the output and the states.

        Args:
            sequences_shape: `(batch, time, features)`, None where a size is not known.
            initial_state_shape: Not used.
        """
        batch, time = sequences_shape[:2]
        size = self.output_size
        output = (batch, time, size) if self.return_sequences else (batch, size)
        if not self.return_state:
            return output
        return (output, *map_structure(lambda one: one.shape, self._state_shapes(batch)))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Pass the mask on where the output keeps time."""
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        output_mask = mask if self.return_sequences else None
        if self.return_state:
            return [output_mask] + [None] * len(flatten(self.state_size))
        return output_mask

    def _flags_config(self) -> dict[str, Any]:
        return {
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
        }


def follows_operations() -> bool:
    """Whether a tracer, a transform of `torch.func` or a run without values takes operations."""
    return (
        torch.compiler.is_compiling()
        or torch._C._are_functorch_transforms_active()
        or torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.FAKE) is not None
    )


def fits(shape: tuple, expected: tuple) -> bool:
    """Whether two shapes agree where both are known."""
    return len(shape) == len(expected) and all(
        one is None or other is None or one == other
        for one, other in zip(shape, expected, strict=True)
    )


@dataclass(frozen=True)
class StateShape:
    """Shape of one state; not a tuple, so that it is a leaf in a structure of states."""

    shape: tuple[int | None, ...]
