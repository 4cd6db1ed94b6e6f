"""Recurrent modules over sequences with masks."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def run_masked(
    rnn: nn.RNNBase, x: torch.Tensor, mask: torch.Tensor, state: Any = None, hold: bool = True
) -> tuple[torch.Tensor, Any]:
    """Run a recurrent module over the valid steps of each row alone.

    Takes x `(batch, time, features)` and mask `(batch, time)`, True for the steps to use. Returns
    outputs and final state as the module does. A masked step repeats the output before it; it gives
    zeros before the first valid step, and throughout if `hold` is False.
    """
    count = mask.cumsum(1)  # how many valid steps there are up to each step
    lengths = count[:, -1]
    order = mask.logical_not().to(torch.uint8).argsort(dim=1, stable=True)  # valid steps first
    x = x.take_along_dim(order[..., None], 1)
    # A row without valid steps runs over one, and is set right below.
    packed = pack_padded_sequence(
        x, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
    )
    packed, final = rnn(packed, state)
    outputs, _ = pad_packed_sequence(packed, batch_first=True, total_length=mask.shape[1])
    outputs = outputs.take_along_dim((count - 1).clamp(min=0)[..., None], 1)
    keep = count > 0 if hold else mask
    outputs = torch.where(keep[..., None], outputs, 0)
    some = (lengths > 0)[None, :, None]
    if isinstance(final, tuple):
        initial = (0, 0) if state is None else state
        return outputs, tuple(torch.where(some, f, i) for f, i in zip(final, initial, strict=True))
    return outputs, torch.where(some, final, 0 if state is None else state)
