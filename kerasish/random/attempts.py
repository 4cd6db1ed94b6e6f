"""Numbers that take a varying number of attempts: gamma and binomial, as TensorFlow draws them.

Each number has a part of the stream of its own, in which it goes on until an attempt is accepted.
Here all numbers make their next attempt at the same time.

Sources: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM Trans. Math.
Softw. 26(3), 2000; Hörmann, "The generation of binomial random variates", J. Statist. Comput.
Simul. 46, 1993, from which TensorFlow's acceptance departs a little.
"""

from __future__ import annotations

import numpy as np

from kerasish.random.host import box_muller, wide_uniform
from kerasish.random.philox import Stream, blocks
from kerasish.random.workspace import Workspace

# Blocks of the stream set apart for each number.
_BLOCKS_RESERVED = 256
_BLOCKS_RESERVED_FOR_FEW = 42
# From this mean on, TensorFlow draws binomial numbers by rejection.
_LARGE_MEAN = 10
# What Stirling's approximation of log(k!) lacks, for k from 0 to 9.
_STIRLING_TAILS = np.array(
    [
        *(0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509),
        *(0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720),
        *(0.00925546218271273, 0.00833056343336287),
    ]
)


class Buffered:
    """Streams of numbers of two kinds, which take blocks in turn as they need them.

    A block gives two numbers, of which the second comes first.

    Args:
        source: Key and counter.
        starts: Position in the stream where each one's part begins, `(count,)`.
    """

    def __init__(self, source: Stream, starts: np.ndarray) -> None:
        self._source = source
        self._next = starts.copy()
        self._numbers = {kind: np.empty((len(starts), 2)) for kind in ("normal", "uniform")}
        self._left = {kind: np.zeros(len(starts), np.int64) for kind in self._numbers}

    def take(self, kind: str, rows: np.ndarray) -> np.ndarray:
        """Return the next `"normal"` or `"uniform"` number of some streams.

        Args:
            kind: Which kind.
            rows: Indices of the streams.
        """
        numbers, left = self._numbers[kind], self._left[kind]
        empty = rows[left[rows] == 0]
        if empty.size:
            words = blocks(self._source, self._next[empty])
            self._next[empty] += 1
            drawn = np.empty((len(empty), 2))
            if kind == "normal":
                box_muller(words, drawn, Workspace())
            else:
                drawn[:, 0], drawn[:, 1] = wide_uniform(*words[:2]), wide_uniform(*words[2:])
            numbers[empty] = drawn
            left[empty] = 2
        left[rows] -= 1
        return numbers[rows, left[rows]]


def gamma(source: Stream, indices: np.ndarray, alphas: np.ndarray) -> np.ndarray:
    """Return gamma numbers of scale 1.

    Args:
        source: Key and counter.
        indices: The number of each in TensorFlow's order, `(count,)`.
        alphas: Shape parameter of each, more than 0.

    Returns:
        float64 array `(count,)`.
    """
    streams = Buffered(source, indices * _BLOCKS_RESERVED)
    small = alphas < 1
    d = alphas + np.where(small, 2.0 / 3, -1.0 / 3)
    c = 1.0 / 3 / np.sqrt(d)
    result = np.empty(len(alphas))
    exponential = np.flatnonzero(alphas == 1)
    result[exponential] = -np.log1p(-streams.take("uniform", exponential))
    pending = np.flatnonzero(alphas != 1)
    while pending.size:
        x = streams.take("normal", pending)
        v = 1 + c[pending] * x
        valid = v > 0
        rows, x, v = pending[valid], x[valid], v[valid]
        v = v * v * v
        u = streams.take("uniform", rows)
        with np.errstate(divide="ignore"):
            bound = 0.5 * x * x + d[rows] * (1 - v + np.log(v))
            accepted = (u < 1 - 0.0331 * (x * x) * (x * x)) | (np.log(u) < bound)
        done = rows[accepted]
        result[done] = d[done] * v[accepted]
        lifted = done[small[done]]
        result[lifted] *= streams.take("uniform", lifted) ** (1 / alphas[lifted])
        rejected = np.ones(len(pending), dtype=bool)
        rejected[np.flatnonzero(valid)[accepted]] = False
        pending = pending[rejected]
    return result


