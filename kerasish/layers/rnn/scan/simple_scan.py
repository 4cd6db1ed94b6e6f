"""A simple recurrent layer over time with a backward pass by hand (Elman 1990)."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.rnn.scan.products import StateProduct
from kerasish.layers.rnn.scan.rows import history, refuse_second_derivatives, row_slices
from kerasish.layers.rnn.scan.slopes import Curve


class SimpleScan(torch.autograd.Function):
    """Runs all steps.

    Args:
        inputs: The inputs' part, `(time, batch, units)`.
        weight: `(units, units)`.
        hidden: Initial state, `(batch, units)`.
        drop: Factors of the states, `(1, batch, units)`, or None.
        counts: Number of rows that each step has, the first ones, never rising; or None for all.
        cell: The activation.

    Returns:
        Outputs `(time, batch, units)`, zero where a step does not have the row; the final state.
    """

    @staticmethod
    def forward(
        ctx: Any,
        inputs: torch.Tensor,
        weight: torch.Tensor,
        hidden: torch.Tensor,
        drop: torch.Tensor | None,
        counts: list[int] | None,
        cell: Curve,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run; see the class."""
        time, batch, _ = inputs.shape
        states = history(time, hidden)
        product = StateProduct(weight, drop)
        steps = zip(
            inputs.detach().unbind(),
            states[1:].unbind(),
            counts or [batch] * time,
            strict=True,
        )
        h = states[0]
        for given, h_to, count in steps:
            if count != batch:
                given, h_to, h = given[:count], h_to[:count], h[:count]
            h_to.copy_(given)
            product.add_to(h_to, h)
            cell.apply(h_to)
            h = h_to
        ctx.save_for_backward(weight, states, drop)
        ctx.counts, ctx.cell = counts, cell
        return states[1:], row_slices(counts, batch)(states)

    @staticmethod
    def backward(ctx: Any, d_outputs: torch.Tensor, d_hidden: torch.Tensor) -> Any:  # type: ignore[override]
        """Return the gradients of the arguments."""
        refuse_second_derivatives()
        weight, states, drop = ctx.saved_tensors
        counts, cell = ctx.counts, ctx.cell
        product = StateProduct(weight, drop)
        batch = d_hidden.shape[0]
        d_inputs = torch.zeros_like(states[1:]) if counts else torch.empty_like(states[1:])
        dh_all = d_hidden.clone()
        steps = list(
            zip(
                states[1:].unbind(),
                d_outputs.unbind(),
                d_inputs.unbind(),
                counts or [batch] * len(d_inputs),
                strict=True,
            )
        )
        for result, d_out, d_input, count in reversed(steps):
            dh = dh_all
            if count != batch:
                result, d_out, d_input, dh = (one[:count] for one in (result, d_out, d_input, dh))
            torch.add(dh, d_out, out=d_input)
            cell.times_slope(d_input, result)
            product.back(d_input, dh)
        d_weight = None
        if ctx.needs_input_grad[1]:
            d_weight = product.d_weight(d_inputs, states[:-1])
        return d_inputs, d_weight, dh_all, None, None, None
