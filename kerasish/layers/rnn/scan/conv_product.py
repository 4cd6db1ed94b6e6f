"""Products of states with the states' weights where they are convolutions."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from kerasish.layers.base.convolution import padding_of
from kerasish.layers.rnn.scan.products import StateProduct

_CONVOLUTIONS: dict[int, Any] = {
    1: functional.conv1d,
    2: functional.conv2d,
    3: functional.conv3d,
}


class ConvProduct(StateProduct):
    """`gates += convolution of states`, padded to the states' size, and its backward pass.

    Args:
        weight: `(gates * filters, filters, *kernel)`.
        drop: Factors of the states for each gate, `(gates, batch, filters, ...)`; one for all
            gates; or None for none.
    """

    def __init__(self, weight: torch.Tensor, drop: torch.Tensor | None) -> None:
        self._weight = weight.detach()
        kernel = weight.shape[2:]
        self._rank = len(kernel)
        self._convolve = _CONVOLUTIONS[self._rank]
        ones = (1,) * self._rank
        self._pads = padding_of(kernel, kernel, ones, ones)
        self._gates = weight.shape[0] // weight.shape[1]
        # Each gate that sees states of its own is a group of one convolution.
        self._groups = 1 if drop is None else self._gates
        self._drop = None if drop is None else drop.expand(self._gates, *drop.shape[1:])
        self._turned: torch.Tensor | None = None

    def _conv(self, values: torch.Tensor, weight: torch.Tensor, pads: list[int]) -> torch.Tensor:
        values, padding = _padded(values, pads)
        return self._convolve(values, weight, padding=padding, groups=self._groups)

    def _seen(self, states: torch.Tensor, axis: int = 1) -> torch.Tensor:
        """States as each gate sees them, beside each other along the axis of filters."""
        if self._drop is None:
            return states
        return torch.cat([states * one[: states.shape[axis - 1]] for one in self._drop], axis)

    def add_to(self, gates: torch.Tensor, states: torch.Tensor) -> None:
        """Add the product to gates, `(rows, gates * filters, ...)`, in place.

        Args:
            gates: What it is added to.
            states: `(rows, filters, ...)`, of the first rows of the batch.
        """
        gates.add_(self._conv(self._seen(states), self._weight, self._pads))

    def back(self, d_gates: torch.Tensor, d_states: torch.Tensor) -> None:
        """Overwrite the gradient of the states, `(rows, filters, ...)`, given that of the gates."""
        if self._turned is None:
            # With strides of 1 it is a convolution with the kernel turned around.
            by_group = self._weight.unflatten(0, (self._groups, -1)).transpose(1, 2)
            turned = by_group.flatten(0, 1).flip(tuple(range(2, 2 + self._rank)))
            self._turned = turned.contiguous()
        d_seen = self._conv(d_gates, self._turned, _swapped(self._pads))
        if self._drop is None:
            d_states.copy_(d_seen)
            return
        d_states.zero_()
        for one, factors in zip(d_seen.chunk(self._gates, 1), self._drop, strict=True):
            d_states.addcmul_(one, factors[: len(d_states)])

    def d_weight(self, d_gates: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        """Return the gradient of the weight.

        Args:
            d_gates: Gradients of all steps, `(time, batch, gates * filters, ...)`.
            states: The states before all steps, `(time, batch, filters, ...)`.
        """
        values, padding = _padded(self._seen(states, 2).flatten(0, 1), self._pads)
        ones, zeros = [1] * self._rank, [0] * self._rank
        d_gates = d_gates.flatten(0, 1)
        return torch.ops.aten.convolution_backward(
            d_gates,
            values,
            self._weight,
            None,
            ones,
            padding,
            ones,
            False,
            zeros,
            self._groups,
            [False, True, False],
        )[1]


def _padded(values: torch.Tensor, pads: list[int]) -> tuple[torch.Tensor, list[int]]:
    """Return values, padded where torch's convolution can't, and the padding that it can do."""
    before, after = pads[::2][::-1], pads[1::2][::-1]
    if before == after:
        return values, before
    return functional.pad(values, pads), [0] * len(before)


def _swapped(pads: list[int]) -> list[int]:
    """Return pads with those before and after each axis in each other's place."""
    return [pads[index ^ 1] for index in range(len(pads))]
