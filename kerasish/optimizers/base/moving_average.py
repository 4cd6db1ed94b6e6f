"""The exponential moving average (EMA) of the weights."""

from __future__ import annotations

import torch

SLOT = "average"


def update_average(
    averages: list[torch.Tensor], values: list[torch.Tensor], momentum: float, first: bool
) -> None:
    """Take the weights into their average: `momentum * average + (1 - momentum) * value`.

    Args:
        averages: The averages, changed in place.
        values: The weights.
        momentum: Weight of the old average.
        first: Whether there is no old average yet.
    """
    if first:
        torch._foreach_copy_(averages, values)
        return
    torch._foreach_mul_(averages, momentum)
    torch._foreach_add_(averages, values, alpha=1 - momentum)
