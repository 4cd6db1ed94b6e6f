"""A masked LSTM in one run of the dense kernel, the carry kept through the padding."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.layers.rnn.kernels import run_kernel
from kerasish.layers.rnn.masks import Compaction
from weight_port.gates import gate_order

# Far enough out that a sigmoid is exactly 0 or 1, and within float16.
_SATURATING = 3e4


def run_compacted_lstm(
    weights: list[torch.Tensor],
    compacted: torch.Tensor,
    compaction: Compaction,
    states: list[Any] | None,
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Run an LSTM over compacted sequences so that the carry survives the padding.

    The kernel returns the carry of the last step only, which for most rows is a padded one. An
    extra input feature, 1 in the padding, shuts the input gate and opens the forget gate there:
    the carry passes through unchanged, bit for bit, and so do the gradients.

    Args:
        weights: The parameters of an `nn.LSTM` of one layer, in torch's order.
        compacted: `(batch, time, features)`, valid steps first.
        compaction: How they were moved.
        states: Initial h and c, `(batch, units)` each, or None for zeros.

    Returns:
        Outputs `(batch, time, units)`, right at the valid steps, and the final h and c.
    """
    weight_ih, weight_hh, *biases = weights
    units = weight_hh.shape[1]
    push = {"input": -_SATURATING, "forget": _SATURATING}
    column = torch.cat(
        [weight_ih.new_full((units, 1), push.get(g, 0.0)) for g in gate_order("torch", "lstm")]
    )
    extended = [torch.cat([weight_ih, column], 1), weight_hh, *biases]
    padding = compaction.padding[:, : compacted.shape[1]]
    inputs = torch.cat([compacted, padding[..., None].to(compacted.dtype)], 2)
    outputs, final = run_kernel("LSTM", inputs, [states], [extended], units)
    return outputs, [compaction.last_valid(outputs), final[0][1]]
