"""Averages, counts and correlations."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.ops import reductions
from kerasish.ops.dispatch import axes_of, operation, tensor
from kerasish.ops.promotion import alike, alike_floats, floats, result_type
from kerasish.ops.reductions import over


@operation
def amax(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the largest over axes, all by default."""
    return reductions.max(x, axis, keepdims)


@operation
def amin(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the smallest over axes, all by default."""
    return reductions.min(x, axis, keepdims)


@operation
def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the largest less the smallest over axes, all by default."""
    x = tensor(x)
    return torch.amax(*over(x, axis, keepdims)) - torch.amin(*over(x, axis, keepdims))


@operation
def average(x: Any, axis: Any = None, weights: Any = None) -> torch.Tensor:
    """Return the weighted mean over axes, all by default.

    Args:
        x: Any shape.
        axis: The axis or axes.
        weights: Of the shape of `x`, or as many as its one axis has; all equal by default.
    """
    if weights is None:
        return torch.mean(*over(floats(x), axis, False))
    x, weights = alike_floats(x, weights)
    if weights.ndim != x.ndim:
        own = axes_of(x, axis)[0] % x.ndim
        weights = weights.reshape([-1 if one == own else 1 for one in range(x.ndim)])
    weighed, total = (over(one, axis, False) for one in (x * weights, weights.expand_as(x)))
    return torch.sum(*weighed) / torch.sum(*total)


@operation
def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> torch.Tensor:
    """Count how often each whole number from 0 on comes.

    Args:
        x: `(count,)`, or `(batch, count)` for counts of each row.
        weights: What each counts; 1 by default.
        minlength: Least length of the result.
        sparse: Has to be False; there are no sparse tensors.

    Returns:
        `(length,)` or `(batch, length)`, int32 without weights.
    """
    if sparse:
        raise ValueError(f"bincount makes no sparse tensors. Received: sparse={sparse}")
    x = tensor(x)
    kind = torch.int32 if weights is None else result_type(x, tensor(weights))
    places = x.long()
    if places.numel() and int(places.min()) < 0:
        raise ValueError(f"bincount counts numbers from 0 on. Received: {int(places.min())} in x")
    length = max(minlength, int(places.max()) + 1 if places.numel() else 0)
    parts = torch.ones_like(places) if weights is None else tensor(weights)
    compute = torch.float64 if parts.is_floating_point() else torch.int64
    counts = torch.zeros(*x.shape[:-1], length, dtype=compute, device=x.device)
    return counts.scatter_add(-1, places, parts.to(compute)).to(kind)


@operation
def histogram(x: Any, bins: int = 10, range: Any = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Count numbers in bins of one width.

    Args:
        x: `(count,)`.
        bins: How many.
        range: Least and largest number that counts; of all numbers by default.

    Returns:
        The counts, `(bins,)`, and the edges, `(bins + 1,)`, of the type of `x`.

    Raises:
        TypeError: If `bins` is no whole number.
        ValueError: If `bins` is below 0, `range` no rising pair, or `x` has other axes.
    """
    if not isinstance(bins, int):
        raise TypeError(f"histogram takes a number of bins. Received: bins={bins}")
    if bins < 0:
        raise ValueError(f"histogram makes no fewer than 0 bins. Received: bins={bins}")
    if range and (not isinstance(range, tuple) or len(range) < 2 or range[1] < range[0]):
        raise ValueError(f"histogram takes a rising pair as range. Received: range={range}")
    x = tensor(x)
    if x.ndim > 1:
        raise ValueError(f"histogram takes one axis. Received: x of shape {tuple(x.shape)}")
    low, high = (tensor(one) for one in range) if range else (x.min(), x.max())
    kind = x.dtype if x.is_floating_point() else torch.float64
    low, high = low.to(kind), high.to(kind)
    steps = torch.arange(bins + 1, dtype=kind, device=x.device)
    edges = torch.where(steps < bins, low + (high - low) / bins * steps, high).to(x.dtype)
    places = torch.searchsorted(edges[1:-1].contiguous(), x, right=True)
    inside = (x >= low) & (x <= high)
    counts = torch.zeros(bins, dtype=x.dtype, device=x.device)
    return counts.scatter_add(0, places, inside.to(x.dtype)), edges


@operation
def corrcoef(x: Any) -> torch.Tensor:
    """Return the correlation of each pair of variables, `(variables, variables)`.

    Args:
        x: `(variables, observations)`.
    """
    x = floats(x)
    if not x.ndim:
        return torch.full_like(x, float("nan"))
    centred = x - x.mean(-1, keepdim=True)
    # Not torch.corrcoef: it looks at values, which the symbols of a model do not have.
    products = torch.matmul(centred, centred.mH if x.ndim > 1 else centred.conj())
    lengths = torch.sqrt(torch.linalg.vecdot(centred, centred).real)
    found = products / (lengths[..., :, None] * lengths[..., None, :] if x.ndim > 1 else lengths**2)
    if x.is_complex():
        return torch.complex(found.real.clamp(-1, 1), found.imag.clamp(-1, 1))
    return found.clamp(-1, 1)


@operation
def correlate(x1: Any, x2: Any, mode: str = "valid") -> torch.Tensor:
    """Return the sums of products of a sequence and another that is shifted along it.

    Args:
        x1: `(count,)`.
        x2: `(length,)`, not longer.
        mode: `"valid"`: where all of `x2` is over `x1`; `"full"`: where some of it is; `"same"`:
            as many as `x1` has, in the middle.

    Raises:
        ValueError: If there is no such mode.
    """
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"correlate knows the modes valid, same and full. Received: mode={mode!r}")
    x1, x2 = alike(x1, x2)
    if not x1.is_floating_point():
        kind = torch.float64 if x1.dtype == torch.int64 else torch.float32
        x1, x2 = x1.to(kind), x2.to(kind)
    count, length = len(x1), len(x2)
    margin = 0 if mode == "valid" else length - 1
    sums = torch.nn.functional.conv1d(x1[None, None], x2[None, None], padding=margin)[0, 0]
    if mode != "same":
        return sums
    wanted = max(count, length)
    return sums.narrow(0, (count + length - 1 - wanted) // 2, wanted)