def binomial(
    source: Stream, indices: np.ndarray, counts: np.ndarray, probabilities: np.ndarray
) -> np.ndarray:
    """Return numbers of successes.

    Args:
        source: Key and counter.
        indices: The number of each in TensorFlow's order, `(count,)`.
        counts: Number of trials of each, a float array.
        probabilities: Probability of a success of each, of the same dtype.

    Returns:
        float64 array `(count,)`.
    """
    one = probabilities.dtype.type(1)
    # The rarer of the two outcomes is drawn.
    mirrored = probabilities > one / 2
    rare = np.where(mirrored, one - probabilities, probabilities)
    large = counts * rare >= _LARGE_MEAN
    fixed = (counts <= 0) | (rare <= 0)
    result = np.zeros(len(indices))
    for chosen, draw in ((~fixed & large, _by_rejection), (~fixed & ~large, _by_inversion)):
        rows = np.flatnonzero(chosen)
        if rows.size:
            trials, chances = counts[rows].astype(float), rare[rows].astype(float)
            result[rows] = draw(source, indices[rows], trials, chances)
    return np.where(mirrored & (counts > 0), counts - result, result)


def _by_inversion(
    source: Stream, indices: np.ndarray, counts: np.ndarray, chances: np.ndarray
) -> np.ndarray:
    """Add up the trials until each success, until there are more than the count."""
    streams = Buffered(source, indices * _BLOCKS_RESERVED_FOR_FEW)
    used, successes = np.zeros(len(counts)), np.zeros(len(counts))
    scale = np.log1p(-chances)
    pending = np.arange(len(counts))
    while pending.size:
        with np.errstate(divide="ignore"):
            used[pending] += np.ceil(np.log(streams.take("uniform", pending)) / scale[pending])
        pending = pending[used[pending] <= counts[pending]]
        successes[pending] += 1
    return successes


def _by_rejection(
    source: Stream, indices: np.ndarray, counts: np.ndarray, chances: np.ndarray
) -> np.ndarray:
    """Transform pairs of uniform numbers until one is accepted."""
    streams = Buffered(source, indices * _BLOCKS_RESERVED)
    deviation = np.sqrt(counts * chances * (1 - chances))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * chances
    center = counts * chances + 0.5
    tight = 0.92 - 4.2 / b
    result = np.empty(len(counts))
    pending = np.arange(len(counts))
    while pending.size:
        u, v = streams.take("uniform", pending) - 0.5, streams.take("uniform", pending)
        distance = 0.5 - np.abs(u)
        with np.errstate(divide="ignore", invalid="ignore"):
            k = np.floor((2 * a[pending] / distance + b[pending]) * u + center[pending])
        accepted = (distance >= 0.07) & (v <= tight[pending])
        unsure = np.flatnonzero(~accepted & (k >= 0) & (k <= counts[pending]))
        rows = pending[unsure]
        alpha = (2.83 + 5.1 / b[rows]) * deviation[rows]
        shape = a[rows] / (distance[unsure] * distance[unsure]) + b[rows]
        bound = _log_ratio(k[unsure], counts[rows], chances[rows])
        with np.errstate(divide="ignore"):
            accepted[unsure] = np.log(v[unsure] * alpha / shape) <= bound
        result[pending[accepted]] = k[accepted]
        pending = pending[~accepted]
    return result


def _log_ratio(k: np.ndarray, n: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the logarithm of the probability of k by that of the most probable number."""
    r = p / (1 - p)
    m = np.floor((n + 1) * p)
    return (
        (m + 0.5) * np.log((m + 1) / (r * (n - m + 1)))
        + (n + 1) * np.log((n - m + 1) / (n - k + 1))
        + (k + 0.5) * np.log(r * (n - k + 1) / (k + 1))
        + _stirling_tail(m)
        + _stirling_tail(n - m)
        - _stirling_tail(k)
        - _stirling_tail(n - k)
    )


def _stirling_tail(k: np.ndarray) -> np.ndarray:
    squared = (k + 1) * (k + 1)
    series = (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / squared) / squared) / (k + 1)
    return np.where(k <= 9, _STIRLING_TAILS[np.clip(k, 0, 9).astype(np.int64)], series)
