"""Initializers that draw from one distribution, whatever the shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from kerasish import random
from kerasish.initializers.initializer import Initializer
from kerasish.random import SeedGenerator, native
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object


class RandomInitializer(Initializer):
    """Base class of initializers with a seed.

    Args:
        seed: An integer; a `SeedGenerator`; the config of one; or None, for a seed that is drawn
            from Python's `random` now. With an integer or None every call draws the same values,
            with a `SeedGenerator` every call draws others.

    Raises:
        ValueError: If the seed is nothing of these.
    """

    def __init__(self, seed: Any = None) -> None:
        self._init_seed = seed
        if seed is None:
            seed = random.make_default_seed()
        elif isinstance(seed, Mapping):
            seed = deserialize_keras_object(seed)
        if not isinstance(seed, (int, SeedGenerator)):
            raise ValueError(
                f"{type(self).__name__}'s `seed` has to be None, an integer or a SeedGenerator. "
                f"Received: seed={seed!r}"
            )
        self.seed = seed

    @property
    def _source(self) -> Any:
        """The seed; None for torch's generator, where it is chosen and no seed was given."""
        return None if native.is_chosen(self._init_seed) else self.seed

    def get_config(self) -> dict[str, Any]:
        """Return the seed as it was given."""
        return {"seed": serialize_keras_object(self._init_seed)}


@builtin("keras.initializers", "random_normal", "normal")
class RandomNormal(RandomInitializer):
    """Normal numbers.

    Args:
        mean: Mean.
        stddev: Standard deviation.
        seed: See `RandomInitializer`.

    See https://keras.io/api/layers/initializers/#randomnormal-class.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return numbers of a shape and float dtype."""
        return random.normal(shape, self.mean, self.stddev, dtype=dtype, seed=self._source)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


@builtin("keras.initializers", "truncated_normal")
class TruncatedNormal(RandomInitializer):
    """Normal numbers less than two standard deviations from the mean.

    Args:
        mean: Mean.
        stddev: Standard deviation before the truncation.
        seed: See `RandomInitializer`.

    See https://keras.io/api/layers/initializers/#truncatednormal-class.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return numbers of a shape and float dtype."""
        return random.truncated_normal(
            shape, self.mean, self.stddev, dtype=dtype, seed=self._source
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


@builtin("keras.initializers", "random_uniform", "uniform")
class RandomUniform(RandomInitializer):
    """Numbers uniform in `[minval, maxval)`.

    Args:
        minval: Lower bound.
        maxval: Upper bound.
        seed: See `RandomInitializer`.

    See https://keras.io/api/layers/initializers/#randomuniform-class.
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return numbers of a shape and float dtype."""
        return random.uniform(shape, self.minval, self.maxval, dtype=dtype, seed=self._source)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}
