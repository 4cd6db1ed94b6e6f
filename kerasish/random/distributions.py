"""Random tensors, the same as Keras draws with TensorFlow on a CPU."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.random.draw import Device, Seed, random_floats, rounded
from kerasish.random.integers import random_integers


def uniform(
    shape: Sequence[int],
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: Any = None,
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw numbers uniform in `[minval, maxval)`, bit for bit those of Keras on TensorFlow.

    Args:
        shape: Shape of the result.
        minval: Lower bound, included.
        maxval: Upper bound, not included.
        dtype: A float type. Defaults to `floatx()`.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.
        device: Where the result is. Defaults to the CPU.

    Raises:
        ValueError: If shape, dtype or seed are not of these kinds.

    See https://keras.io/api/random/random_ops/.
    """
    kind = _float_dtype("uniform", dtype)
    size = _size("uniform", shape)
    # Keras takes Python floats by way of float32 here, even for float64.
    low, high = (rounded(rounded(bound, torch.float32), kind) for bound in (minval, maxval))
    scale = rounded(high - low, kind)
    values = random_floats("uniform", math.prod(size), kind, scale, low, seed, device)
    return values.view(size)


def normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = None,
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw normal numbers, those of Keras on TensorFlow.

    Args:
        shape: Shape of the result.
        mean: Mean.
        stddev: Standard deviation.
        dtype: A float type. Defaults to `floatx()`.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.
        device: Where the result is. Defaults to the CPU.

    Raises:
        ValueError: If shape, dtype or seed are not of these kinds.

    See https://keras.io/api/random/random_ops/.
    """
    kind = _float_dtype("normal", dtype)
    size = _size("normal", shape)
    scale, offset = rounded(stddev, kind), rounded(mean, kind)
    values = random_floats("normal", math.prod(size), kind, scale, offset, seed, device)
    return values.view(size)


def truncated_normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = None,
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw normal numbers less than two standard deviations from the mean, as Keras does.

    Args:
        shape: Shape of the result.
        mean: Mean.
        stddev: Standard deviation before the truncation.
        dtype: A float type. Defaults to `floatx()`.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.
        device: Where the result is. Defaults to the CPU.

    Raises:
        ValueError: If shape, dtype or seed are not of these kinds.

    See https://keras.io/api/random/random_ops/.
    """
    kind = _float_dtype("truncated_normal", dtype)
    size = _size("truncated_normal", shape)
    scale, offset = rounded(stddev, kind), rounded(mean, kind)
    values = random_floats("truncated_normal", math.prod(size), kind, scale, offset, seed, device)
    return values.view(size)


def randint(
    shape: Sequence[int],
    minval: int,
    maxval: int,
    dtype: Any = "int32",
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw integers uniform in `[minval, maxval)`, bit for bit those of Keras on TensorFlow.

    Args:
        shape: Shape of the result.
        minval: Lower bound, included.
        maxval: Upper bound, not included.
        dtype: An integer type.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.
        device: Where the result is. Defaults to the CPU.

    Raises:
        ValueError: If shape, bounds, dtype or seed are not of these kinds.

    See https://keras.io/api/random/random_ops/.
    """
    name = standardize_dtype(dtype)
    if "int" not in name:
        raise ValueError(f"randint's `dtype` has to be an integer type. Received: dtype={dtype!r}")
    size = _size("randint", shape)
    # TensorFlow draws int32 and int64, and Keras casts int64 to the others.
    kind = torch.int32 if name == "int32" else torch.int64
    limits = torch.iinfo(kind)
    if not limits.min <= minval < maxval <= limits.max:
        raise ValueError(
            f"randint needs minval < maxval, both of {str(kind)[6:]}. "
            f"Received: minval={minval!r}, maxval={maxval!r}"
        )
    values = random_integers(math.prod(size), minval, maxval, kind, seed, device)
    return values.to(torch_dtype(name)).view(size)


def dropout(
    inputs: torch.Tensor,
    rate: float,
    noise_shape: Sequence[int | None] | None = None,
    seed: Seed = None,
) -> torch.Tensor:
    """Set a random share of the entries to 0 and divide the others by `1 - rate`, as Keras does.

    Args:
        inputs: Tensor of floats. Where it is, the mask is drawn.
        rate: Share of entries to drop, from 0 to 1.
        noise_shape: Shape of the mask, which is broadcast to that of the inputs. None stands for
            a length of the inputs.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.

    Returns:
        Tensor of the shape and dtype of the inputs.

    Raises:
        ValueError: If an argument is not of these kinds.

    See https://keras.io/api/random/random_ops/.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"dropout's `rate` has to be from 0 to 1. Received: rate={rate!r}")
    if rate == 1:
        return torch.zeros_like(inputs)
    if rate == 0:
        return inputs
    if not inputs.is_floating_point():
        raise ValueError(f"dropout scales floats. Received: inputs of dtype={inputs.dtype}")
    size = tuple(inputs.shape)
    if noise_shape is not None:
        if len(noise_shape) != inputs.dim():
            raise ValueError(
                "dropout's `noise_shape` needs an entry for each dimension of the inputs, "
                f"{inputs.dim()}. Received: noise_shape={tuple(noise_shape)}"
            )
        size = tuple(
            length if given is None else given
            for given, length in zip(noise_shape, size, strict=True)
        )
    kind = inputs.dtype
    values = random_floats("uniform", math.prod(size), kind, 1.0, 0.0, seed, inputs.device)
    keep = values.view(size) >= rounded(rate, kind)
    return torch.where(keep, inputs * rounded(1 / (1 - rate), kind), 0.0)


def shuffle(x: torch.Tensor, axis: int = 0, seed: Seed = None) -> torch.Tensor:
    """Return a tensor with its slices along an axis in random order, the one that Keras draws.

    Args:
        x: The tensor.
        axis: The axis.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.

    See https://keras.io/api/random/random_ops/.
    """
    keys = random_floats("uniform", x.shape[axis], torch.float32, 1.0, 0.0, seed, x.device)
    return x.index_select(axis, torch.sort(keys, stable=True).indices)


def categorical(
    logits: torch.Tensor, num_samples: int, dtype: Any = "int32", seed: Seed = None
) -> torch.Tensor:
    """Draw classes with probabilities `softmax(logits)`, those that Keras draws.

    TensorFlow splits a large batch among its threads, and draws other numbers for each number of
    threads. These are the ones of a single thread, and of any small batch.

    Args:
        logits: Log-probabilities, not normalized, `(batch, classes)`.
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
    cumulative = torch.exp(wide - wide.amax(1, keepdim=True)).cumsum(1)
    values = random_floats(
        "uniform", batch * num_samples, torch.float64, 1.0, 0.0, seed, logits.device
    )
    sought = values.view(batch, num_samples) * cumulative[:, -1:]
    return torch.searchsorted(cumulative, sought, right=True).to(torch_dtype(dtype))


def _size(function: str, shape: Sequence[int]) -> tuple[int, ...]:
    size = tuple(int(length) for length in shape)
    if any(length < 0 for length in size):
        raise ValueError(f"{function}'s `shape` has a negative length. Received: shape={size}")
    return size


def _float_dtype(function: str, dtype: Any) -> torch.dtype:
    kind = torch_dtype(dtype)
    if not kind.is_floating_point:
        raise ValueError(
            f"{function}'s `dtype` has to be a float type; integers come from randint. "
            f"Received: dtype={dtype!r}"
        )
    return kind
