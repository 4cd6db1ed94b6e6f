"""A GRU over time with a backward pass by hand, for both places of the reset gate (Cho 2014)."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.rnn.scan.products import StateProduct
from kerasish.layers.rnn.scan.rows import history, refuse_second_derivatives, row_slices
from kerasish.layers.rnn.scan.slopes import Curve


class ResetAfterScan(torch.autograd.Function):
    """Runs all steps; the reset gate acts on the state's product with the weights.

    Args:
        gates: The inputs' part of the gates reset, update and new, with the second bias of the
            first two, `(time, batch, 3 * units)`; is overwritten.
        weight: `(3 * units, units)`.
        bias: The second bias of the new state, `(units,)`, or None.
        hidden: Initial state, `(batch, units)`.
        drop: Factors of the states for each gate, see `StateProduct`, or None.
        counts: Number of rows that each step has, the first ones, never rising; or None for all.
        gate: The gates' activation.
        cell: The activation of the new state.

    Returns:
        Outputs `(time, batch, units)`, zero where a step does not have the row; the final state.
    """

    @staticmethod
    def forward(
        ctx: Any,
        gates: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        hidden: torch.Tensor,
        drop: torch.Tensor | None,
        counts: list[int] | None,
        gate: Curve,
        cell: Curve,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run; see the class."""
        acts = gates.detach()
        time, batch, width = acts.shape
        units = width // 3
        states = history(time, hidden)
        keep = any(ctx.needs_input_grad)
        # What the reset gate multiplies; the backward pass needs it of all steps.
        products = acts.new_empty((time if keep else 1, batch, units))
        pair_weight, new_weight = weight.detach().split([2 * units, units])
        pair_drop, new_drop = _split(drop)
        by_weight, transposed = StateProduct(pair_weight, pair_drop), new_weight.t()
        own = acts.new_zeros(units) if bias is None else bias.detach()
        steps = zip(
            acts[..., : 2 * units].unbind(),
            *(part.unbind() for part in acts.chunk(3, -1)),
            states[1:].unbind(),
            products.unbind() if keep else products.unbind() * time,
            counts or [batch] * time,
            strict=True,
        )
        h = states[0]
        for both, reset, update, new, h_to, product, count in steps:
            if count != batch:
                both, reset, update, new, h_to, product, h = (
                    one[:count] for one in (both, reset, update, new, h_to, product, h)
                )
            by_weight.add_to(both, h)
            gate.apply(both)
            seen = h if new_drop is None else h * new_drop[:count]
            torch.addmm(own, seen, transposed, out=product)
            cell.apply(new.addcmul_(reset, product))
            h = torch.lerp(new, h, update, out=h_to)
        ctx.save_for_backward(acts, weight, states, products, drop)
        ctx.counts, ctx.gate, ctx.cell, ctx.has_bias = counts, gate, cell, bias is not None
        return states[1:], row_slices(counts, batch)(states)

    @staticmethod
    def backward(ctx: Any, d_outputs: torch.Tensor, d_hidden: torch.Tensor) -> Any:  # type: ignore[override]
        """Return the gradients of the arguments."""
        refuse_second_derivatives()
        acts, weight, states, products, drop = ctx.saved_tensors
        counts, gate, cell = ctx.counts, ctx.gate, ctx.cell
        by_weight = StateProduct(weight, drop)
        time, batch, width = acts.shape
        units = width // 3
        make = torch.zeros_like if counts else torch.empty_like
        d_gates, d_products = make(acts), make(acts)
        dh_all = d_hidden.clone()
        scratch = torch.empty_like(dh_all)
        steps = list(
            zip(
                acts[..., : 2 * units].unbind(),
                *(part.unbind() for part in acts.chunk(3, -1)),
                products.unbind(),
                states[:-1].unbind(),
                d_outputs.unbind(),
                d_gates[..., : 2 * units].unbind(),
                *(part.unbind() for part in d_gates.chunk(3, -1)),
                d_products.unbind(),
                d_products[..., : 2 * units].unbind(),
                d_products[..., 2 * units :].unbind(),
                counts or [batch] * time,
                strict=True,
            )
        )
        for *tensors, count in reversed(steps):
            tensors += [dh_all, scratch]
            if count != batch:
                tensors = [one[:count] for one in tensors]
            both, reset, update, new, product, before, d_out = tensors[:7]
            d_both, d_reset, d_update, d_new, d_whole, d_pair, d_product, dh, held = tensors[7:]
            dh.add_(d_out)
            torch.mul(dh, update, out=held)
            torch.sub(dh, held, out=d_new)  # dh * (1 - update)
            torch.sub(before, new, out=d_update)
            d_update.mul_(dh)
            cell.times_slope(d_new, new)
            torch.mul(d_new, product, out=d_reset)
            gate.times_slope(d_both, both)
            d_pair.copy_(d_both)
            torch.mul(d_new, reset, out=d_product)
            by_weight.back(d_whole, dh)
            dh.add_(held)
        d_weight = d_bias = None
        if ctx.needs_input_grad[1]:
            d_weight = by_weight.d_weight(d_products, states[:-1])
        if ctx.has_bias:
            d_bias = d_products[..., 2 * units :].sum((0, 1))
        return d_gates, d_weight, d_bias, dh_all, None, None, None, None


