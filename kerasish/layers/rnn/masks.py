"""Masks over time: what a masked step does to outputs and states, for any pattern of the mask.

A fused kernel has no notion of a masked step. But a masked step changes nothing: so the valid steps
of each row are moved to the front (compaction), the kernel runs over them, and the outputs are
spread out again, where a masked step repeats the last valid step's output (or is zero).
"""

from __future__ import annotations

from typing import Any

import torch


def time_mask(mask: Any, sequences: torch.Tensor, layer: Any) -> torch.Tensor | None:
    """Check a mask and return it as booleans.

    Args:
        mask: `(batch, time)`, True for steps to use, in the original order of time; a list holds
            the mask of the sequence first. None for no mask.
        sequences: `(batch, time, ...)`.
        layer: The layer that was called, for the message.

    Raises:
        ValueError: If the shape does not fit.
    """
    if isinstance(mask, (list, tuple)):
        mask = mask[0]
    if mask is None:
        return None
    mask = torch.as_tensor(mask, device=sequences.device)
    if mask.ndim == 3 and mask.shape[-1] == 1:
        mask = mask[..., 0]
    if tuple(mask.shape) != tuple(sequences.shape[:2]):
        raise ValueError(
            f"Layer '{layer.name}' ({type(layer).__name__}) takes a mask of shape (batch, time) = "
            f"{tuple(sequences.shape[:2])}. Received: a mask of shape {tuple(mask.shape)}"
        )
    return mask if mask.dtype == torch.bool else mask.bool()


class Compaction:
    """Moves the valid steps of each row to the front, and back.

    Args:
        mask: `(batch, time)`, booleans.

    Attributes:
        lengths: Number of valid steps of each row, `(batch,)`.
        padding: Which steps of a compacted row lie behind its valid ones, `(batch, time)`.
    """

    def __init__(self, mask: torch.Tensor) -> None:
        self.mask = mask
        # How many valid steps there are up to each step: where a step's output stands, plus one.
        self._count = mask.cumsum(1)
        self.lengths = self._count[:, -1]
        steps = torch.arange(mask.shape[1], device=mask.device)
        self.padding = steps >= self.lengths[:, None]
        self._order = torch.argsort(mask.logical_not().to(torch.uint8), dim=1, stable=True)

    def compact(self, sequences: torch.Tensor) -> torch.Tensor:
        """Move valid steps to the front of `(batch, time, ...)`; the rest becomes zero."""
        moved = take_steps(sequences, self._order)
        # A masked step may hold anything, NaN too, and must not reach a gradient.
        return moved.masked_fill(beside(self.padding, moved), 0)

    def spread(self, outputs: torch.Tensor, zero_masked: bool) -> torch.Tensor:
        """Spread compacted outputs over the original steps.

        Args:
            outputs: `(batch, steps, ...)`, at least as many steps as the longest row.
            zero_masked: Whether masked steps give zeros; else they repeat the last valid output,
                and give zeros before the first.

        Returns:
            `(batch, time, ...)`.
        """
        index = (self._count - 1).clamp(min=0)
        spread = take_steps(outputs, index)
        keep = self.mask if zero_masked else self._count > 0
        return torch.where(beside(keep, spread), spread, 0)

    def last_valid(self, outputs: torch.Tensor) -> torch.Tensor:
        """Return each row's output at its last valid step, `(batch, units)`."""
        index = (self.lengths - 1).clamp(min=0)
        return outputs.take_along_dim(index[:, None, None], 1)[:, 0]

    def or_initial(self, states: torch.Tensor, initial: torch.Tensor | None) -> torch.Tensor:
        """Give rows that are masked whole their initial state (zeros if None).

        Args:
            states: `(batch, units)`.
            initial: `(batch, units)` or None.
        """
        return torch.where(self.lengths[:, None] > 0, states, 0 if initial is None else initial)

    def trim(self, compacted: torch.Tensor) -> torch.Tensor:
        """Cut compacted sequences after the longest row; it asks for a value, so not in a trace."""
        return compacted[:, : max(int(self.lengths.max()), 1)]

    def last_output(self, hidden: torch.Tensor, zero_masked: bool) -> torch.Tensor:
        """Return the output at the last step, from the last hidden states.

        A row that is masked whole gives zeros, and so does, with `zero_masked`, one whose last
        step is masked.

        Args:
            hidden: `(batch, ...)`.
            zero_masked: Whether masked steps give zeros.
        """
        keep = self.mask[:, -1] if zero_masked else self.lengths > 0
        return torch.where(beside(keep, hidden), hidden, 0)


def beside(flags: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Give flags as many axes as values have, whose first axes they are for."""
    return flags.reshape(*flags.shape, *(1,) * (values.ndim - flags.ndim))


def take_steps(sequences: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Take steps of each row by their numbers.

    Whole steps are copied, which is several times faster than `take_along_dim`.

    Args:
        sequences: `(batch, time, ...)`.
        index: `(batch, steps)`.

    Returns:
        `(batch, steps, ...)`.
    """
    batch, time = sequences.shape[:2]
    first = torch.arange(batch, device=index.device) * time
    rows = (index + first[:, None]).flatten()
    return sequences.flatten(0, 1).index_select(0, rows).unflatten(0, index.shape)
