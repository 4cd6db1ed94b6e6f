"""One seed for all sources of random numbers."""

from __future__ import annotations

import random as python_random

import numpy as np
import torch

from kerasish.random.seed_generator import reset_global_seed_generator

_random_seed: int | None = None


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
    reset_global_seed_generator()
    python_random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global state is what is to be seeded
    torch.manual_seed(seed)


def get_random_seed() -> int | None:
    """Return the seed last given to `set_random_seed`, or None."""
    return _random_seed
