"""The loop over time that runs any cell, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from kerasish.graph.structure import flatten, pack_like


class LoopResult(NamedTuple):
    """What a run over time gives.

    Attributes:
        last_output: Output at the last step, `(batch, ...)`.
        outputs: Outputs at all steps, `(batch, time, ...)`; None where they were not asked for.
        states: The states after the last step, in the structure of the initial ones.
    """

    last_output: torch.Tensor
    outputs: torch.Tensor | None
    states: list[Any]


def run_cell(
    step: Callable[[Any, Any], tuple[torch.Tensor, Any]],
    sequences: torch.Tensor,
    states: list[Any],
    mask: torch.Tensor | None,
    *,
    go_backwards: bool,
    zero_output_for_mask: bool,
    return_sequences: bool,
    skip_masked: bool = False,
) -> LoopResult:
    """Run a step function over time.

    Args:
        step: Takes a step's input `(batch, ...)` and the states, gives the output and new states.
        sequences: `(batch, time, ...)`.
        states: Initial states, in any structure.
        mask: `(batch, time)` booleans in the original order of time, or None.
        go_backwards: Whether time runs from the last step to the first.
        zero_output_for_mask: Whether a masked step gives zeros, not the previous output.
        return_sequences: Whether all outputs are wanted.
        skip_masked: Whether steps that are masked in all rows may be left out.
    """
    order = range(sequences.shape[1])
    outputs: list[torch.Tensor] = []
    previous: torch.Tensor | None = None
    inputs = sequences.unbind(1)
    masks = None if mask is None else mask.unbind(1)
    some = every = None
    if mask is not None and skip_masked:
        some, every = mask.any(0).tolist(), mask.all(0).tolist()
    for time in reversed(order) if go_backwards else order:
        if some is not None and not some[time] and previous is not None:
            # Nothing changes; the first step runs anyway, because it tells the output's shape.
            previous = torch.zeros_like(previous) if zero_output_for_mask else previous
            if return_sequences:
                outputs.append(previous)
            continue
        output, new_states = step(inputs[time], states)
        if masks is None or (every is not None and every[time]):
            states = new_states
        else:
            valid = masks[time]
            if previous is None or zero_output_for_mask:
                previous = torch.zeros_like(output)
            output = _where(valid, output, previous)
            states = pack_like(
                states,
                [
                    _where(valid, new, old)
                    for new, old in zip(flatten(new_states), flatten(states), strict=True)
                ],
            )
        previous = output
        if return_sequences:
            outputs.append(output)
    assert previous is not None
    return LoopResult(previous, torch.stack(outputs, 1) if return_sequences else None, states)


def _where(valid: torch.Tensor, new: torch.Tensor, old: torch.Tensor) -> torch.Tensor:
    return torch.where(valid.reshape(-1, *[1] * (new.ndim - 1)), new, old)
