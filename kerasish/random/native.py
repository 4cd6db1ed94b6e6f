"""Random numbers of torch's own generators, for who chooses them with `set_random_generator`."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from kerasish import config
from kerasish.random.seed_generator import SeedGenerator

_TRUNCATION = 2.0


def is_chosen(seed: Any) -> bool:
    """Return whether torch's generators draw: no seed was given, and the configuration says so.

    Args:
        seed: An integer, a `SeedGenerator`, or None.
    """
    if config.random_generator() != "torch":
        return False
    return seed is None or (isinstance(seed, SeedGenerator) and not seed.has_given_seed)


def draw(
    kind: str, count: int, dtype: torch.dtype, scale: Any, offset: Any, device: torch.device
) -> torch.Tensor:
    """Return `scale * value + offset`, of shape `(count,)`.

    Args:
        kind: `"uniform"` (in [0, 1)), `"normal"` or `"truncated_normal"`.
        count: How many.
        dtype: A float dtype.
        scale: Factor.
        offset: Summand.
        device: Where the result is.
    """
    values = torch.empty(count, dtype=dtype, device=device)
    if kind == "uniform":
        return values.uniform_().mul_(scale).add_(offset)
    if kind == "normal":
        return values.normal_().mul_(scale).add_(offset)
    if torch.compiler.is_compiling():
        return nn.init.trunc_normal_(values).mul_(scale).add_(offset)
    values.normal_()
    outside = (values.abs() >= _TRUNCATION).nonzero().squeeze(1)
    while len(outside):
        # Drawn again, until none is left: much faster than `trunc_normal_`.
        again = torch.randn(len(outside), dtype=dtype, device=device)
        values[outside] = again
        outside = outside[again.abs() >= _TRUNCATION]
    return values.mul_(scale).add_(offset)
