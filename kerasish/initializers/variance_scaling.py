"""Initializers whose scale depends on the number of units on either side of a weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from kerasish import random
from kerasish.initializers.random import RandomInitializer
from kerasish.saving.registry import builtin

# Standard deviation of the standard normal distribution truncated to [-2, 2], as Keras has it.
_TRUNCATED_STDDEV = 0.87962566103423978
_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")


def compute_fans(
    shape: Sequence[int],
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[int, int]:
    """Return the numbers of input and output units of a weight, `(fan_in, fan_out)`.

    A kernel of a convolution, `(..., in, out)`, has the product of all leading lengths in both.

    Args:
        shape: Shape in Keras's layout.
        input_axes: Axes to count as inputs, used if `output_axes` is given too.
        output_axes: Axes to count as outputs.
    """
    if input_axes is not None and output_axes is not None:
        return (
            math.prod(shape[axis] for axis in input_axes),
            math.prod(shape[axis] for axis in output_axes),
        )
    if len(shape) == 0:
        return 1, 1
    if len(shape) == 1:
        return int(shape[0]), int(shape[0])
    field = math.prod(shape[:-2])
    return int(shape[-2] * field), int(shape[-1] * field)


@builtin("keras.initializers", "variance_scaling")
class VarianceScaling(RandomInitializer):
    """Numbers of variance `scale / n`, where `n` is a number of units.

    Args:
        scale: More than 0.
        mode: Which number of units: `"fan_in"`, `"fan_out"` or `"fan_avg"`, the mean of the two.
        distribution: `"truncated_normal"` (or `"normal"`), `"untruncated_normal"` or `"uniform"`.
        seed: See `RandomInitializer`.
        input_axes: Axes of the shape to count as inputs.
        output_axes: Axes of the shape to count as outputs.

    Raises:
        ValueError: If an argument is not of these kinds.

    See https://keras.io/api/layers/initializers/#variancescaling-class.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        if not scale > 0:
            raise ValueError(
                f"VarianceScaling's `scale` has to be more than 0. Received: scale={scale!r}"
            )
        if mode not in _MODES:
            raise ValueError(
                f"VarianceScaling's `mode` has to be one of {_MODES}. Received: mode={mode!r}"
            )
        lower = str(distribution).lower()
        lower = "truncated_normal" if lower == "normal" else lower
        if lower not in _DISTRIBUTIONS:
            raise ValueError(
                f"VarianceScaling's `distribution` has to be one of {_DISTRIBUTIONS}. "
                f"Received: distribution={distribution!r}"
            )
        self.scale = scale
        self.mode = mode
        self.distribution = lower
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> torch.Tensor:
        """Return numbers of a shape and float dtype."""
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        units = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        variance = self.scale / max(1.0, units[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random.uniform(shape, -limit, limit, dtype=dtype, seed=self._source)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, math.sqrt(variance), dtype=dtype, seed=self._source)
        stddev = math.sqrt(variance) / _TRUNCATED_STDDEV
        return random.truncated_normal(shape, 0.0, stddev, dtype=dtype, seed=self._source)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _FixedScaling(VarianceScaling):
    """A `VarianceScaling` whose scale, mode and distribution are those of its class."""

    _arguments: tuple[float, str, str]

    def __init__(
        self,
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        scale, mode, distribution = self._arguments
        super().__init__(scale, mode, distribution, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}


@builtin("keras.initializers", "glorot_uniform")
class GlorotUniform(_FixedScaling):
    """Uniform within `sqrt(6 / (fan_in + fan_out))` of 0 (Glorot and Bengio, AISTATS 2010)."""

    _arguments = (1.0, "fan_avg", "uniform")


@builtin("keras.initializers", "glorot_normal")
class GlorotNormal(_FixedScaling):
    """Truncated normal of variance `2 / (fan_in + fan_out)` (Glorot and Bengio, AISTATS 2010)."""

    _arguments = (1.0, "fan_avg", "truncated_normal")


@builtin("keras.initializers", "lecun_normal")
class LecunNormal(_FixedScaling):
    """Truncated normal of variance `1 / fan_in` (LeCun et al., "Efficient BackProp", 1998)."""

    _arguments = (1.0, "fan_in", "truncated_normal")


@builtin("keras.initializers", "lecun_uniform")
class LecunUniform(_FixedScaling):
    """Uniform within `sqrt(3 / fan_in)` of 0 (LeCun et al., "Efficient BackProp", 1998)."""

    _arguments = (1.0, "fan_in", "uniform")


@builtin("keras.initializers", "he_normal")
class HeNormal(_FixedScaling):
    """Truncated normal of variance `2 / fan_in` (He et al., arXiv:1502.01852)."""

    _arguments = (2.0, "fan_in", "truncated_normal")


@builtin("keras.initializers", "he_uniform")
class HeUniform(_FixedScaling):
    """Uniform within `sqrt(6 / fan_in)` of 0 (He et al., arXiv:1502.01852)."""

    _arguments = (2.0, "fan_in", "uniform")
