"""Gamma, beta and binomial numbers, the same as Keras draws with TensorFlow on a CPU."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kerasish.dtypes import torch_dtype
from kerasish.random import attempts, native
from kerasish.random.draw import Device, Seed, has_no_values
from kerasish.random.philox import Stream, stream
from kerasish.random.seed_generator import draw_seed

# Keras draws the second gamma number of a beta number from this many seeds further on.
_SECOND_SEED = 12
# Numbers that are drawn at a time, for the memory that they take until they are done.
_PART = 1 << 16


def gamma(
    shape: Sequence[int],
    alpha: Any,
    dtype: Any = None,
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw numbers of the gamma distribution of scale 1, those that Keras draws.

    Args:
        shape: Shape of the result.
        alpha: Shape parameter of the distribution, more than 0: a number or what can be broadcast
            to the result.
        dtype: A float type. Defaults to `floatx()`.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.
        device: Where the result is. Defaults to the CPU.

    Raises:
        ValueError: If a parameter or the dtype is not of this kind.

    See https://keras.io/api/random/random_ops/.
    """
    kind = _float_dtype("gamma", dtype)
    size = tuple(shape)
    alphas = _parameter("gamma", "alpha", alpha, size, kind)
    where = torch.device(device or "cpu")
    if has_no_values(where):
        return torch.empty(size, dtype=kind, device=where)
    if native.is_chosen(seed):
        return torch._standard_gamma(_expanded(alphas, size).double()).to(where, kind)
    return _gamma_values(alphas, size, stream(draw_seed(seed))).to(kind).to(where)


