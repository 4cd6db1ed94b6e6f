"""Products of states with the states' weights, whatever is dropped of the states."""

from __future__ import annotations

import torch


class StateProduct:
    """`gates += states @ weight.T`, and its backward pass.

    Args:
        weight: `(gates * units, units)`.
        drop: Factors of the states for each gate, `(gates, batch, units)`; one for all gates,
            `(1, batch, units)`; or None for none.
    """

    def __init__(self, weight: torch.Tensor, drop: torch.Tensor | None) -> None:
        self._weight = weight.detach()
        self._transposed = self._weight.t()
        self._gates = self._weight.shape[0] // self._weight.shape[1]
        if drop is not None and drop.shape[0] != self._gates:
            drop = drop.expand(self._gates, -1, -1)
        self._drop = drop
        if drop is not None:
            self._by_gate = self._weight.unflatten(0, (self._gates, -1))
            self._by_gate_transposed = self._by_gate.transpose(1, 2)

    def add_to(self, gates: torch.Tensor, states: torch.Tensor) -> None:
        """Add the product to gates, `(rows, gates * units)`, in place.

        Args:
            gates: What it is added to.
            states: `(rows, units)`, of the first rows of the batch.
        """
        if self._drop is None:
            gates.addmm_(states, self._transposed)
            return
        seen = self._drop[:, : len(states)] * states
        product = torch.bmm(seen, self._by_gate_transposed)
        gates.unflatten(1, (self._gates, -1)).add_(product.transpose(0, 1))

    def back(self, d_gates: torch.Tensor, d_states: torch.Tensor) -> None:
        """Overwrite the gradient of the states, `(rows, units)`, given that of the gates."""
        if self._drop is None:
            torch.mm(d_gates, self._weight, out=d_states)
            return
        apart = d_gates.unflatten(1, (self._gates, -1)).transpose(0, 1)
        d_seen = torch.bmm(apart, self._by_gate)
        torch.sum(d_seen.mul_(self._drop[:, : len(d_states)]), 0, out=d_states)

    def d_weight(self, d_gates: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        """Return the gradient of the weight.

        Args:
            d_gates: Gradients of all steps, `(time, batch, gates * units)`.
            states: The states before all steps, `(time, batch, units)`.
        """
        if self._drop is None:
            return d_gates.flatten(0, 1).t() @ states.flatten(0, 1)
        parts = zip(d_gates.chunk(self._gates, -1), self._drop, strict=True)
        return torch.cat([p.flatten(0, 1).t() @ (states * f).flatten(0, 1) for p, f in parts])
