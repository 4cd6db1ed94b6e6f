"""The same script in one process and in several.

    python examples/training/on_several_processes.py
    torchrun --nproc-per-node 2 examples/training/on_several_processes.py

Both print the same numbers: each process computes its share of every batch.
"""

from __future__ import annotations

import numpy as np

import kerasish
from kerasish import distribution
from kerasish.layers import LSTM, Dense, Embedding, Input


def sentences(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return padded words `(count, 12)`, and whether word 1 comes before word 2 in each."""
    noise = np.random.default_rng(0)
    words = noise.integers(3, 30, (count, 12))
    first, second = np.sort(noise.permuted(np.tile(np.arange(8), (count, 1)), axis=1)[:, :2]).T
    label = noise.integers(0, 2, count)
    rows = np.arange(count)
    words[rows, first], words[rows, second] = 2 - label, 1 + label
    words[np.arange(12) >= noise.integers(8, 13, count)[:, None]] = 0
    return words, label


def main() -> dict[str, list[float]]:
    """Train, and return what each epoch logged."""
    kerasish.utils.set_random_seed(1)
    words, label = sentences(1000)
    model = kerasish.Sequential(
        [Input((12,)), Embedding(30, 8, mask_zero=True), LSTM(16), Dense(1, activation="sigmoid")]
    )
    model.compile(kerasish.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(words, label, validation_split=0.2, epochs=5, verbose=0).history
    if distribution.rank() == 0:
        print(f"{distribution.world_size()} processes")
        for name, values in history.items():
            print(f"{name:14}", *(f"{value:.5f}" for value in values))
    return history


if __name__ == "__main__":
    main()