class ResetBeforeScan(torch.autograd.Function):
    """Runs all steps; the reset gate acts on the state before the product with the weights.

    Arguments and results are those of `ResetAfterScan`, without `bias`.
    """

    @staticmethod
    def forward(
        ctx: Any,
        gates: torch.Tensor,
        weight: torch.Tensor,
        hidden: torch.Tensor,
        drop: torch.Tensor | None,
        counts: list[int] | None,
        gate: Curve,
        cell: Curve,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run; see the class."""
        acts = gates.detach()
        time, batch, width = acts.shape
        units = width // 3
        states = history(time, hidden)
        pair_weight, new_weight = weight.detach().split([2 * units, units])
        pair_drop, new_drop = _split(drop)
        by_weight, transposed = StateProduct(pair_weight, pair_drop), new_weight.t()
        steps = zip(
            acts[..., : 2 * units].unbind(),
            *(part.unbind() for part in acts.chunk(3, -1)),
            states[1:].unbind(),
            counts or [batch] * time,
            strict=True,
        )
        h = states[0]
        for both, reset, update, new, h_to, count in steps:
            if count != batch:
                both, reset, update, new, h_to, h = (
                    one[:count] for one in (both, reset, update, new, h_to, h)
                )
            by_weight.add_to(both, h)
            gate.apply(both)
            after = reset * h
            cell.apply(new.addmm_(_times(after, new_drop), transposed))
            h = torch.lerp(new, h, update, out=h_to)
        ctx.save_for_backward(acts, weight, states, drop)
        ctx.counts, ctx.gate, ctx.cell = counts, gate, cell
        return states[1:], row_slices(counts, batch)(states)

    @staticmethod
    def backward(ctx: Any, d_outputs: torch.Tensor, d_hidden: torch.Tensor) -> Any:  # type: ignore[override]
        """Return the gradients of the arguments."""
        refuse_second_derivatives()
        acts, weight, states, drop = ctx.saved_tensors
        counts, gate, cell = ctx.counts, ctx.gate, ctx.cell
        time, batch, width = acts.shape
        units = width // 3
        d_gates = torch.zeros_like(acts) if counts else torch.empty_like(acts)
        pair_weight, new_weight = weight.split([2 * units, units])
        pair_drop, new_drop = _split(drop)
        by_weight = StateProduct(pair_weight, pair_drop)
        dh_all = d_hidden.clone()
        scratch = torch.empty_like(dh_all)
        steps = list(
            zip(
                acts[..., : 2 * units].unbind(),
                *(part.unbind() for part in acts.chunk(3, -1)),
                states[:-1].unbind(),
                d_outputs.unbind(),
                d_gates[..., : 2 * units].unbind(),
                *(part.unbind() for part in d_gates.chunk(3, -1)),
                counts or [batch] * time,
                strict=True,
            )
        )
        for *tensors, count in reversed(steps):
            tensors += [dh_all, scratch]
            if count != batch:
                tensors = [one[:count] for one in tensors]
            both, reset, update, new, before, d_out = tensors[:6]
            d_both, d_reset, d_update, d_new, dh, held = tensors[6:]
            dh.add_(d_out)
            torch.mul(dh, update, out=held)
            torch.sub(dh, held, out=d_new)  # dh * (1 - update)
            torch.sub(before, new, out=d_update)
            d_update.mul_(dh)
            cell.times_slope(d_new, new)
            after = _times(d_new @ new_weight, new_drop)  # of the state after the reset
            torch.mul(after, before, out=d_reset)
            gate.times_slope(d_both, both)
            by_weight.back(d_both, dh)
            dh.addcmul_(after, reset).add_(held)
        d_weight = None
        if ctx.needs_input_grad[1]:
            d_pair = by_weight.d_weight(d_gates[..., : 2 * units], states[:-1])
            after = _times(acts[..., :units] * states[:-1], new_drop)
            d_new_all = d_gates[..., 2 * units :].flatten(0, 1).t() @ after.flatten(0, 1)
            d_weight = torch.cat([d_pair, d_new_all])
        return d_gates, d_weight, dh_all, None, None, None, None


def _split(drop: torch.Tensor | None) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Return the factors for reset and update, and those for the new state, `(batch, units)`."""
    if drop is None:
        return None, None
    return (drop[:2], drop[2]) if drop.shape[0] == 3 else (drop, drop[0])


def _times(states: torch.Tensor, drop: torch.Tensor | None) -> torch.Tensor:
    """Return states of the first rows, `(..., rows, units)`, times their factors, in place."""
    return states if drop is None else states.mul_(drop[: states.shape[-2]])
