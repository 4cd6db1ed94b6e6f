"""`keras.backend`: random numbers, drawn by `kerasish.random`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish import config, random
from kerasish.backend.tensor_function import as_tensor, tensor_function
from kerasish.dtypes import torch_dtype


def random_uniform(
    shape: Sequence[int],
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> torch.Tensor:
    """Return numbers from `minval` up to `maxval`, all equally likely."""
    return random.uniform(tuple(shape), minval, maxval, dtype or config.floatx(), seed)


def random_normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> torch.Tensor:
    """Return numbers of a normal distribution."""
    return random.normal(tuple(shape), mean, stddev, dtype or config.floatx(), seed)


def truncated_normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> torch.Tensor:
    """Return numbers of a normal distribution that are at most two deviations from the mean."""
    return random.truncated_normal(tuple(shape), mean, stddev, dtype or config.floatx(), seed)


def random_bernoulli(
    shape: Sequence[int], p: float = 0.0, dtype: Any = None, seed: Any = None
) -> torch.Tensor:
    """Return ones, with probability `p`, and zeros."""
    return (random_uniform(shape, seed=seed) < p).to(torch_dtype(dtype))


random_binomial = random_bernoulli


def random_uniform_variable(
    shape: Sequence[int],
    low: float,
    high: float,
    dtype: Any = None,
    name: Any = None,
    seed: Any = None,
) -> torch.Tensor:
    """Return a tensor as `variable` does, with numbers from `low` up to `high`."""
    return random_uniform(shape, low, high, dtype, seed).requires_grad_()


def random_normal_variable(
    shape: Sequence[int],
    mean: float,
    scale: float,
    dtype: Any = None,
    name: Any = None,
    seed: Any = None,
) -> torch.Tensor:
    """Return a tensor as `variable` does, with numbers of a normal distribution."""
    return random_normal(shape, mean, scale, dtype, seed).requires_grad_()


@tensor_function
def dropout(x: Any, level: float, noise_shape: Any = None, seed: Any = None) -> torch.Tensor:
    """Set a share of the entries to 0, and enlarge the others so that the mean stays.

    Args:
        x: Floats of any shape.
        level: The share.
        noise_shape: Shape of what is drawn, which broadcasts to `x`.
        seed: A number, a `SeedGenerator` or None.
    """
    return random.dropout(as_tensor(x), level, noise_shape, seed)
