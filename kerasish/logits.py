"""Logits that travel with the probabilities made from them, as on Keras's TensorFlow backend."""

from __future__ import annotations

from typing import Any

import torch


def with_logits(output: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """Note on a softmax's or sigmoid's result what it was computed from; return the result.

    Cross entropies then start from the logits, which is exact where probabilities are rounded to
    0 or 1, and lets gradients through there. The logits live as long as the result does.

    Args:
        output: Probabilities of any shape.
        logits: Logits of the same shape.
    """
    output._keras_logits = logits  # type: ignore[attr-defined]
    return output


def logits_of(output: Any) -> torch.Tensor | None:
    """Return the logits that `with_logits` noted on a tensor, or None."""
    return getattr(output, "_keras_logits", None)
