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


def activated(activation: Any, inputs: torch.Tensor) -> torch.Tensor:
    """Apply the activation of a layer; a softmax or sigmoid keeps what it was computed from.

    Args:
        activation: A function of tensors, or a module.
        inputs: What it is applied to, of any shape.
    """
    from kerasish.activations import sigmoid, softmax

    output = activation(inputs)
    if activation is softmax or activation is sigmoid:
        return with_logits(output, inputs)
    return output
