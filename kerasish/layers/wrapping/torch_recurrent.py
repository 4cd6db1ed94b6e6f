"""An existing `nn.LSTM`, `nn.GRU` or `nn.RNN` with the call contract of a Keras layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from kerasish.dtypes import torch_dtype
from kerasish.graph.structure import flatten
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.rnn.masks import Compaction, time_mask
from kerasish.layers.wrapping.torch_module import HeldModule
from kerasish.saving.registry import builtin


@builtin("kerasish.layers")
class TorchRecurrent(HeldModule):
    """A recurrent torch module as a Keras layer: batch first, masks, Keras's returns.

    States are returned, and taken as `initial_state`, in this order: layer by layer from the input
    on; in each the forward direction's h (and c), then the backward direction's. So a module of one
    layer returns what `LSTM`, `GRU`, `SimpleRNN` or `Bidirectional` does.

    Args:
        module: An `nn.LSTM`, `nn.GRU` or `nn.RNN`; it is held, not copied.
        return_sequences: Whether the output holds all steps of the last layer.
        return_state: Whether the final states are returned after the output.
        zero_output_for_mask: Whether a masked step gives zeros, not the previous output.
        **kwargs: Arguments of every layer.

    Call arguments: `sequences` `(batch, time, features)`, whatever the module's `batch_first`;
    `initial_state`, `mask` `(batch, time)`.
    Returns the output, `(batch, units)` or `(batch, time, units)`, twice as many units for both
    directions; without `return_sequences` the backward half is the one at the first step, as from
    `Bidirectional`.
    """

    supports_masking = True
    _moves_masks = True

    def __init__(
        self,
        module: nn.RNNBase,
        *,
        return_sequences: bool = False,
        return_state: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(module, **kwargs)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.zero_output_for_mask = zero_output_for_mask
        self.input_spec = InputSpec(ndim=3, axes={-1: module.input_size})

    def _follows_mode(self) -> bool:
        return bool(self.module.dropout)

    def train(self, mode: bool = True) -> Any:
        """Set the training flag; cuDNN needs it set in a module without dropout, too."""
        super().train(mode)
        if not self._follows_mode():
            self.module.training = True
        return self

    @property
    def _directions(self) -> int:
        return 2 if self.module.bidirectional else 1

    @property
    def _kinds(self) -> int:
        """States of a direction: h and c, or h."""
        return 2 if self.module.mode == "LSTM" else 1  # type: ignore[operator]

    @property
    def state_size(self) -> list[int]:
        """Number of units of each state, in the order in which they are returned."""
        module = self.module
        sizes = [module.proj_size or module.hidden_size, module.hidden_size][: self._kinds]
        return sizes * (module.num_layers * self._directions)  # type: ignore[operator, return-value]

    def call(
        self,
        sequences: torch.Tensor,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> Any:
        """Run over time."""
        if not sequences.is_floating_point():
            sequences = sequences.to(torch_dtype(self.compute_dtype))
        hidden = None if initial_state is None else self._stack(sequences, initial_state)
        steps = time_mask(mask, sequences, self)
        if steps is None:
            outputs, final = self._run(sequences, hidden, training)
            return self._answer(outputs, final)
        compaction = Compaction(steps)
        packed = pack_padded_sequence(
            compaction.compact(sequences),
            compaction.lengths.clamp(min=1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        outputs, final = self._kernel(packed, hidden, training)
        initial = [None] * len(final) if hidden is None else list(hidden)
        final = [
            torch.where(compaction.lengths[:, None] > 0, after, 0 if before is None else before)
            for after, before in zip(final, initial, strict=True)
        ]
        padded = pad_packed_sequence(outputs, batch_first=True)[0]
        spread = compaction.spread(padded, self.zero_output_for_mask)
        return self._answer(spread, final, compaction)

    def _run(
        self, sequences: torch.Tensor, hidden: Any, training: bool
    ) -> tuple[torch.Tensor, list[Any]]:
        first = self.module.batch_first
        inputs = sequences if first else sequences.transpose(0, 1)
        outputs, final = self._kernel(inputs, hidden, training)
        return outputs if first else outputs.transpose(0, 1), final

    def _kernel(self, inputs: Any, hidden: Any, training: bool) -> tuple[Any, list[torch.Tensor]]:
        """Run the module; states come and go as `(layers * directions, batch, units)`."""
        states = () if hidden is None else (tuple(hidden) if self._kinds == 2 else hidden[0],)
        outputs, final = self._run_module(training, inputs, *states)
        return outputs, [final] if self._kinds == 1 else list(final)

    def _stack(self, sequences: torch.Tensor, initial_state: Any) -> list[torch.Tensor]:
        nested = isinstance(initial_state, (list, tuple))
        given = flatten(list(initial_state) if nested else [initial_state])
        expected = [(sequences.shape[0], size) for size in self.state_size]
        shapes = [tuple(state.shape) for state in given]
        if shapes != expected:
            raise ValueError(
                f"Layer '{self.name}' ({type(self.module).__name__}) takes initial states of "
                f"shapes {expected}. Received: initial_state of shapes {shapes}"
            )
        cast = [state.to(sequences) for state in given]
        return [torch.stack(cast[kind :: self._kinds]) for kind in range(self._kinds)]

    def _answer(
        self, outputs: torch.Tensor, final: list[Any], compaction: Compaction | None = None
    ) -> Any:
        if not self.return_sequences:
            # The last layer's last outputs; that of the backward direction is at the first step.
            last = final[0][-self._directions :].unbind(0)
            if compaction is not None:
                last = [compaction.last_output(h, self.zero_output_for_mask) for h in last]
            outputs = torch.cat(list(last), -1)
        if not self.return_state:
            return outputs
        pairs = zip(*(kind.unbind(0) for kind in final), strict=True)
        return (outputs, *(state for pair in pairs for state in pair))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Pass the mask on where the output keeps time."""
        output_mask = mask if self.return_sequences else None
        return [output_mask] + [None] * len(self.state_size) if self.return_state else output_mask

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """Return the shape of the output, or of the output and the states."""
        batch, time = sequences_shape[:2]
        units = self.state_size[0] * self._directions
        output = (batch, time, units) if self.return_sequences else (batch, units)
        return (
            (output, *((batch, size) for size in self.state_size)) if self.return_state else output
        )
