"""Normalizations by statistics that are given or computed, with Keras's care for small floats."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from kerasish import config
from kerasish.layers.normalization.batch_moments import shared_moments
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import floats


def _wide(x: Any) -> tuple[torch.Tensor, torch.dtype]:
    """Return floats of at least 32 bits, and the type that was given."""
    x = floats(x)
    return (x.float() if x.dtype in (torch.float16, torch.bfloat16) else x), x.dtype


def _axes(axis: int | Sequence[int], rank: int) -> list[int]:
    several = [axis] if isinstance(axis, int) else list(axis)
    return sorted(one % rank for one in several)


def _are_last(axes: list[int], rank: int) -> bool:
    return axes == list(range(rank - len(axes), rank))


@operation
def moments(
    x: Any, axes: int | Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return means and variances over axes.

    Args:
        x: Any shape. Float16 and bfloat16 are computed in float32 and kept in float16's range.
        axes: An axis, or several.
        keepdims: Whether the axes stay, with size 1.
        synchronized: Whether the processes of `torch.distributed` share their statistics.
    """
    x, kind = _wide(x)
    along = _axes(axes, x.ndim)
    if synchronized:
        mean, variance = shared_moments(x, along)
    else:
        variance, mean = torch.var_mean(x, along, correction=0, keepdim=True)
    if not keepdims:
        mean, variance = mean.squeeze(along), variance.squeeze(along)
    if kind != x.dtype:
        bounds = torch.finfo(torch.float16)
        mean, variance = (one.clamp(bounds.min, bounds.max).to(kind) for one in (mean, variance))
    return mean, variance


@operation
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> torch.Tensor:
    """Normalize by given statistics: `scale * (x - mean) / sqrt(variance + epsilon) + offset`.

    Args:
        x: Any shape.
        mean: Means, `(channels,)`.
        variance: Variances.
        axis: The axis of the channels.
        offset: What is added, or None.
        scale: What is multiplied by, or None.
        epsilon: Added to the variance.
    """
    x = floats(x)
    shape = [-1 if place == axis % x.ndim else 1 for place in range(x.ndim)]

    def spread(values: Any) -> torch.Tensor:
        values = tensor(values).to(x.dtype)
        return values.reshape(shape) if values.ndim == 1 else values

    factor = torch.rsqrt(spread(variance) + epsilon)
    factor = factor if scale is None else factor * spread(scale)
    shift = -spread(mean) * factor
    return x * factor + (shift if offset is None else shift + spread(offset))


@operation
def layer_normalization(
    x: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> torch.Tensor:
    """Normalize each sample to mean zero and variance one over some axes (Ba et al. 2016).

    Args:
        x: Any shape.
        gamma: Factor, of the sizes of the axes; None for none.
        beta: Offset, likewise.
        axis: The axis or axes.
        epsilon: Added to the variance; `epsilon()` by default.
        **kwargs: `rms_scaling`, Keras's deprecated division by the standard deviation alone.

    Raises:
        TypeError: If there are other arguments.
    """
    by_deviation = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise TypeError(f"layer_normalization got unknown arguments. Received: {sorted(kwargs)}")
    epsilon = config.epsilon() if epsilon is None else epsilon
    x, kind = _wide(x)
    axes = _axes(axis, x.ndim)
    gamma, beta = (None if one is None else tensor(one).to(x.dtype) for one in (gamma, beta))
    sizes = [x.shape[one] for one in axes]
    fits = all(one is None or list(one.shape) == sizes for one in (gamma, beta))
    if not by_deviation and fits and _are_last(axes, x.ndim):
        return functional.layer_norm(x, sizes, gamma, beta, epsilon).to(kind)
    gamma, beta = (_along(one, x, axes) for one in (gamma, beta))
    variance, mean = torch.var_mean(x, axes, correction=0, keepdim=True)
    factor = torch.rsqrt(variance + epsilon)
    if by_deviation:
        warnings.warn(
            "rms_scaling=True divides by the standard deviation, not by the root mean square: use "
            "rms_normalization.",
            UserWarning,
            stacklevel=2,
        )
        result = x * factor
        return (result if gamma is None else result * gamma).to(kind)
    factor = factor if gamma is None else factor * gamma
    shift = -mean * factor
    return (x * factor + (shift if beta is None else shift + beta)).to(kind)


def _along(values: torch.Tensor | None, x: torch.Tensor, axes: list[int]) -> torch.Tensor | None:
    """Return a weight with the axes of `x`."""
    if values is None or values.ndim == x.ndim or axes == [x.ndim - 1]:
        return values
    return values.reshape([size if axis in axes else 1 for axis, size in enumerate(x.shape)])


@operation
def rms_normalization(
    x: Any, scale: Any = None, axis: int | Sequence[int] = -1, epsilon: float | None = None
) -> torch.Tensor:
    """Divide each sample by its root mean square over some axes (Zhang and Sennrich 2019).

    Args:
        x: Any shape.
        scale: Factor, which broadcasts to `x` from its last axes; None for none.
        axis: The axis or axes.
        epsilon: Added to the mean square; `epsilon()` by default.
    """
    epsilon = config.epsilon() if epsilon is None else epsilon
    x, kind = _wide(x)
    x = x[None] if not x.ndim else x
    axes = _axes(axis, x.ndim)
    scale = None if scale is None else tensor(scale).to(x.dtype)
    sizes = [x.shape[one] for one in axes]
    if _are_last(axes, x.ndim) and (scale is None or list(scale.shape) == sizes):
        return torch.rms_norm(x, sizes, scale, epsilon).to(kind)
    result = x * torch.rsqrt(x.square().mean(axes, keepdim=True) + epsilon)
    return (result if scale is None else result * scale).to(kind)
