"""Random orders and classes, the same as Keras draws with TensorFlow on a CPU."""

from __future__ import annotations

import math
from typing import Any

import torch

from kerasish.activations.array_like import takes_array_like
from kerasish.dtypes import torch_dtype
from kerasish.random.draw import Seed, random_floats


@takes_array_like
def shuffle(x: torch.Tensor, axis: int = 0, seed: Seed = None) -> torch.Tensor:
    """Return a tensor with its slices along an axis in random order, the one that Keras draws.

    Args:
        x: The tensor or array.
        axis: The axis.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.

    See https://keras.io/api/random/random_ops/.
    """
    keys = random_floats("uniform", x.shape[axis], torch.float32, 1.0, 0.0, seed, x.device)
    return x.index_select(axis, torch.sort(keys, stable=True).indices)


@takes_array_like
def categorical(
    logits: torch.Tensor, num_samples: int, dtype: Any = "int32", seed: Seed = None
) -> torch.Tensor:
    """Draw classes with probabilities `softmax(logits)`, those that Keras draws.

    TensorFlow splits a large batch among its threads, and draws other numbers for each number of
    threads. These are the ones of a single thread, and of any small batch.

    Args:
        logits: Log-probabilities, not normalized, `(batch, classes)`. A class whose logit is
            infinite or NaN is never drawn; a row of such logits alone gives the number of classes.
        num_samples: Number of draws for each row.
        dtype: Dtype of the result.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.

    Returns:
        Class indices `(batch, num_samples)`.

    Raises:
        ValueError: If the logits are not a matrix.

    See https://keras.io/api/random/random_ops/.
    """
    if logits.dim() != 2:
        raise ValueError(
            "categorical's `logits` have the shape (batch, classes). "
            f"Received: shape={tuple(logits.shape)}"
        )
    batch = logits.shape[0]
    wide = logits.double()
    finite = torch.isfinite(wide)
    largest = wide.where(finite, -math.inf).amax(1, keepdim=True)
    cumulative = torch.exp(wide - largest).where(finite, 0.0).cumsum(1)
    values = random_floats(
        "uniform", batch * num_samples, torch.float64, 1.0, 0.0, seed, logits.device
    )
    sought = values.view(batch, num_samples) * cumulative[:, -1:]
    return torch.searchsorted(cumulative, sought, right=True).to(torch_dtype(dtype))
