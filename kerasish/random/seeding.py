"""One seed for all sources of random numbers."""

from __future__ import annotations

import random as python_random
from typing import Any

import numpy as np
import torch

from kerasish.random import seed_generator
from kerasish.random.seed_generator import reset_global_seed_generator

_random_seed: int | None = None
# Gives the seeds of random operations that have none, as TensorFlow's eager context does.
_operation_seeds = python_random.Random()


def set_random_seed(seed: int) -> None:
    """Seed Python's `random`, NumPy and torch, and start Keras's global generator anew.

    Layers and initializers made after it get the seeds, and so the weights, that they get in
    Keras on TensorFlow after `keras.utils.set_random_seed(seed)`.

    Args:
        seed: From 0 to 2^32 - 1.

    Raises:
        ValueError: If the seed is not such an integer.

    See https://keras.io/api/utils/python_utils/#setrandomseed-function.
    """
    global _random_seed
    if not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ValueError(
            "set_random_seed's `seed` has to be an integer from 0 to 2^32 - 1. "
            f"Received: seed={seed!r} (of type {type(seed).__name__})"
        )
    _random_seed = seed
    _operation_seeds.seed(seed)
    reset_global_seed_generator()
    python_random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global state is what is to be seeded
    torch.manual_seed(seed)


def get_random_seed() -> int | None:
    """Return the seed last given to `set_random_seed`, or None."""
    return _random_seed


def random_state() -> dict[str, Any]:
    """Return where all sources of random numbers stand, but for the seeds of layers.

    That is Python's `random`, NumPy's and torch's generators (on the CPU), the seed last set, and
    the generator behind draws without a seed. All of it can be pickled.
    """
    generator = seed_generator._global
    return {
        "seed": _random_seed,
        "global": None if generator is None else generator.state.tolist(),
        "python": python_random.getstate(),
        "numpy": np.random.get_state(),  # noqa: NPY002 - what users draw from
        "torch": torch.get_rng_state(),
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Let all sources of random numbers go on from where `random_state` found them."""
    global _random_seed
    _random_seed = state["seed"]
    if state["global"] is None:
        reset_global_seed_generator()
    else:
        seed_generator.global_seed_generator().state.copy_(torch.tensor(state["global"]))
    python_random.setstate(state["python"])
    np.random.set_state(state["numpy"])  # noqa: NPY002
    torch.set_rng_state(state["torch"])


def next_operation_seed() -> int:
    """Return the seed of the next random operation that has none, from 0 to 2^31 - 1."""
    return _operation_seeds.randint(0, 2**31 - 1)
