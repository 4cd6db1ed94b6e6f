"""Random draws of the dropout and noise layers.

With a seed of its own a layer draws Keras's numbers for that seed. Without one it draws from
torch's generator: the kernels of `torch.nn` at their speed, on any device, in compiled code too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from kerasish import random


def dropout(
    inputs: torch.Tensor,
    rate: float,
    seed: int | None,
    generator: Any,
    noise_shape: Sequence[int | None] | None = None,
) -> torch.Tensor:
    """Set a share of the entries to zero and scale the others up to keep the mean.

    Args:
        inputs: Any shape.
        rate: Share to drop, from 0 to 1.
        seed: The layer's own seed, or None.
        generator: The layer's `SeedGenerator`, used if there is a seed.
        noise_shape: Shape of the mask, which broadcasts over the inputs; None in it for the
            inputs' own size.
    """
    if noise_shape is not None:
        sizes = [
            inputs.shape[axis] if size is None else size for axis, size in enumerate(noise_shape)
        ]
        ones = inputs.new_ones(sizes)
        return inputs * dropout(ones, rate, seed, generator)
    if seed is None:
        return functional.dropout(inputs, rate, training=True)
    return inputs * random.dropout(torch.ones_like(inputs), rate, seed=generator)


def normal(
    like: torch.Tensor, mean: float, stddev: float, seed: int | None, generator: Any
) -> torch.Tensor:
    """Draw normal numbers of a tensor's shape, dtype and device."""
    if seed is None:
        return torch.randn_like(like) * stddev + mean
    return random.normal(like.shape, mean, stddev, dtype=like.dtype, seed=generator).to(like.device)
