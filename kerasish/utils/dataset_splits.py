"""`split_dataset`: two parts of a data set."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, Subset

from kerasish.pipelines import Pipeline
from kerasish.pipelines.elements import stacked

_LARGEST_SEED = 1_000_000


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Any, Any]:
    """Split a data set into two.

    Args:
        dataset: An array, a list or tuple of arrays of one length, a pipeline, or a `Dataset` of
            torch.
        left_size: Samples of the first part: a number of them, or a part of all.
        right_size: Samples of the second part, likewise; what is left by default.
        shuffle: Whether the samples are shuffled before, by Python's `random` as in Keras on
            TensorFlow; those of a `Dataset` by torch, as in Keras on torch.
        seed: Seed of the order.

    Returns:
        Two pipelines of samples, in batches if the pipeline ended with `batch`; two `Subset`s for
        a `Dataset`.

    Raises:
        TypeError: If `dataset` is something else, or a size is no number.
        ValueError: If a size is not possible.

    See https://keras.io/api/utils/python_utils/#splitdataset-function.
    """
    if isinstance(dataset, Dataset):
        return _split_torch(dataset, left_size, right_size, shuffle, seed)
    if isinstance(dataset, Pipeline):
        batch_size = dataset._batch_size
        samples = list(dataset.unbatch() if batch_size else dataset)
    elif isinstance(dataset, (list, tuple, np.ndarray)):
        batch_size = None
        samples = list(Pipeline.from_tensor_slices(_rows(dataset)))
    else:
        raise TypeError(
            "split_dataset takes arrays, a pipeline or a Dataset of torch. "
            f"Received: {type(dataset).__name__}"
        )
    left, right = _sizes(left_size, right_size, len(samples))
    if shuffle:
        random.seed(random.randint(0, _LARGEST_SEED) if seed is None else seed)
        random.shuffle(samples)
    parts = [
        Pipeline.from_tensor_slices(stacked(part)) for part in (samples[:left], samples[-right:])
    ]
    if batch_size:
        parts = [part.batch(batch_size) for part in parts]
    return parts[0], parts[1]


def _rows(dataset: Any) -> Any:
    if isinstance(dataset, np.ndarray):
        return dataset
    if not dataset or not all(isinstance(part, np.ndarray) for part in dataset):
        kinds = [type(part).__name__ for part in dataset]
        raise ValueError(f"split_dataset takes NumPy arrays. Received: a list of {kinds}")
    return tuple(dataset)


def _split_torch(
    dataset: Dataset, left_size: Any, right_size: Any, shuffle: bool, seed: int | None
) -> tuple[Subset, Subset]:
    count = len(dataset)  # type: ignore[arg-type]
    left, right = _sizes(left_size, right_size, count)
    order = list(range(count))
    if shuffle:
        generator = torch.Generator()
        if seed is None:
            generator.seed()
        else:
            generator.manual_seed(seed)
        order = torch.randperm(left + right, generator=generator).tolist()
    return Subset(dataset, order[:left]), Subset(dataset, order[-right:])


def _sizes(left_size: Any, right_size: Any, count: int) -> tuple[int, int]:
    """Return how many samples the parts have."""
    if left_size is None and right_size is None:
        raise ValueError("split_dataset needs `left_size` or `right_size`. Received: None for both")
    sizes = []
    for name, size in (("left_size", left_size), ("right_size", right_size)):
        if size is not None and type(size) not in (int, float):
            raise TypeError(f"`{name}` is a number. Received: {name}={size!r}")
        if size is not None and not 0 < size < (1 if isinstance(size, float) else count):
            raise ValueError(
                f"`{name}` is a number of samples from 1 to {count - 1}, or a part between 0 and "
                f"1. Received: {name}={size}"
            )
        sizes.append(round(size * count) if isinstance(size, float) else size)
    left = count - sizes[1] if sizes[0] is None else sizes[0]
    right = count - left if sizes[1] is None else sizes[1]
    if left + right > count or not left or not right:
        raise ValueError(
            f"Both parts have samples, and not more than the {count} that there are. "
            f"Received: left_size={left_size}, right_size={right_size}"
        )
    return left, right
