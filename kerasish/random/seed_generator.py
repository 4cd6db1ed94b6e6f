"""Where the seeds of random draws come from."""

from __future__ import annotations

import itertools
import random as python_random
from typing import Any

import torch

from kerasish.saving.registry import builtin

# Keras takes seeds modulo this number when it hands them to TensorFlow.
_SEED_MODULUS = 2**31 - 2
# The congruential step of the global generator.
_STEP_FACTOR = 5387
_STEP_MODULUS = 933199
_INT64 = 2**63

_name_indices = itertools.count()


def make_default_seed() -> int:
    """Return a new seed from Python's `random`, between 1 and 10^9."""
    return python_random.randint(1, 10**9)


@builtin("keras.random")
class SeedGenerator:
    """A counter that gives every draw another seed pair.

    Pass it as `seed` to a function of `kerasish.random` or to an initializer, and each call draws
    new numbers; with an integer each call draws the same.

    Args:
        seed: The first number of all its seed pairs. Taken from Python's `random` if None.
        name: Name of the generator.

    Attributes:
        state: The next seed pair `[seed, counter]`, an int64 tensor on the CPU.

    Raises:
        ValueError: If the seed is not an integer of 64 bits.

    Example:
        >>> seed = SeedGenerator(42)
        >>> seed.next(), seed.next()
        ((42, 0), (42, 1))

    See https://keras.io/api/random/seed_generator/.
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        if seed is not None:
            _check_seed(seed, "SeedGenerator's `seed` has to be None or an integer of 64 bits.")
        if name is None:
            index = next(_name_indices)
            name = f"seed_generator_{index}" if index else "seed_generator"
        self.name = name
        self._initial_seed = seed
        first = make_default_seed() if seed is None else int(seed)
        # Not an inference tensor, which could not be changed later.
        with torch.inference_mode(False):
            self.state = torch.tensor([first, 0], dtype=torch.int64, device="cpu")

    def next(self, ordered: bool = True) -> tuple[Any, Any]:
        """Return the seed pair of the next draw, and move on.

        Args:
            ordered: Whether the counter goes up by one. If not, both numbers go through a
                congruential step, as they do in Keras's global generator.

        Returns:
            Two ints; two int64 tensors in code that torch compiles.
        """
        if torch.compiler.is_compiling():
            seed, counter = self.state.clone().unbind()
        else:
            seed, counter = self.state.tolist()
        if ordered:
            self.skip(1)
        else:
            self.state.add_(1).mul_(_STEP_FACTOR).remainder_(_STEP_MODULUS)
        return seed, counter

    @property
    def has_given_seed(self) -> bool:
        """Whether the seed was given, and not taken from Python's `random`."""
        return self._initial_seed is not None

    def skip(self, count: int) -> None:
        """Move on as `count` draws would."""
        self.state[1] += count

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make a generator, at its beginning, from what `get_config` gave."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"SeedGenerator(state={self.state.tolist()}, name={self.name!r})"


_global: SeedGenerator | None = None


def global_seed_generator() -> SeedGenerator:
    """Return the generator behind draws with `seed=None`, made at the first of them."""
    global _global
    if _global is None:
        _global = SeedGenerator()
    return _global


def reset_global_seed_generator() -> None:
    """Forget the global generator, so that the next draw makes a new one."""
    global _global
    _global = None


def draw_seed(seed: int | SeedGenerator | None) -> tuple[Any, Any]:
    """Return the seed pair of one draw, as TensorFlow receives it from Keras.

    Args:
        seed: An integer, which gives the same pair each time; a generator; or None for the global
            generator.

    Raises:
        ValueError: For anything else.
    """
    if isinstance(seed, SeedGenerator):
        pair = seed.next()
    elif seed is None:
        pair = global_seed_generator().next(ordered=False)
    else:
        _check_seed(seed, "`seed` has to be None, an integer of 64 bits or a SeedGenerator.")
        pair = (int(seed), 0)
    return pair[0] % _SEED_MODULUS, pair[1] % _SEED_MODULUS


def _check_seed(seed: Any, message: str) -> None:
    if not isinstance(seed, int) or isinstance(seed, bool) or not -_INT64 <= seed < _INT64:
        raise ValueError(f"{message} Received: seed={seed!r} (of type {type(seed).__name__})")
