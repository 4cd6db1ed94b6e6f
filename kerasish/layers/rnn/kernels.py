"""Torch's recurrent kernels, called on parameters: one direction or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as nn_module
from torch.nn.utils.rnn import PackedSequence

_KERNELS = {
    "LSTM": torch.lstm,
    "GRU": torch.gru,
    "RNN_TANH": torch.rnn_tanh,
    "RNN_RELU": torch.rnn_relu,
}


def run_kernel(
    mode: str,
    inputs: Any,
    states: Sequence[list[torch.Tensor] | None],
    weights: Sequence[list[torch.Tensor]],
    units: int,
) -> tuple[Any, list[list[torch.Tensor]]]:
    """Run a kernel of one layer.

    Args:
        mode: `"LSTM"`, `"GRU"`, `"RNN_TANH"` or `"RNN_RELU"`.
        inputs: `(batch, time, features)`, or a packed sequence.
        states: For each direction its initial states `(batch, units)`, or None for zeros.
        weights: For each direction its parameters, in torch's order.
        units: Number of units.

    Returns:
        The outputs, `(batch, time, directions * units)` or packed, and for each direction its
        final states.
    """
    packed = isinstance(inputs, PackedSequence)
    hidden = _stack_states(mode, inputs, states, units)
    flat = [weight for direction in weights for weight in direction]
    has_bias = len(weights[0]) == 4
    # One layer, no dropout; the training flag only tells cuDNN to keep what a backward pass needs.
    settings = (has_bias, 1, 0.0, torch.is_grad_enabled(), len(weights) == 2)
    kernel: Any = _KERNELS[mode]
    if not packed:
        initial = hidden if mode == "LSTM" else hidden[0]
        outputs, *final = kernel(inputs, initial, flat, *settings, True)
    else:
        if inputs.sorted_indices is not None:
            hidden = [state.index_select(1, inputs.sorted_indices) for state in hidden]
        initial = hidden if mode == "LSTM" else hidden[0]
        data, *final = kernel(inputs.data, inputs.batch_sizes, initial, flat, *settings)
        outputs = PackedSequence(
            data, inputs.batch_sizes, inputs.sorted_indices, inputs.unsorted_indices
        )
        if inputs.unsorted_indices is not None:
            final = [state.index_select(1, inputs.unsorted_indices) for state in final]
    return outputs, [[state[index] for state in final] for index in range(len(weights))]


def _stack_states(
    mode: str, inputs: Any, states: Sequence[list[torch.Tensor] | None], units: int
) -> list[torch.Tensor]:
    """Initial states of all directions, `(directions, batch, units)` each."""
    if isinstance(inputs, PackedSequence):
        like, batch = inputs.data, int(inputs.batch_sizes[0])
    else:
        like, batch = inputs, inputs.shape[0]
    count = 2 if mode == "LSTM" else 1
    if all(one is None for one in states):
        return [like.new_zeros((len(states), batch, units))] * count
    zeros = like.new_zeros((batch, units))
    filled = [one or [zeros] * count for one in states]
    return [torch.stack(same) for same in zip(*filled, strict=True)]


_MODULES = (nn.LSTM, nn.GRU, nn.RNN)


def is_plain(module: Any) -> bool:
    """Whether a held module is torch's own, not another put in its place."""
    return type(module) in _MODULES


def weights_of(module: Any) -> list[torch.Tensor]:
    """Return the parameters of a plain module of one layer and direction, in torch's order.

    Those are meant that it has now, also under `torch.func.functional_call`.
    """
    return [one for one in module._parameters.values() if one is not None]


def is_watched(module: nn.Module) -> bool:
    """Whether more happens in a call of a held module than its kernel's work.

    It may have been replaced by another, or have hooks.
    """
    return not is_plain(module) or has_hooks(module)


def has_hooks(module: nn.Module) -> bool:
    """Whether something watches the calls of a module, or of all modules."""
    return bool(
        module._forward_hooks
        or module._forward_pre_hooks
        or module._backward_hooks
        or module._backward_pre_hooks
        or nn_module._global_forward_hooks
        or nn_module._global_forward_pre_hooks
        or nn_module._global_backward_hooks
        or nn_module._global_backward_pre_hooks
    )


def run_from_zeros(
    mode: str, inputs: torch.Tensor, module: Any
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Run the kernel of a held module of one layer and direction from states of zero.

    This is what a call of the module does, without what it checks and asks on the way, which a
    small sequence would feel.

    Args:
        mode: `"LSTM"`, `"GRU"`, `"RNN_TANH"` or `"RNN_RELU"`.
        inputs: `(batch, time, features)`.
        module: The module.

    Returns:
        The outputs, `(batch, time, units)`, and the final states, `(batch, units)` each.
    """
    zeros = inputs.new_zeros((1, inputs.shape[0], module.hidden_size))
    weights = weights_of(module)
    kernel: Any = _KERNELS[mode]
    settings = (module.bias, 1, 0.0, module.training, False, True)
    if mode == "LSTM":
        outputs, hidden, carry = kernel(inputs, (zeros, zeros), weights, *settings)
        return outputs, [hidden[0], carry[0]]
    outputs, hidden = kernel(inputs, zeros, weights, *settings)
    return outputs, [hidden[0]]
