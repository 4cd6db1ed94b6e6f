"""Recurrent layers that torch has no kernel for, a step at a time.

Weights are named and ordered as those of `nn.LSTM`, `nn.GRU` and `nn.RNN`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


class Recurrence(nn.Module):
    """The loop over time of the class below, which is called as torch's recurrent modules are."""

    state_count = 1

    def __init__(
        self, features: int, units: int, gates: int, bias: bool, hidden_bias: bool, dropout: float
    ) -> None:
        super().__init__()
        self.units = units
        self.recurrent_dropout = dropout
        self.weight_ih_l0 = nn.Parameter(torch.empty(gates * units, features))
        self.weight_hh_l0 = nn.Parameter(torch.empty(gates * units, units))
        self.bias_ih_l0 = nn.Parameter(torch.zeros(gates * units)) if bias else None
        self.bias_hh_l0 = nn.Parameter(torch.zeros(gates * units)) if hidden_bias else None
        nn.init.xavier_uniform_(self.weight_ih_l0)
        nn.init.orthogonal_(self.weight_hh_l0)

    def forward(
        self,
        x: torch.Tensor,
        state: Any = None,
        mask: torch.Tensor | None = None,
        hold: bool = True,
    ) -> tuple[torch.Tensor, Any]:
        """Take x `(batch, time, features)`, perhaps states `(1, batch, units)` and a mask.

        A masked step leaves the states as they are and repeats the output before it, or gives zeros
        if `hold` is False.
        """
        several = self.state_count > 1
        if state is None:
            states = [x.new_zeros(x.shape[0], self.units)] * self.state_count
        else:
            states = [one[0] for one in (state if several else (state,))]
        inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        output = zeros = torch.zeros_like(states[0])
        # The same units of the state are dropped at every step.
        keep = F.dropout(torch.ones_like(zeros), self.recurrent_dropout, self.training)
        outputs = []
        for time in range(x.shape[1]):
            new = self.step(inputs[:, time], keep * states[0], *states)
            if mask is None:
                states = new
                output = new[0]
            else:
                valid = mask[:, time, None]
                output = torch.where(valid, new[0], output if hold else zeros)
                states = [torch.where(valid, n, s) for n, s in zip(new, states, strict=True)]
            outputs.append(output)
        final = [one[None] for one in states]
        return torch.stack(outputs, 1), tuple(final) if several else final[0]

    def step(
        self, inputs: torch.Tensor, dropped: torch.Tensor, *states: torch.Tensor
    ) -> list[torch.Tensor]:
        """Return the new states, the output first, from what is left of the old output."""
        raise NotImplementedError


class CustomLSTM(Recurrence):
    """An LSTM that torch has no kernel for."""

    state_count = 2

    def __init__(
        self,
        features: int,
        units: int,
        activation: Callable = torch.tanh,
        recurrent_activation: Callable = torch.sigmoid,
        bias: bool = True,
        recurrent_dropout: float = 0.0,
    ) -> None:
        super().__init__(features, units, 4, bias, bias, recurrent_dropout)
        self.activation = activation
        self.recurrent_activation = recurrent_activation

    def step(
        self, inputs: torch.Tensor, dropped: torch.Tensor, *states: torch.Tensor
    ) -> list[torch.Tensor]:
        """Return the new states."""
        _, c = states
        gates = inputs + F.linear(dropped, self.weight_hh_l0, self.bias_hh_l0)
        enter, forget, new, leave = gates.chunk(4, -1)
        kept = self.recurrent_activation(forget) * c
        c = kept + self.recurrent_activation(enter) * self.activation(new)
        return [self.recurrent_activation(leave) * self.activation(c), c]


class CustomGRU(Recurrence):
    """A GRU that torch has no kernel for; its reset gate acts after the matrix product."""

    def __init__(
        self,
        features: int,
        units: int,
        activation: Callable = torch.tanh,
        recurrent_activation: Callable = torch.sigmoid,
        bias: bool = True,
        recurrent_dropout: float = 0.0,
    ) -> None:
        super().__init__(features, units, 3, bias, bias, recurrent_dropout)
        self.activation = activation
        self.recurrent_activation = recurrent_activation

    def step(
        self, inputs: torch.Tensor, dropped: torch.Tensor, *states: torch.Tensor
    ) -> list[torch.Tensor]:
        """Return the new states."""
        (h,) = states
        reset, update, new = inputs.chunk(3, -1)
        products = F.linear(dropped, self.weight_hh_l0, self.bias_hh_l0).chunk(3, -1)
        reset = self.recurrent_activation(reset + products[0])
        update = self.recurrent_activation(update + products[1])
        new = self.activation(new + reset * products[2])
        return [update * h + (1 - update) * new]


class ResetBeforeGRU(Recurrence):
    """A GRU whose reset gate acts before the matrix product, which nn.GRU can't compute."""

    def __init__(
        self,
        features: int,
        units: int,
        activation: Callable = torch.tanh,
        recurrent_activation: Callable = torch.sigmoid,
        bias: bool = True,
        recurrent_dropout: float = 0.0,
    ) -> None:
        super().__init__(features, units, 3, bias, False, recurrent_dropout)
        self.activation = activation
        self.recurrent_activation = recurrent_activation

    def step(
        self, inputs: torch.Tensor, dropped: torch.Tensor, *states: torch.Tensor
    ) -> list[torch.Tensor]:
        """Return the new states."""
        (h,) = states
        reset, update, new = inputs.chunk(3, -1)
        by_reset, by_update, by_new = self.weight_hh_l0.chunk(3)
        reset = self.recurrent_activation(reset + dropped @ by_reset.T)
        update = self.recurrent_activation(update + dropped @ by_update.T)
        new = self.activation(new + (reset * dropped) @ by_new.T)
        return [update * h + (1 - update) * new]


class CustomRNN(Recurrence):
    """A simple recurrence that torch has no kernel for."""

    def __init__(
        self,
        features: int,
        units: int,
        activation: Callable = torch.tanh,
        bias: bool = True,
        recurrent_dropout: float = 0.0,
    ) -> None:
        super().__init__(features, units, 1, bias, bias, recurrent_dropout)
        self.activation = activation

    def step(
        self, inputs: torch.Tensor, dropped: torch.Tensor, *states: torch.Tensor
    ) -> list[torch.Tensor]:
        """Return the new states."""
        return [self.activation(inputs + F.linear(dropped, self.weight_hh_l0, self.bias_hh_l0))]
