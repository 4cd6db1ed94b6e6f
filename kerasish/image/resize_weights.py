"""The weights by which resizing an axis mixes its entries, as TensorFlow computes them.

Every method is a matrix `(new size, old size)` for an axis, because all of them treat height and
width apart. The sums are made in float32 where TensorFlow makes them in float32, because a place
that lies on a border falls to one side or the other by its last bit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_ONE = np.float32(1)
# TensorFlow looks the cubic kernel up in a table of this many steps.
_CUBIC_STEPS = 1024
# Sums of weights that are smaller than this are not divided by.
_LEAST_SUM = 1000 * np.finfo(np.float32).tiny


def _centers(new: int, old: int) -> np.ndarray:
    """Return where the centers of the new entries lie among the old ones, float32 `(new,)`."""
    scale = np.float32(old) / np.float32(new)
    return (np.arange(new, dtype=np.float32) + np.float32(0.5)) * scale


def nearest_indices(new: int, old: int) -> np.ndarray:
    """Return which old entry each new one is, `(new,)`."""
    return np.minimum(np.floor(_centers(new, old)).astype(np.int64), old - 1)


def bilinear(new: int, old: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what linear interpolation without antialiasing mixes.

    Returns:
        The entries below and above each new one, `(new,)`, and the weight of the latter.
    """
    places = _centers(new, old) - np.float32(0.5)
    lower = np.floor(places)
    below = np.clip(lower, 0, old - 1).astype(np.int64)
    above = np.clip(np.ceil(places), 0, old - 1).astype(np.int64)
    return below, above, places - lower


def _cubic_table() -> tuple[np.ndarray, np.ndarray]:
    """Return Keys's cubic kernel (a = -1/2) at distances from 0 to 1 and from 1 to 2."""
    a = -0.5
    near = (np.arange(_CUBIC_STEPS + 1) / _CUBIC_STEPS).astype(np.float32).astype(np.float64)
    far = near + 1.0
    inner = ((a + 2) * near - (a + 3)) * near * near + 1
    outer = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a
    return inner.astype(np.float32), outer.astype(np.float32)


def bicubic(new: int, old: int) -> np.ndarray:
    """Return the weights of cubic interpolation without antialiasing, float32 `(new, old)`."""
    inner, outer = _cubic_table()
    places = _centers(new, old) - np.float32(0.5)
    first = np.floor(places)
    step = np.rint((places - first) * np.float32(_CUBIC_STEPS)).astype(np.int64)
    back = _CUBIC_STEPS - step
    taps = np.stack([outer[step], inner[step], inner[back], outer[back]], axis=1)
    sources = first.astype(np.int64)[:, None] + np.arange(-1, 3)
    taps = np.where((sources >= 0) & (sources < old), taps, np.float32(0))
    total = taps.sum(axis=1, dtype=np.float32, keepdims=True)
    taps = np.where(np.abs(total) >= _LEAST_SUM, taps / np.where(total == 0, _ONE, total), taps)
    weights = np.zeros((new, old), np.float32)
    rows = np.arange(new)
    for place in range(4):
        weights[rows, np.clip(sources[:, place], 0, old - 1)] += taps[:, place]
    return weights


def area(new: int, old: int) -> np.ndarray:
    """Return the weights of means over the area that an entry covers, float32 `(new, old)`."""
    scale = np.float32(old) / np.float32(new)
    edges = np.arange(new + 1, dtype=np.float32) * scale
    start, stop = edges[:-1, None], edges[1:, None]
    sources = np.arange(old, dtype=np.float32)
    ends = sources + _ONE
    ends[-1] = np.float32(np.inf)  # what rounding puts after the last entry is taken for it
    covered = np.minimum(ends, stop) - np.maximum(sources, start)
    return np.maximum(covered, np.float32(0)) / scale


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(_ONE - np.abs(x), np.float32(0))


def _keys_cubic(x: np.ndarray) -> np.ndarray:
    x = np.abs(x)
    half = np.float32(0.5)
    inner = ((3 * half * x - 5 * half) * x) * x + _ONE
    outer = ((-half * x + 5 * half) * x - np.float32(4)) * x + np.float32(2)
    return np.where(x >= 2, np.float32(0), np.where(x >= 1, outer, inner))


def _lanczos(radius: int) -> Callable[[np.ndarray], np.ndarray]:
    def kernel(x: np.ndarray) -> np.ndarray:
        x = np.abs(x).astype(np.float64)
        safe = np.where(x <= 1e-3, 1.0, x)
        values = radius * np.sin(np.pi * safe) * np.sin(np.pi * safe / radius)
        values = values / (np.pi * np.pi * safe * safe)
        result = np.where(x > radius, 0.0, np.where(x <= 1e-3, 1.0, values))
        return result.astype(np.float32)

    return kernel


_KERNELS: dict[str, tuple[int, Callable[[np.ndarray], np.ndarray]]] = {
    "bilinear": (1, _triangle),
    "bicubic": (2, _keys_cubic),
    "lanczos3": (3, _lanczos(3)),
    "lanczos5": (5, _lanczos(5)),
}


def windowed(new: int, old: int, interpolation: str, antialias: bool) -> np.ndarray:
    """Return the weights of a kernel that antialiasing widens, float32 `(new, old)`.

    Args:
        new: New size.
        old: Old size.
        interpolation: `"bilinear"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        antialias: Whether the kernel grows with the factor by which the axis shrinks.
    """
    radius, kernel = _KERNELS[interpolation]
    step = np.float32(1.0 / float(np.float32(new) / np.float32(old)))
    width = max(step, _ONE) if antialias else _ONE
    places = (np.arange(new, dtype=np.float32) + np.float32(0.5)) * step
    reach = np.float32(radius) * width
    half = np.float32(0.5)
    start = np.clip(np.ceil(places - reach - half), 0, old - 1)
    stop = np.clip(np.floor(places + reach - half), 0, old - 1)
    sources = np.arange(old, dtype=np.float32)
    distances = (sources + half)[None, :] - places[:, None]
    weights = kernel(distances * (_ONE / width))
    inside = (sources >= start[:, None]) & (sources <= stop[:, None])
    weights = np.where(inside, weights, np.float32(0))
    total = weights.sum(axis=1, dtype=np.float32, keepdims=True)
    divisible = np.abs(total) >= _LEAST_SUM
    return np.where(divisible, weights / np.where(divisible, total, _ONE), weights)
