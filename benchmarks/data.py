"""Inputs, targets, masks and weights of a case: the same for every peer, from fixed seeds."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from benchmarks.cases import VALID_SHARE, Case

TIMED_RATE = 0.01
"""The learning rate of the timed training steps."""


@dataclass(frozen=True)
class Data:
    """Arrays of one case, float32.

    Attributes:
        inputs: `(samples, time, features)`, or `(samples, time, side, side, features)`.
        targets: The same with the outputs' features.
        mask: `(batch, time)`, booleans, or None.
        lengths: Number of valid steps of each row, `(batch,)`, or None.
        weights: Kernel, recurrent kernel and bias in Keras's layout, for each recurrent
            layer: each direction, or each of a stack.
        checked_rate: The learning rate of the one training step whose results are compared; large,
            so that the step is well above the rounding of the weights.
    """

    inputs: np.ndarray
    targets: np.ndarray
    mask: np.ndarray | None
    lengths: np.ndarray | None
    weights: list[dict[str, np.ndarray]]
    checked_rate: float


def make_data(case: Case) -> Data:
    """Draw the arrays of a case."""
    size = case.size
    rng = np.random.default_rng(zlib.crc32(f"{case.layer}/{size.name}/{case.mask}".encode()))

    def normal(*shape: int, scale: float = 1.0) -> np.ndarray:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    units, work = size.units, case.work
    width = work.gates * units
    kernel = (3, 3) if work.image else ()
    bias_shape = (2, width) if work.biases == 2 else (width,)
    reach = 9 if work.image else 1  # how many places of an image a product adds up
    weights = [
        {
            "kernel": normal(*kernel, features, width, scale=(reach * features) ** -0.5),
            "recurrent_kernel": normal(*kernel, units, width, scale=0.5 * (reach * units) ** -0.5),
            "bias": normal(*bias_shape, scale=0.1),
        }
        for features in case.part_features
    ]
    mask = None if case.mask is None else _make_mask(rng, case)
    image = () if size.side is None else (size.side, size.side)
    return Data(
        inputs=normal(case.samples, size.time, *image, size.features),
        targets=normal(size.batch, size.time, *image, case.outputs),
        mask=mask,
        lengths=None if mask is None else mask.sum(1),
        weights=weights,
        checked_rate=float(case.outputs),
    )


def _make_mask(rng: np.random.Generator, case: Case) -> np.ndarray:
    batch, time = case.size.batch, case.size.time
    if case.mask == "holes":
        return rng.random((batch, time)) < VALID_SHARE
    # Lengths spread evenly around the mean, up to the full length.
    shortest = round((2 * VALID_SHARE - 1) * time)
    lengths = rng.permutation(np.linspace(shortest, time, batch).round().astype(int))
    valid = np.arange(time) < lengths[:, None]
    return valid if case.mask == "right" else valid[:, ::-1].copy()
