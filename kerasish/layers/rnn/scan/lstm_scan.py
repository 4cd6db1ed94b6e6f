"""An LSTM over time with a backward pass by hand (Hochreiter & Schmidhuber 1997)."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.rnn.scan.products import StateProduct
from kerasish.layers.rnn.scan.rows import history, refuse_second_derivatives, row_slices
from kerasish.layers.rnn.scan.slopes import Curve


class LSTMScan(torch.autograd.Function):
    """Runs all steps; gates in torch's order: input, forget, cell, output.

    Behind the units there may be axes of space, which `make_product` then knows.

    Args:
        gates: The inputs' part of the gates, `(time, batch, 4 * units, ...)`; is overwritten.
        weight: The states' weights, for `make_product`.
        hidden: Initial state, `(batch, units, ...)`.
        carry: Initial carry, `(batch, units, ...)`.
        drop: Factors of the states for each gate, see `StateProduct`, or None.
        counts: Number of rows that each step has, the first ones, never rising; or None for all.
        gate: The gates' activation.
        cell: The activation of input and output.
        make_product: Takes `weight` and `drop` and gives the product with states.

    Returns:
        Outputs `(time, batch, units, ...)`, zero where a step does not have the row; final state
        and carry, `(batch, units, ...)` each.
    """

    @staticmethod
    def forward(
        ctx: Any,
        gates: torch.Tensor,
        weight: torch.Tensor,
        hidden: torch.Tensor,
        carry: torch.Tensor,
        drop: torch.Tensor | None,
        counts: list[int] | None,
        gate: Curve,
        cell: Curve,
        make_product: type[StateProduct] = StateProduct,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Run; see the class."""
        acts = gates.detach()
        time, batch, width = acts.shape[:3]
        units = width // 4
        states = history(time, hidden)
        # The backward pass needs these of all steps; without one a step overwrites the last one's.
        keep = any(ctx.needs_input_grad)
        carries = history(time if keep else 0, carry)
        outers = acts.new_empty((time if keep else 1, *hidden.shape))
        product = make_product(weight, drop)
        steps = zip(
            acts.unbind(),
            acts[:, :, : 2 * units].unbind(),
            *(part.unbind() for part in acts.chunk(4, 2)),
            states[1:].unbind(),
            carries[1:].unbind() if keep else carries.unbind() * time,
            outers.unbind() if keep else outers.unbind() * time,
            counts or [batch] * time,
            strict=True,
        )
        h, c = states[0], carries[0]
        apply_gate, apply_cell = gate.apply, cell.apply
        for whole, both, enter, forget, new, leave, h_to, c_to, outer, count in steps:
            if count != batch:
                whole, both, enter, forget, new, leave, h_to, c_to, outer, h, c = (
                    one[:count]
                    for one in (whole, both, enter, forget, new, leave, h_to, c_to, outer, h, c)
                )
            product.add_to(whole, h)
            apply_gate(both)
            apply_cell(new)
            apply_gate(leave)
            torch.mul(forget, c, out=c_to)
            c = c_to.addcmul_(enter, new)
            outer.copy_(c)
            apply_cell(outer)
            h = torch.mul(leave, outer, out=h_to)
        rows = row_slices(counts, batch)
        ctx.save_for_backward(acts, weight, states, carries, outers, drop)
        ctx.counts, ctx.gate, ctx.cell, ctx.make_product = counts, gate, cell, make_product
        return states[1:], rows(states), rows(carries) if keep else carries[0]

    @staticmethod
    def backward(  # type: ignore[override]
        ctx: Any, d_outputs: torch.Tensor, d_hidden: torch.Tensor, d_carry: torch.Tensor
    ) -> Any:
        """Return the gradients of the arguments."""
        refuse_second_derivatives()
        acts, weight, states, carries, outers, drop = ctx.saved_tensors
        counts, gate, cell = ctx.counts, ctx.gate, ctx.cell
        product = ctx.make_product(weight, drop)
        time, batch, width = acts.shape[:3]
        units = width // 4
        d_gates = torch.zeros_like(acts) if counts else torch.empty_like(acts)
        dh_all, dc_all = d_hidden.clone(), d_carry.clone()
        scratch = torch.empty_like(dh_all)
        steps = list(
            zip(
                *(part.unbind() for part in acts.chunk(4, 2)),
                acts[:, :, : 2 * units].unbind(),
                outers.unbind(),
                carries[:-1].unbind(),
                d_outputs.unbind(),
                d_gates.unbind(),
                *(part.unbind() for part in d_gates.chunk(4, 2)),
                d_gates[:, :, : 2 * units].unbind(),
                counts or [batch] * time,
                strict=True,
            )
        )
        for *tensors, count in reversed(steps):
            tensors += [dh_all, dc_all, scratch]
            if count != batch:
                tensors = [one[:count] for one in tensors]
            enter, forget, new, leave, both, outer, before, d_out, d_whole = tensors[:9]
            d_enter, d_forget, d_new, d_leave, d_both, dh, dc, inner = tensors[9:]
            dh.add_(d_out)
            torch.mul(dh, leave, out=inner)
            cell.times_slope(inner, outer)
            dc.add_(inner)
            torch.mul(dc, new, out=d_enter)
            torch.mul(dc, before, out=d_forget)
            torch.mul(dc, enter, out=d_new)
            torch.mul(dh, outer, out=d_leave)
            gate.times_slope(d_both, both)
            cell.times_slope(d_new, new)
            gate.times_slope(d_leave, leave)
            dc.mul_(forget)
            product.back(d_whole, dh)
        d_weight = None
        if ctx.needs_input_grad[1]:
            d_weight = product.d_weight(d_gates, states[:-1])
        return d_gates, d_weight, dh_all, dc_all, None, None, None, None, None