def beta(
    shape: Sequence[int],
    alpha: Any,
    beta: Any,
    dtype: Any = None,
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw numbers of the beta distribution, those that Keras draws.

    Args:
        shape: Shape of the result.
        alpha: First parameter, more than 0: a number or what can be broadcast to the result.
        beta: Second parameter, likewise.
        dtype: A float type. Defaults to `floatx()`.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.
        device: Where the result is. Defaults to the CPU.

    Raises:
        ValueError: If a parameter or the dtype is not of this kind.

    See https://keras.io/api/random/random_ops/.
    """
    kind = _float_dtype("beta", dtype)
    size = tuple(shape)
    parameters = [
        _expanded(_parameter("beta", name, value, size, kind), size)
        for name, value in (("alpha", alpha), ("beta", beta))
    ]
    where = torch.device(device or "cpu")
    if has_no_values(where):
        return torch.empty(size, dtype=kind, device=where)
    if native.is_chosen(seed):
        one, other = (torch._standard_gamma(values.double()).to(kind) for values in parameters)
    else:
        first, second = draw_seed(seed)
        pairs = (first, second), (first + _SECOND_SEED, second + _SECOND_SEED)
        one, other = (
            _gamma_values(values, size, stream(pair)).to(kind)
            for values, pair in zip(parameters, pairs, strict=True)
        )
    return (one / (one + other)).to(where)


def binomial(
    shape: Sequence[int],
    counts: Any,
    probabilities: Any,
    dtype: Any = None,
    seed: Seed = None,
    *,
    device: Device = None,
) -> torch.Tensor:
    """Draw numbers of successes in independent trials, those that Keras draws.

    Args:
        shape: Shape of the result.
        counts: Number of trials: a number or what can be broadcast to the result.
        probabilities: Probability of a success, from 0 to 1, likewise.
        dtype: A float type. Defaults to `floatx()`.
        seed: An integer, which draws the same each time; a `SeedGenerator`; or None for the global
            generator.
        device: Where the result is. Defaults to the CPU.

    Raises:
        ValueError: If a parameter or the dtype is not of this kind.

    See https://keras.io/api/random/random_ops/.
    """
    kind = _float_dtype("binomial", dtype)
    size = tuple(shape)
    wide = probabilities.dtype if isinstance(probabilities, torch.Tensor) else torch.float32
    chances = _parameter("binomial", "probabilities", probabilities, size, wide, least=-1)
    trials = _parameter("binomial", "counts", counts, size, wide, least=-1)
    if bool((chances > 1).any()):
        raise ValueError(
            "binomial's `probabilities` have to be from 0 to 1. "
            f"Received: probabilities={probabilities!r}"
        )
    where = torch.device(device or "cpu")
    if has_no_values(where):
        return torch.empty(size, dtype=kind, device=where)
    trials, chances = torch.broadcast_tensors(trials, chances)
    if native.is_chosen(seed):
        values = torch.binomial(_expanded(trials, size), _expanded(chances, size))
        return values.to(kind).to(where)
    values = _binomial_values(trials, chances, size, stream(draw_seed(seed)))
    return values.to(kind).to(where)


def _gamma_values(alphas: torch.Tensor, size: tuple[int, ...], source: Stream) -> torch.Tensor:
    """Return gamma numbers in float64, at least the smallest normal number of the alphas' dtype."""
    flat, order = _in_order(alphas, size)
    out = np.empty(len(order))
    wide = flat.double().numpy()
    for start in range(0, len(order), _PART):
        part = slice(start, start + _PART)
        out[part] = attempts.gamma(source, order[part], wide[part])
    return torch.from_numpy(out).view(size).clamp_(min=torch.finfo(alphas.dtype).tiny)


def _binomial_values(
    trials: torch.Tensor, chances: torch.Tensor, size: tuple[int, ...], source: Stream
) -> torch.Tensor:
    counts, order = _in_order(trials, size)
    rates, _ = _in_order(chances, size)
    out = np.empty(len(order))
    for start in range(0, len(order), _PART):
        part = slice(start, start + _PART)
        arrays = counts[part].numpy(), rates[part].numpy()
        out[part] = attempts.binomial(source, order[part], *arrays)
    return torch.from_numpy(out).view(size)


def _in_order(parameter: torch.Tensor, size: tuple[int, ...]) -> tuple[torch.Tensor, np.ndarray]:
    """Return a parameter of each number, and each number's place in TensorFlow's order.

    TensorFlow draws all samples for the first parameter, then those for the second, and so on.

    Args:
        parameter: What can be broadcast to the result.
        size: Shape of the result.
    """
    count = math.prod(size)
    ends = parameter.dim() <= len(size) and size[len(size) - parameter.dim() :] == parameter.shape
    own = parameter.numel() if ends else count
    places = np.arange(count).reshape(own, -1).T if count else np.arange(0)
    return _expanded(parameter, size).reshape(-1), places.reshape(-1)


def _expanded(parameter: torch.Tensor, size: tuple[int, ...]) -> torch.Tensor:
    return parameter.expand(size).contiguous()


def _parameter(
    function: str,
    name: str,
    value: Any,
    size: tuple[int, ...],
    dtype: torch.dtype,
    *,
    least: float = 0.0,
) -> torch.Tensor:
    """Return a parameter on the CPU, in a dtype that NumPy has too."""
    narrow = torch.float32 if dtype == torch.bfloat16 else dtype
    values = torch.as_tensor(value, dtype=narrow, device="cpu").detach()
    allowed = values > least if least >= 0 else values >= 0
    if not bool(allowed.all()):
        raise ValueError(
            f"{function}'s `{name}` has to be {'more than 0' if least >= 0 else '0 or more'}. "
            f"Received: {name}={value!r}"
        )
    try:
        values.expand(size)
    except RuntimeError as error:
        raise ValueError(
            f"{function}'s `{name}` cannot be broadcast to the shape {size}. "
            f"Received: {name} of shape {tuple(values.shape)}"
        ) from error
    return values


def _float_dtype(function: str, dtype: Any) -> torch.dtype:
    kind = torch_dtype(dtype)
    if not kind.is_floating_point:
        raise ValueError(f"{function}'s `dtype` has to be a float type. Received: dtype={dtype!r}")
    return kind
