"""Gamma, beta and binomial numbers: Keras's distributions, but not the numbers Keras draws.

TensorFlow draws these by rejection, with a number of steps that differs from one to the next.
Here torch's samplers do it, from a generator seeded by the seed pair: the same seed draws the same
numbers on the same version of torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kerasish.dtypes import torch_dtype
from kerasish.random import native
from kerasish.random.philox import stream
from kerasish.random.seed_generator import SeedGenerator, draw_seed

# Keras draws the second gamma number of a beta number from this many seeds further on.
_SECOND_SEED = 12


def gamma(
    shape: Sequence[int],
    alpha: Any,
    dtype: Any = None,
    seed: int | SeedGenerator | None = None,
    *,
    device: torch.device | str | None = None,
) -> torch.Tensor:
    """Draw numbers of the gamma distribution of scale 1. They are not the ones Keras draws.

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
    alphas = _parameter("gamma", "alpha", alpha, shape)
    values = torch._standard_gamma(alphas, generator=_generator(seed))
    return values.to(device=device or "cpu", dtype=kind)


def beta(
    shape: Sequence[int],
    alpha: Any,
    beta: Any,
    dtype: Any = None,
    seed: int | SeedGenerator | None = None,
    *,
    device: torch.device | str | None = None,
) -> torch.Tensor:
    """Draw numbers of the beta distribution. They are not the ones Keras draws.

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
    alphas = _parameter("beta", "alpha", alpha, shape)
    betas = _parameter("beta", "beta", beta, shape)
    pair = None if native.is_chosen(seed) else draw_seed(seed)
    one = torch._standard_gamma(alphas, generator=_generator(pair))
    other = torch._standard_gamma(betas, generator=_generator(pair, _SECOND_SEED))
    return (one / (one + other)).to(device=device or "cpu", dtype=kind)


def binomial(
    shape: Sequence[int],
    counts: Any,
    probabilities: Any,
    dtype: Any = None,
    seed: int | SeedGenerator | None = None,
    *,
    device: torch.device | str | None = None,
) -> torch.Tensor:
    """Draw numbers of successes in independent trials. They are not the ones Keras draws.

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
    trials = _parameter("binomial", "counts", counts, shape, least=-1)
    chances = _parameter("binomial", "probabilities", probabilities, shape, least=-1)
    if bool((chances > 1).any()):
        raise ValueError(
            "binomial's `probabilities` have to be from 0 to 1. "
            f"Received: probabilities={probabilities!r}"
        )
    values = torch.binomial(trials, chances, generator=_generator(seed))
    return values.to(device=device or "cpu", dtype=kind)


def _generator(seed: Any, further: int = 0) -> torch.Generator | None:
    """Return a generator of torch for a seed; None for the one of all where that is chosen.

    Args:
        seed: See `draw_seed`; or a pair that it gave.
        further: Is added to both numbers of the pair.
    """
    if native.is_chosen(seed):
        return None
    first, second = seed if isinstance(seed, tuple) else draw_seed(seed)
    source = stream((first + further, second + further))
    generator = torch.Generator()
    # Torch takes 64 bits, of which the highest is a sign.
    generator.manual_seed((source.key[0] << 31) ^ source.key[1])
    return generator


def _parameter(
    function: str, name: str, value: Any, shape: Sequence[int], *, least: float = 0.0
) -> torch.Tensor:
    """Return a parameter as a float64 tensor of the result's shape."""
    values = torch.as_tensor(value, dtype=torch.float64, device="cpu")
    allowed = values > least if least >= 0 else values >= 0
    if not bool(allowed.all()):
        raise ValueError(
            f"{function}'s `{name}` has to be {'more than 0' if least >= 0 else '0 or more'}. "
            f"Received: {name}={value!r}"
        )
    try:
        return values.expand(tuple(shape)).contiguous()
    except RuntimeError as error:
        raise ValueError(
            f"{function}'s `{name}` cannot be broadcast to the shape {tuple(shape)}. "
            f"Received: {name} of shape {tuple(values.shape)}"
        ) from error


def _float_dtype(function: str, dtype: Any) -> torch.dtype:
    kind = torch_dtype(dtype)
    if not kind.is_floating_point:
        raise ValueError(f"{function}'s `dtype` has to be a float type. Received: dtype={dtype!r}")
    return kind
