"""Quantiles, of all numbers or of those that are not NaN."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.config import floatx
from kerasish.dtypes import torch_dtype
from kerasish.ops.dispatch import axes_of, operation
from kerasish.ops.promotion import floats, plain

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


@operation
def quantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> torch.Tensor:
    """Return the numbers below which a share `q` of all lies.

    Args:
        x: Any shape.
        q: A share from 0 to 1, or several, `(shares,)`: then the first axis of the result.
        axis: The axis or axes; all by default.
        method: What is taken between two numbers: `"linear"`, `"lower"`, `"higher"`,
            `"midpoint"`, `"nearest"`.
        keepdims: Whether the axes stay with size 1.
    """
    return _quantile("quantile", x, plain(q), axis, method, keepdims, skip_nan=False)


@operation
def nanquantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> torch.Tensor:
    """Return the numbers below which a share `q` of those lies that are not NaN, see `quantile`."""
    q = plain(q).to(torch_dtype(floatx()))
    return _quantile("nanquantile", x, q, axis, method, keepdims, skip_nan=True)


@operation
def percentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> torch.Tensor:
    """Return the numbers below which `q` percent of all lie, see `quantile`."""
    q = plain(q).to(torch_dtype(floatx())) / 100
    return _quantile("percentile", x, q, axis, method, keepdims, skip_nan=False)


@operation
def nanpercentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> torch.Tensor:
    """Return the numbers below which `q` percent of those lie that are not NaN."""
    q = plain(q).to(torch_dtype(floatx())) / 100
    return _quantile("nanpercentile", x, q, axis, method, keepdims, skip_nan=True)


@operation
def median(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the middle number over axes, all by default; the mean of two in the middle."""
    return quantile(x, 0.5, axis, keepdims=keepdims)


@operation
def nanmedian(x: Any, axis: Any = None, keepdims: bool = False) -> torch.Tensor:
    """Return the middle one of the numbers that are not NaN, over axes."""
    return nanquantile(x, 0.5, axis, keepdims=keepdims)


def _quantile(
    name: str, x: Any, q: torch.Tensor, axis: Any, method: str, keepdims: bool, *, skip_nan: bool
) -> torch.Tensor:
    if method not in _METHODS:
        raise ValueError(f"{name} knows the methods {_METHODS}. Received: method={method!r}")
    x = floats(x)
    axes = sorted(one % x.ndim for one in axes_of(x, axis))
    others = [one for one in range(x.ndim) if one not in axes]
    rows = x.permute([*others, *axes]).reshape([*(x.shape[one] for one in others), -1])
    ordered = torch.sort(rows, stable=True).values  # NaN comes last
    nan = rows.isnan()
    count = (~nan if skip_nan else torch.ones_like(nan)).sum(-1, keepdim=True)
    shares = q.to(torch.float64).reshape(-1).to(x.device)
    found = _between(ordered, (count - 1).clamp(min=0), shares, method)
    empty = (nan.all(-1) if skip_nan else nan.any(-1))[..., None]
    found = torch.where(empty, torch.full_like(found, float("nan")), found)
    found = found.movedim(-1, 0)
    if keepdims:
        found = found.reshape([-1, *(1 if one in axes else x.shape[one] for one in range(x.ndim))])
    return found.reshape([*q.shape, *found.shape[1:]])


def _between(
    ordered: torch.Tensor, last: torch.Tensor, shares: torch.Tensor, method: str
) -> torch.Tensor:
    exact = last * shares
    limit = last.expand_as(exact)

    def at(places: torch.Tensor) -> torch.Tensor:
        return ordered.gather(-1, torch.minimum(places.long(), limit))

    if method == "nearest":
        return at(torch.round(exact))
    if method == "midpoint":
        return 0.5 * (at(torch.floor(exact)) + at(torch.ceil(exact)))
    if method != "linear":
        return at((torch.floor if method == "lower" else torch.ceil)(exact))
    lower = (torch.ceil(exact).long() - 1).clamp(min=0)
    upper = torch.minimum(lower + 1, limit)
    part = (upper - exact).to(ordered.dtype)
    return at(upper) * (1 - part) + at(lower) * part
