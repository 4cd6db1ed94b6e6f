"""Batches of inputs from what `predict` is given: arrays, tensors, loaders, generators."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sized
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset

from kerasish import config
from kerasish.dtypes import torch_dtype
from kerasish.graph.structure import flatten, map_structure
from kerasish.strings import as_strings, is_list_of_text
from kerasish.trainers.py_dataset import PyDataset

DEFAULT_BATCH_SIZE = 32


class Batches:
    """Batches of inputs, and how many there are if that is known.

    Args:
        source: An iterable of batches.
        count: Number of batches, or None.
    """

    def __init__(self, source: Iterable[Any], count: int | None) -> None:
        self.source = source
        self.count = count

    def __iter__(self) -> Iterator[Any]:
        return iter(self.source)


def make_batches(x: Any, batch_size: int | None, steps: int | None, model_name: str) -> Batches:
    """Turn the argument of `predict` into batches of inputs.

    Args:
        x: NumPy arrays or torch tensors in any structure, or what NumPy can read as an array, such
            as a DataFrame; a `DataLoader`, a `Dataset`, or an iterable of batches. A batch that is
            a tuple holds inputs, targets and sample weights, of which the inputs are taken.
        batch_size: Size of a batch, 32 by default; only for arrays and datasets.
        steps: Number of batches to take, or None for all.
        model_name: Name of the model, for messages.

    Raises:
        ValueError: If the arrays have different lengths, or `x` is none of these.
    """
    if isinstance(x, (list, tuple)) and is_list_of_text(x):
        x = as_strings(x)
    if _is_arrays(x):
        return _slices(map_structure(_as_array, x), batch_size, steps, model_name)
    if isinstance(x, Dataset):
        x = DataLoader(x, batch_size=batch_size or DEFAULT_BATCH_SIZE)
    elif batch_size is not None:
        raise ValueError(
            f"Model '{model_name}' takes `batch_size` for arrays and datasets only; batches that "
            "come from elsewhere have their sizes. "
            f"Received: batch_size={batch_size} with x of type {type(x).__name__}"
        )
    if isinstance(x, PyDataset) and x.num_batches is not None:
        # By number: not all can be iterated, and iterators over images never end.
        number = x.num_batches if steps is None else min(steps, x.num_batches)
        return Batches((_inputs_of(x[index], (tuple,)) for index in range(number)), number)
    if isinstance(x, (str, bytes, dict, list, tuple)) or not isinstance(x, Iterable):
        raise ValueError(
            f"Model '{model_name}' takes arrays or tensors, a list, tuple or dict of them, a "
            "DataLoader, a Dataset, or a generator of batches; make an array of nested lists of "
            f"numbers with np.array. Received: x={x!r} of type {type(x).__name__}"
        )
    # A loader hands on (x, y) as a list; elsewhere a list holds the inputs of one batch.
    labelled: Any = (tuple, list) if isinstance(x, DataLoader) else (tuple,)
    count = _length(x)
    if steps is not None:
        count = steps if count is None else min(steps, count)
    batches = (_inputs_of(batch, labelled) for batch in itertools.islice(x, steps))
    return Batches(batches, count)


def _is_arrays(x: Any) -> bool:
    if isinstance(x, (list, tuple, dict)):
        leaves = flatten(x)
        return bool(leaves) and all(map(_is_array, leaves))
    return _is_array(x)


def _is_array(x: Any) -> bool:
    if isinstance(x, np.generic):
        return False
    return isinstance(x, torch.Tensor) or (hasattr(x, "__array__") and hasattr(x, "shape"))


def _as_array(x: Any) -> Any:
    """Read an array; floats become the default float type, as in Keras."""
    if isinstance(x, torch.Tensor):
        if x.is_floating_point() and x.dtype != torch_dtype(None):
            return x.to(torch_dtype(None))
        return x
    array = np.asarray(x)
    if array.ndim == 0:
        raise ValueError(
            "predict takes arrays whose first axis counts samples. "
            f"Received: an array without axes, {array!r}"
        )
    if array.dtype.kind == "f" and array.dtype.name != config.floatx():
        if config.floatx() == "bfloat16":  # not a type of NumPy's
            return torch.from_numpy(array).to(torch.bfloat16)
        return array.astype(config.floatx())
    return array


def _slices(x: Any, batch_size: int | None, steps: int | None, model_name: str) -> Batches:
    lengths: set[int] = {leaf.shape[0] for leaf in flatten(x)}
    if len(lengths) != 1:
        shapes = [tuple(leaf.shape) for leaf in flatten(x)]
        raise ValueError(
            f"Model '{model_name}' takes inputs with equal numbers of samples. "
            f"Received: inputs of shapes {shapes}"
        )
    length = lengths.pop()
    if batch_size is None:
        batch_size = math.ceil(length / steps) if steps else DEFAULT_BATCH_SIZE
    if batch_size <= 0 and length:
        raise ValueError(
            f"Model '{model_name}' takes a positive `batch_size`. Received: {batch_size}"
        )
    if length <= batch_size:
        return Batches([x], 1)
    starts = range(0, length, batch_size)[:steps]
    return Batches(
        (map_structure(_slicer(start, start + batch_size), x) for start in starts),
        len(starts),
    )


def _slicer(start: int, stop: int) -> Any:
    return lambda leaf: leaf[start:stop]


def _length(x: Any) -> int | None:
    if isinstance(x, DataLoader) and isinstance(x.dataset, IterableDataset):
        return None
    return len(x) if isinstance(x, Sized) else None


def _inputs_of(batch: Any, labelled: Any) -> Any:
    """The inputs of a batch `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`."""
    if isinstance(batch, labelled):
        if not 1 <= len(batch) <= 3:
            raise ValueError(
                "A batch that is a tuple holds inputs, targets and sample weights: (x,), (x, y) or "
                f"(x, y, sample_weight). Received: a tuple of {len(batch)} parts"
            )
        return batch[0]
    return batch
