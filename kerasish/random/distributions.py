"""Random tensors, the same as Keras draws with TensorFlow on a CPU."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index
from typing import Any

import torch
from torch.nn import functional

from kerasish.activations.array_like import takes_array_like
from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.random import native
from kerasish.random.batch_rows import rows_drawn
from kerasish.random.draw import (
    Device,
    Seed,
    as_keras_reads,
    random_floats,
    random_mask,
    rounded,
)
from kerasish.random.integers import random_integers


def uniform(
    shape: Sequence[int],
    minval: Any = 0.0,
    maxval: Any = 1.0,
    dtype: Any = None,
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw numbers uniform in `[minval, maxval)`, bit for bit those of Keras on TensorFlow.

    Args:
        shape: Shape of the result.
        minval: Lower bound, included: a number or a tensor to broadcast.
        maxval: Upper bound, not included, likewise.
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
    low, high = (rounded(as_keras_reads(bound), kind) for bound in (minval, maxval))
    return _scaled("uniform", size, kind, rounded(high - low, kind), low, seed, device)


def normal(
    shape: Sequence[int],
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = None,
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw normal numbers, bit for bit those of Keras on TensorFlow.

    In float64 about one of six hundred differs in its last bit; on other devices than the CPU and
    in compiled code some do in all types.

    Args:
        shape: Shape of the result.
        mean: Mean: a number or a tensor to broadcast.
        stddev: Standard deviation, likewise.
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
    return _scaled("normal", size, kind, scale, offset, seed, device)


def truncated_normal(
    shape: Sequence[int],
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = None,
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw normal numbers less than two standard deviations from the mean, those of Keras.

    They agree as those of `normal` do.

    Args:
        shape: Shape of the result.
        mean: Mean: a number or a tensor to broadcast.
        stddev: Standard deviation before the truncation, likewise.
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
    return _scaled("truncated_normal", size, kind, scale, offset, seed, device)


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
    try:
        low, high = index(minval), index(maxval)
        allowed = limits.min <= low < high <= limits.max
    except TypeError:
        allowed = False
    if not allowed:
        raise ValueError(
            f"randint needs integers minval < maxval, both of {str(kind)[6:]}. "
            f"Received: minval={minval!r}, maxval={maxval!r}"
        )
    values = random_integers(math.prod(size), low, high, kind, seed, device)
    return values.to(torch_dtype(name)).view(size)


@takes_array_like
def dropout(
    inputs: torch.Tensor,
    rate: float,
    noise_shape: Sequence[int | None] | None = None,
    seed: Seed = None,
) -> torch.Tensor:
    """Set a random share of the entries to 0 and divide the others by `1 - rate`, as Keras does.

    Args:
        inputs: Tensor or array of floats. Where it is, the mask is drawn.
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
        # Not zeros_like, as the gradient of the inputs is 0, not None.
        return torch.where(torch.zeros((), dtype=torch.bool, device=inputs.device), inputs, 0.0)
    if rate == 0:
        return inputs
    if not inputs.is_floating_point():
        raise ValueError(f"dropout scales floats. Received: inputs of dtype={inputs.dtype}")
    size = tuple(inputs.shape)
    if noise_shape is not None:
        size = _noise_size(noise_shape, size)
    rows = rows_drawn(size)
    drawn = size if rows is None else rows.whole(size)
    if native.is_chosen(seed):
        if noise_shape is None and rows is None:
            return functional.dropout(inputs, rate, training=True)
        factors = functional.dropout(inputs.new_ones(drawn), rate, training=True)
        return inputs * (factors if rows is None else rows.part(factors))
    kind = inputs.dtype
    keep = random_mask(math.prod(drawn), rate, kind, seed, inputs.device).view(drawn)
    if rows is not None:
        keep = rows.part(keep)
    return torch.where(keep, inputs * rounded(1 / (1 - rate), kind), 0.0)


def _noise_size(noise_shape: Sequence[int | None], size: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a mask, with the lengths of the inputs in place of None."""
    if len(noise_shape) <= len(size):
        noise_size = tuple(
            size[axis] if length is None else length for axis, length in enumerate(noise_shape)
        )
        trailing = size[len(size) - len(noise_size) :]
        if all(a in (1, b) for a, b in zip(noise_size, trailing, strict=True)):
            return noise_size
    raise ValueError(
        f"dropout's `noise_shape` cannot be broadcast to the shape of the inputs, {size}. "
        f"Received: noise_shape={tuple(noise_shape)}"
    )


def _scaled(
    distribution: str,
    size: tuple[int, ...],
    dtype: torch.dtype,
    scale: Any,
    offset: Any,
    seed: Seed,
    device: Device,
) -> torch.Tensor:
    """Draw `scale * value + offset`, where scale and offset may be tensors to broadcast."""
    count = math.prod(size)
    if not any(_is_array(number) for number in (scale, offset)):
        rows = rows_drawn(size)
        if rows is not None:
            size = rows.whole(size)
            count = math.prod(size)
            values = random_floats(distribution, count, dtype, scale, offset, seed, device)
            return rows.part(values.view(size))
        values = random_floats(distribution, count, dtype, scale, offset, seed, device)
        return values.view(size)
    values = random_floats(distribution, count, dtype, 1.0, 0.0, seed, device).view(size)
    result = values * scale + offset
    if result.shape != values.shape:
        raise ValueError(
            f"{distribution}'s parameters cannot be broadcast to its shape. "
            f"Received: shape={size}, and parameters that give {tuple(result.shape)}"
        )
    return result


def _is_array(number: Any) -> bool:
    """Whether a parameter cannot be handed on as a number: it has dimensions or a gradient."""
    return isinstance(number, torch.Tensor) and (number.dim() > 0 or number.requires_grad)


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
