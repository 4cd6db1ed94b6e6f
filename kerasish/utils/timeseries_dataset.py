"""`timeseries_dataset_from_array`: batches of windows over a series."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish.pipelines import Pipeline
from kerasish.pipelines.elements import as_leaf
from kerasish.pipelines.indices import batches_of_indices

_LARGEST_SEED = 1e6


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> Pipeline:
    """Return windows over a series, and the target of each.

    Window `i` holds the steps `i * sequence_stride + sampling_rate * (0, 1, ...)`, and its target
    is `targets[i * sequence_stride]`.

    Args:
        data: The steps `(time, ...)`.
        targets: A target for each step, to be aligned by whoever calls; None for windows alone.
        sequence_length: Number of steps in a window.
        sequence_stride: Distance from one window to the next.
        sampling_rate: Distance of the steps in a window.
        batch_size: Number of windows in a batch; None for single windows.
        shuffle: Whether the order is random, that of Keras on TensorFlow for the same seed.
        seed: Seed of the order; from NumPy's global generator if None.
        start_index: Steps before it are not used.
        end_index: This step and those after it are not used.

    Returns:
        A pipeline of batches `(windows, targets)`: `(batch, sequence_length, ...)` and
        `(batch, ...)`, of the types of the arrays.

    Raises:
        ValueError: If an argument has a value it can't have.

    See https://keras.io/api/data_loading/timeseries/#timeseriesdatasetfromarray-function.
    """
    _check_range(len(data), start_index, end_index)
    for name, step in (("sampling_rate", sampling_rate), ("sequence_stride", sequence_stride)):
        if not 0 < step < len(data):
            raise ValueError(
                f"`{name}` is positive and less than the number of steps. "
                f"Received: {name}={step} with {len(data)} steps"
            )
    used = slice(start_index or 0, len(data) if end_index is None else end_index)
    steps = as_leaf(data[used])
    aligned = None if targets is None else as_leaf(targets[used])
    count = len(steps) - (sequence_length - 1) * sampling_rate
    if targets is not None:
        count = min(count, len(targets))
    starts = np.arange(0, count, sequence_stride)
    if aligned is not None and len(starts) and starts[-1] >= len(aligned):
        raise ValueError(
            "There is a target for the first step of each window, from `start_index` on. "
            f"Received: {len(targets)} targets, start_index={start_index}, a window that begins at "
            f"step {used.start + int(starts[-1])}"
        )
    if shuffle:
        seed = int(np.random.randint(int(_LARGEST_SEED))) if seed is None else seed  # noqa: NPY002
        np.random.RandomState(seed).shuffle(starts)
    window = torch.arange(0, sequence_length * sampling_rate, sampling_rate)
    first = torch.from_numpy(starts)

    def load(indices: list[int]) -> Any:
        at = first[indices]
        windows = steps[at[:, None] + window]
        return windows if aligned is None else (windows, aligned[at])

    return batches_of_indices(len(starts), load, batch_size, seed if shuffle else None)


def _check_range(length: int, start: int | None, end: int | None) -> None:
    if start and not 0 <= start < length:
        raise ValueError(
            f"`start_index` is at least 0 and below the number of steps, {length}. "
            f"Received: start_index={start}"
        )
    if end and not (start or 0) < end < length:
        raise ValueError(
            "`end_index` is above `start_index` and below the number of steps, "
            f"{length}. Received: start_index={start}, end_index={end}"
        )
