"""Both directions of a recurrent layer in one run of torch's bidirectional kernel."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from kerasish.layers.rnn.fused_recurrent import FusedRecurrent
from kerasish.layers.rnn.kernels import run_kernel
from kerasish.layers.rnn.masks import Compaction


def shares_kernel(forward: Any, backward: Any, training: bool) -> bool:
    """Whether two layers can run in one bidirectional kernel.

    Both must be of one class and size, with torch's kernel for either, nothing dropped, and the
    first running forward in time.

    Args:
        forward: The layer that runs forward.
        backward: The layer that runs backward.
        training: Whether dropout is active.
    """
    return (
        type(forward) is type(backward)
        and isinstance(forward, FusedRecurrent)
        and not forward.go_backwards
        and not forward.stateful
        and forward.units == backward.units
        and forward.use_bias == backward.use_bias
        and forward.activation == backward.activation
        and all(_runs_plain(layer, training) for layer in (forward, backward))
    )


def _runs_plain(layer: FusedRecurrent, training: bool) -> bool:
    if training and (0 < layer.dropout < 1 or 0 < layer.recurrent_dropout < 1):
        return False
    if torch.compiler.is_dynamo_compiling():
        return layer._has_kernel()
    # A module put in the place of the kernel (quantized, hooked) must run by itself.
    kernel = layer._modules.get("rnn")
    hooked = kernel is not None and bool(kernel._forward_hooks or kernel._forward_pre_hooks)
    own = isinstance(kernel, (torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN))
    return own and not hooked and layer._has_kernel()


def run_joined(
    forward: Any,
    backward: Any,
    sequences: torch.Tensor,
    forward_state: list[Any] | None,
    backward_state: list[Any] | None,
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Run two layers of one class and size; both outputs side by side, as the kernel gives them.

    Args:
        forward: The layer that runs forward.
        backward: The layer that runs backward.
        sequences: `(batch, time, features)`.
        forward_state: The forward layer's initial states, or None for zeros.
        backward_state: The backward layer's initial states, or None for zeros.

    Returns:
        The outputs `(batch, time, 2 * units)`, and the forward and then the backward states.
    """
    layers = (forward, backward)
    initial = [
        layer._starting_states(sequences, state)
        for layer, state in zip(layers, (forward_state, backward_state), strict=True)
    ]
    weights = [layer._kernel_weights() for layer in layers]
    outputs, final = run_kernel(forward.kernel_mode, sequences, initial, weights, forward.units)
    return outputs, [*final[0], *final[1]]


def run_both_directions(
    forward: Any,
    backward: Any,
    sequences: torch.Tensor,
    forward_state: list[Any] | None,
    backward_state: list[Any] | None,
    mask: torch.Tensor | None,
) -> tuple[Any, Any]:
    """Run two layers of one class and size over the same sequences.

    Args:
        forward: The layer that runs forward.
        backward: The layer that runs backward.
        sequences: `(batch, time, features)`.
        forward_state: The forward layer's initial states, or None for zeros.
        backward_state: The backward layer's initial states, or None for zeros.
        mask: `(batch, time)` booleans, or None.

    Returns:
        What each layer would return by itself, the backward layer's sequence in forward time.
    """
    layers, units = (forward, backward), forward.units
    initial = [
        layer._starting_states(sequences, state)
        for layer, state in zip(layers, (forward_state, backward_state), strict=True)
    ]
    weights = [layer._kernel_weights() for layer in layers]
    if mask is None:
        outputs, final = run_kernel(forward.kernel_mode, sequences, initial, weights, units)
        sides = outputs.split(units, -1)
        if not forward.return_sequences:
            sides = [state[0] for state in final]
    else:
        compaction = Compaction(mask)
        packed = pack_padded_sequence(
            compaction.compact(sequences),
            compaction.lengths.clamp(min=1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        outputs, final = run_kernel(forward.kernel_mode, packed, initial, weights, units)
        final = [
            [compaction.or_initial(s, i) for s, i in zip(states, own or [None] * 2, strict=False)]
            for states, own in zip(final, initial, strict=True)
        ]
        if forward.return_sequences:
            padded = pad_packed_sequence(outputs, batch_first=True)[0]
            sides = compaction.spread(padded, zero_masked=True).split(units, -1)
        else:
            sides = [compaction.last_output(state[0], zero_masked=False) for state in final]
    if not forward.return_state:
        return sides[0], sides[1]
    return (sides[0], *final[0]), (sides[1], *final[1])
