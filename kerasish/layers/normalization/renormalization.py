"""Batch renormalization (Ioffe 2017, https://arxiv.org/abs/1702.03275) for `BatchNormalization`.

Training normalizes by the batch's statistics, corrected towards slowly moving ones; no gradient
goes through the corrections.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from kerasish.rounding import round_to_float32


def check_clipping(layer: Any, clipping: Any) -> None:
    """Check the bounds of the corrections.

    Raises:
        ValueError: If there are others than `rmin`, `rmax` and `dmax`, or they contradict.
    """
    known = ("rmax", "rmin", "dmax")
    if not isinstance(clipping, dict) or set(clipping) - set(known):
        layer._refuse("renorm_clipping", clipping, f"a dict with some of {list(known)}")
    rmax, rmin, dmax = (clipping.get(name) for name in known)
    if (None not in (rmax, rmin) and rmax < rmin) or (dmax is not None and dmax < 0):
        layer._refuse("renorm_clipping", clipping, "rmin below rmax and a dmax from 0 on")


def add_renorm_weights(layer: Any, sizes: Sequence[int]) -> None:
    """Give a layer the statistics that it needs besides the moving mean and variance."""

    def deviation(shape: Any, dtype: Any = None) -> torch.Tensor:
        return layer.moving_variance_initializer(shape, dtype=dtype).sqrt()

    for name, initializer in (
        ("moving_stddev", deviation),
        ("renorm_mean", layer.moving_mean_initializer),
        ("renorm_stddev", deviation),
    ):
        setattr(layer, name, layer.add_weight(sizes, initializer, name=name, trainable=False))


def renorm_corrections(
    layer: Any, mean: torch.Tensor, variance: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the factor and the offset that bring a batch's statistics to the moving ones.

    Args:
        layer: The layer.
        mean: Mean of the batch, `(channels,)`.
        variance: Variance of the batch, `(channels,)`.
    """
    stddev = (variance + layer.epsilon).sqrt()
    # Keras rounds this epsilon to float32 for every dtype.
    least = math.sqrt(round_to_float32(layer.epsilon))
    moving = layer.renorm_stddev.detach().to(mean.dtype).clamp(min=least)
    bounds = layer.renorm_clipping
    r = stddev / moving
    d = (mean - layer.renorm_mean.detach().to(mean.dtype)) / moving
    if bounds.get("rmin") is not None or bounds.get("rmax") is not None:
        r = r.clamp(bounds.get("rmin"), bounds.get("rmax"))
    if bounds.get("dmax") is not None:
        d = d.clamp(-bounds["dmax"], bounds["dmax"])
    return r, d


def move_renorm(layer: Any, mean: torch.Tensor, variance: torch.Tensor) -> None:
    """Let all statistics follow those of a batch."""
    stddev = (variance + layer.epsilon).sqrt()
    with torch.no_grad():
        for moving, value, momentum in (
            (layer.renorm_mean, mean, layer.renorm_momentum),
            (layer.renorm_stddev, stddev, layer.renorm_momentum),
            (layer.norm.running_mean, mean, layer.momentum),
            (layer.moving_stddev, stddev, layer.momentum),
        ):
            moving.mul_(momentum).add_(value.to(moving.dtype), alpha=1.0 - momentum)
        squares = layer.moving_stddev.square() - layer.epsilon
        layer.norm.running_var.copy_(squares.clamp(min=0))
