"""A short summary of a stream of numbers, from which quantiles are read.

It is what Keras's `Discretization` keeps: places, each with the number of values up to the next.
See https://keras.io/api/layers/preprocessing_layers/numerical/discretization/.
"""

from __future__ import annotations

import numpy as np


def summarize(values: np.ndarray, epsilon: float) -> np.ndarray:
    """Summarize values.

    Args:
        values: Numbers of any shape.
        epsilon: Share of the values between two places.

    Returns:
        Places and weights, `(2, n)`.
    """
    ordered = np.sort(values, axis=None)
    step = max(ordered.size / (1.0 / epsilon), 1)
    places = ordered[int(step - 1) :: int(step)]
    return np.stack([places, np.ones_like(places) * step])


def merge(one: np.ndarray, other: np.ndarray, epsilon: float) -> np.ndarray:
    """Return the summary of all that two summaries stand for."""
    both = np.concatenate([one, other], axis=1)
    return compress(both[:, np.argsort(both[0])], epsilon)


def boundaries(summary: np.ndarray, bins: int) -> list[float]:
    """Return the numbers between `bins` equally full bins."""
    return compress(summary, 1.0 / bins)[0, :-1].tolist()


def compress(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """Return a summary with a place for each `epsilon` of the weight, if it has more."""
    places, weights = summary
    if summary.shape[1] * epsilon < 1:
        return summary
    wanted = epsilon + np.arange(0.0, 1.0, epsilon)
    passed = weights.cumsum()
    shares = passed / passed[-1]
    passed_at = np.interp(wanted, shares, passed)
    kept = np.interp(wanted, shares, places)
    return np.stack([kept, np.diff(passed_at, prepend=0.0)]).astype("float32")
