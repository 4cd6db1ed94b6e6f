"""From the losses of single samples to one number: ranks, masks, weights and reductions."""

from __future__ import annotations

from typing import Any

import torch

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def check_reduction(reduction: Any) -> str | None:
    """Return a reduction's name.

    Raises:
        ValueError: If there is no such reduction.
    """
    if isinstance(reduction, (str, type(None))) and reduction in REDUCTIONS:
        return reduction
    raise ValueError(
        f"`reduction` has to be one of {REDUCTIONS}. Received: reduction={reduction!r}"
    )


def divide_no_nan(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Divide, with 0 where the divisor is 0; the derivatives are finite there too."""
    zero = y == 0
    return torch.where(zero, 0.0, x / torch.where(zero, 1.0, y))


def match_ranks(
    first: torch.Tensor, second: torch.Tensor, expand_rank_1: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    """Let two tensors whose ranks differ by one have the same rank, if a last axis of 1 allows it.

    Args:
        first: Tensor of any shape.
        second: Tensor of any shape.
        expand_rank_1: Whether a tensor of rank 1 gets a last axis; else the other one loses its.

    Returns:
        Both tensors; as they were where their ranks are equal or nothing can be done.
    """
    if first.dim() == second.dim() + 1 and first.shape[-1] == 1:
        if second.dim() == 1 and expand_rank_1:
            return first, second.unsqueeze(-1)
        return first.squeeze(-1), second
    if second.dim() == first.dim() + 1 and second.shape[-1] == 1:
        if first.dim() == 1 and expand_rank_1:
            return first.unsqueeze(-1), second
        return first, second.squeeze(-1)
    return first, second


def multiply_weights(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Multiply values by weights that broadcast.

    Raises:
        ValueError: If the shapes do not fit.
    """
    pairs = zip(reversed(values.shape), reversed(weights.shape), strict=False)
    if not all(a == b or a == 1 or b == 1 for a, b in pairs):
        raise ValueError(
            "The weights (`sample_weight`, times the mask of the predictions) have to broadcast to "
            f"the values they weigh, of shape {tuple(values.shape)}. "
            f"Received: weights of shape {tuple(weights.shape)}"
        )
    return values * weights


def apply_mask(
    sample_weight: torch.Tensor | None,
    mask: torch.Tensor | None,
    dtype: torch.dtype,
    reduction: str | None,
) -> torch.Tensor | None:
    """Return weights in which what is masked counts for nothing.

    Under a mean the rest counts for more, so that the divisor is the number of valid entries.

    Args:
        sample_weight: Weights, or None.
        mask: True where an entry counts, or None.
        dtype: Type of the result.
        reduction: The reduction that follows.
    """
    if mask is None:
        return sample_weight
    valid = mask.bool()
    weights = valid.to(dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        total = torch.full((), mask.numel(), dtype=dtype, device=mask.device)
        weights = torch.where(valid, divide_no_nan(total, weights.sum()), 0.0)
    if sample_weight is None:
        return weights
    weights, sample_weight = match_ranks(weights, sample_weight.to(dtype))
    return multiply_weights(weights, sample_weight)


def reduce_values(
    values: torch.Tensor, sample_weight: torch.Tensor | None, reduction: str | None
) -> torch.Tensor:
    """Reduce weighted losses.

    Args:
        values: Losses, times their weights.
        sample_weight: The weights, or None.
        reduction: How.

    Returns:
        A tensor of shape `()`; the values as they are for `"none"`.
    """
    if reduction in (None, "none") or values.dim() == 0 or tuple(values.shape) == (0,):
        return values
    if reduction in ("mean", "sum_over_batch_size") and values.numel():
        return values.mean()
    total = values.sum()
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        return divide_no_nan(total, sample_weight.sum().to(total.dtype))
    return total / max(values.numel(), 1)


def reduce_weighted_values(
    values: torch.Tensor,
    sample_weight: torch.Tensor | None,
    mask: torch.Tensor | None,
    reduction: str | None,
) -> torch.Tensor:
    """Weigh, mask and reduce the losses of single samples.

    Args:
        values: Losses, for example `(batch,)` or `(batch, time)`.
        sample_weight: Weights that broadcast to the losses, or None.
        mask: True where an entry counts, or None.
        reduction: How the losses are reduced.

    Raises:
        ValueError: If the shapes do not fit.
    """
    weights = apply_mask(sample_weight, mask, values.dtype, reduction)
    if weights is not None:
        values, weights = match_ranks(values, weights.to(values.dtype))
        values = multiply_weights(values, weights)
    return reduce_values(values, weights, reduction)
