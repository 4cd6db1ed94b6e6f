"""Activations that make a distribution of an axis: softmax, log-softmax and sparsemax."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch

from kerasish.activations.array_like import takes_array_like
from kerasish.saving.registry import builtin


@builtin("keras.activations")
@takes_array_like
def softmax(x: torch.Tensor, axis: int | Sequence[int] | None = -1) -> torch.Tensor:
    """Softmax: `exp(x) / sum(exp(x))` along one or several axes.

    Args:
        x: Tensor of any shape.
        axis: An axis, several that are normalized together, or None for all.

    Returns:
        Tensor of the shape of `x`, positive, with sums of 1.
    """
    _warn_of_a_single_entry(x, axis)
    if axis is None:
        return torch.softmax(x.reshape(-1), -1).reshape(x.shape)
    if isinstance(axis, int):
        return torch.softmax(x, axis)
    exponential = torch.exp(x - torch.amax(x, dim=tuple(axis), keepdim=True).detach())
    return exponential / torch.sum(exponential, dim=tuple(axis), keepdim=True)


@builtin("keras.activations")
@takes_array_like
def log_softmax(x: torch.Tensor, axis: int | Sequence[int] | None = -1) -> torch.Tensor:
    """Logarithm of the softmax along one or several axes.

    Args:
        x: Tensor of any shape.
        axis: An axis, several that are normalized together, or None for all.
    """
    if axis is None:
        return torch.log_softmax(x.reshape(-1), -1).reshape(x.shape)
    if isinstance(axis, int):
        return torch.log_softmax(x, axis)
    return x - torch.logsumexp(x, dim=tuple(axis), keepdim=True)


@builtin("keras.activations")
@takes_array_like
def sparsemax(x: torch.Tensor, axis: int = -1) -> torch.Tensor:
    """Sparsemax as Keras computes it: `max(x - tau, 0)`.

    Keras differs from the paper: its threshold `tau` adds up the partial sums of the sorted
    entries of the support where the paper takes the last of them. The two agree where one entry
    holds all the weight; elsewhere the results do not sum to 1. A model trained in Keras needs
    what Keras computes, so this is it.

    Args:
        x: Tensor of any shape.
        axis: The axis that is normalized.

    Returns:
        Tensor of the shape of `x`, zero for the small entries.

    See https://keras.io/api/layers/activations/; the paper is https://arxiv.org/abs/1602.02068.
    """
    ordered = torch.sort(x, dim=axis, descending=True).values
    sums = torch.cumsum(ordered, dim=axis)
    ones = torch.ones_like(x)
    ranks = torch.cumsum(ones, dim=axis)
    in_support = ordered - (sums - 1) / ranks > 0
    size = torch.sum(torch.where(in_support, ones, 0.0), dim=axis, keepdim=True)
    total = torch.sum(torch.where(in_support, sums, 0.0), dim=axis, keepdim=True)
    return torch.clamp(x - (total - 1) / size, min=0.0)


def _warn_of_a_single_entry(x: Any, axis: Any) -> None:
    if not isinstance(x, torch.Tensor) or torch.compiler.is_compiling():
        return
    if isinstance(axis, int) and -x.dim() <= axis < x.dim() and x.shape[axis] == 1:
        warnings.warn(
            f"softmax over axis {axis} of a tensor of shape {tuple(x.shape)} gives ones, since "
            "the axis has one entry. Use sigmoid for a single output.",
            stacklevel=4,
        )
