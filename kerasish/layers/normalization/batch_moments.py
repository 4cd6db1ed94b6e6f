"""Means and variances of a batch: of some of its entries, and of all processes' batches."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import distributed

from kerasish import config


def moments_where(x: torch.Tensor, where: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and variance of each channel over the entries that count.

    Args:
        x: `(batch, channels, ...)`.
        where: Which entries count, of the same shape.
    """
    axes = [axis for axis in range(x.ndim) if axis != 1]
    # Keras's epsilon, so that a channel in which nothing counts stays finite.
    count = where.to(x.dtype).sum(axes, keepdim=True) + config.epsilon()
    mean = torch.where(where, x, 0.0).sum(axes, keepdim=True) / count
    squares = torch.where(where, x - mean, 0.0).square()
    variance = squares.sum(axes, keepdim=True) / count
    return mean.flatten(), variance.flatten()


def shared_moments(
    x: torch.Tensor, axes: Sequence[int] | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and variance over the batches of all processes.

    Without `torch.distributed` they are those of this batch. Batches may differ in size.

    Args:
        x: `(batch, channels, ...)`.
        axes: The axes that they are taken over, which stay with size 1; None for all but the axis
            of the channels, which stays alone.
    """
    over = [axis for axis in range(x.ndim) if axis != 1] if axes is None else list(axes)
    variance, mean = torch.var_mean(x, over, correction=0, keepdim=axes is not None)
    if not distributed.is_available() or not distributed.is_initialized():
        return mean, variance
    from torch.distributed.nn.functional import all_reduce

    shape, mean, variance = mean.shape, mean.flatten(), variance.flatten()
    count = x.new_full((1,), x.numel() / len(mean))
    sums = all_reduce(torch.cat([count, mean * count, (variance + mean.square()) * count]))
    total, mean, squares = sums.split([1, len(mean), len(mean)])
    mean = mean / total
    variance = (squares / total - mean.square()).clamp(min=0)
    return mean.reshape(shape), variance.reshape(shape)
