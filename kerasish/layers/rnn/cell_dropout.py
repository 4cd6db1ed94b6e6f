"""Dropout in recurrent cells: one mask for all steps of a sequence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch import nn

from kerasish import random
from kerasish.random import native
from kerasish.random.draw import has_no_values


class DropoutCell(nn.Module):
    """The part of a cell that keeps its dropout masks while a layer runs it over a sequence.

    Called by itself, a cell draws new masks at every call.
    """

    dropout: float
    recurrent_dropout: float
    implementation: int
    seed: int | None
    seed_generator: Any
    gate_count: ClassVar[int]
    # Where in Keras's order of gates each of torch's stands.
    gate_permutation: ClassVar[tuple[int, ...]]

    def _mask(self, kind: str, like: torch.Tensor) -> torch.Tensor:
        """Return the mask of a kind, `(gates or 1, batch, features)`, gates in torch's order.

        Implementation 1 draws one mask for each gate, in Keras's order, as Keras does.

        Args:
            kind: `"dropout"` for inputs or `"recurrent_dropout"` for states.
            like: A step's input or state, `(batch, features)`.
        """
        held = self.__dict__.get("_held_masks")
        if held is not None and kind in held:
            return held[kind]
        count = self._mask_count
        rate, ones = getattr(self, kind), torch.ones_like(like)
        masks = torch.stack(
            [random.dropout(ones, rate, seed=self.seed_generator) for _ in range(count)]
        )
        if count > 1:
            masks = masks[list(self.gate_permutation)]
        if held is not None:
            held[kind] = masks
        return masks

    @property
    def _mask_count(self) -> int:
        return self.gate_count if self.implementation == 1 else 1

    def pass_over_masks(self, times: int = 1) -> None:
        """Move the seed on as a call in inference does in Keras, which draws masks and drops them.

        Compiled code leaves the seed where it is.

        Args:
            times: How many calls.
        """
        rates = (self.dropout, self.recurrent_dropout)
        count = times * self._mask_count * sum(0 < rate < 1 for rate in rates)
        if count and not torch.compiler.is_compiling():
            idle = native.is_chosen(self.seed_generator) or has_no_values(torch.device("cpu"))
            if not idle:
                self.seed_generator.skip(count)

    def drop_inputs(self, inputs: torch.Tensor, training: bool) -> torch.Tensor:
        """Return a step's input for each gate, `(gates or 1, batch, features)`."""
        if training and 0 < self.dropout < 1:
            return inputs * self._mask("dropout", inputs)
        return inputs[None]

    def drop_states(self, state: torch.Tensor, training: bool) -> torch.Tensor:
        """Return the state for each gate, `(gates or 1, batch, units)`."""
        if training and 0 < self.recurrent_dropout < 1:
            return state * self._mask("recurrent_dropout", state)
        return state[None]


def pass_over_masks(cell: Any, times: int = 1) -> None:
    """Move on the seeds of a cell, or of the cells stacked in it; see `DropoutCell`."""
    if isinstance(cell, DropoutCell):
        cell.pass_over_masks(times)
    else:
        for one in getattr(cell, "cells", ()):
            pass_over_masks(one, times)


@contextmanager
def hold_masks(cell: Any) -> Iterator[None]:
    """Keep the masks of a cell, and of the cells in it, while a sequence runs."""
    cells = (
        [module for module in cell.modules() if isinstance(module, DropoutCell)]
        if isinstance(cell, nn.Module)
        else []
    )
    for one in cells:
        one.__dict__["_held_masks"] = {}
    try:
        yield
    finally:
        for one in cells:
            one.__dict__.pop("_held_masks", None)
