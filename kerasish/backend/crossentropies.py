"""`keras.backend`: cross-entropies value by value, with Keras 2's places of epsilon."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import config
from kerasish.backend.tensor_function import as_tensor, tensor_function


@tensor_function
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> torch.Tensor:
    """Return the cross-entropy of each value, in the shape of `output`."""
    output = as_tensor(output)
    target = as_tensor(target).to(output)
    if from_logits:
        return torch.nn.functional.binary_cross_entropy_with_logits(
            output, target, reduction="none"
        )
    small = config.epsilon()
    output = torch.clamp(output, small, 1.0 - small)
    return -(target * torch.log(output + small) + (1 - target) * torch.log(1 - output + small))


@tensor_function
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> torch.Tensor:
    """Return the cross-entropy along the axis of classes, which goes."""
    output = as_tensor(output)
    target = as_tensor(target).to(output)
    if from_logits:
        return -torch.sum(target * torch.log_softmax(output, axis), axis)
    small = config.epsilon()
    output = output / torch.sum(output, axis, keepdim=True)
    return -torch.sum(target * torch.log(torch.clamp(output, small, 1.0 - small)), axis)


@tensor_function
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> torch.Tensor:
    """Return the cross-entropy of class numbers, in the shape of `output` without its classes.

    Args:
        target: Class numbers, `(batch, ...)` or `(batch, ..., 1)`.
        output: Probabilities or logits of the classes.
        from_logits: Whether `output` holds logits.
        axis: The axis of classes.
    """
    output = as_tensor(output).movedim(axis, -1)
    target = as_tensor(target).long().reshape(output.shape[:-1])
    if not from_logits:
        small = config.epsilon()
        output = torch.log(torch.clamp(output, small, 1.0 - small))
    logarithms = torch.log_softmax(output, -1)
    return -torch.gather(logarithms, -1, target.unsqueeze(-1)).squeeze(-1)
