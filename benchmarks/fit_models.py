"""The models and data whose epochs are measured, alike for kerasish and Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

CLASSES = 10


@dataclass(frozen=True)
class FitCase:
    """One measurement: an epoch of training a model.

    Attributes:
        name: Name of the model.
        shape: Shape of a sample.
        samples: Number of samples.
        batch: Number of samples in a batch.
    """

    name: str
    shape: tuple[int, ...]
    samples: int
    batch: int

    @property
    def steps(self) -> int:
        """Number of batches."""
        return -(-self.samples // self.batch)


def all_cases(quick: bool) -> list[FitCase]:
    """Return the cases; with fewer samples if it has to be quick."""
    factor = 1 if quick else 4
    return [
        FitCase("dense small", (32,), 1600 * factor, 32),
        FitCase("dense medium", (512,), 1024 * factor, 128),
        FitCase("lstm medium", (100, 64), 256 * factor, 32),
        FitCase("cnn medium", (28, 28, 1), 256 * factor, 32),
    ]


def make_model(n: Any, case: FitCase) -> Any:
    """Make a case's model, with the same weights in every library.

    Args:
        n: `keras` or `kerasish`.
        case: The case.
    """
    layers = n.layers
    inner = {
        "dense small": lambda: [layers.Dense(64, "relu"), layers.Dense(64, "relu")],
        "dense medium": lambda: [layers.Dense(1024, "relu"), layers.Dense(1024, "relu")],
        "lstm medium": lambda: [layers.LSTM(128)],
        "cnn medium": lambda: [
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
        ],
    }[case.name]()
    model = n.Sequential([layers.Input(case.shape), *inner, layers.Dense(CLASSES)])
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.05, w.shape).astype("float32") for w in model.weights])
    loss = n.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(n.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    return model


def make_data(case: FitCase) -> tuple[np.ndarray, np.ndarray]:
    """Return samples and their classes."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(case.samples, *case.shape)).astype("float32")
    return x, rng.integers(0, CLASSES, case.samples)
