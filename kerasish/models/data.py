"""Batches of inputs from what `predict` is given: arrays, tensors, loaders, generators."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch

from kerasish.graph.structure import flatten, map_structure

DEFAULT_BATCH_SIZE = 32


class Batches:
    """Batches, and how many there are if that is known.

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
        x: NumPy arrays or torch tensors (in any structure; anything that NumPy can read as an
            array, such as a DataFrame), a `DataLoader`, a `Dataset`, or an iterable of batches. A
            batch that is a tuple holds inputs, targets and sample weights, of which the inputs are
            taken.
        batch_size: Size of a batch, 32 by default; only for arrays and datasets.
        steps: Number of batches to take, or None for all.
        model_name: Name of the model, for messages.

    Raises:
        ValueError: If the arrays have different lengths, or `x` is none of these.
    """
    if isinstance(x, torch.utils.data.Dataset) and not isinstance(x, torch.utils.data.DataLoader):
        x = torch.utils.data.DataLoader(x, batch_size=batch_size or DEFAULT_BATCH_SIZE)
        batch_size = None
    if _is_arrays(x):
        batches = _slices(map_structure(_as_array, x), batch_size or DEFAULT_BATCH_SIZE, model_name)
    elif isinstance(x, Iterable) and not isinstance(x, (str, bytes)):
        if batch_size is not None:
            raise ValueError(
                f"Model '{model_name}' takes `batch_size` with arrays only; batches that come from "
                f"elsewhere have their size. Received: batch_size={batch_size} with "
                f"{type(x).__name__}"
            )
        count = len(x) if hasattr(x, "__len__") else None  # type: ignore[arg-type]
        batches = Batches((_inputs_of(batch) for batch in x), count)
    else:
        raise ValueError(
            f"Model '{model_name}' takes arrays, tensors, a DataLoader, a Dataset or batches. "
            f"Received: {x!r} of type {type(x).__name__}"
        )
    if steps is None:
        return batches
    count = steps if batches.count is None else min(steps, batches.count)
    return Batches(_first(batches, count), count)


def _is_arrays(x: Any) -> bool:
    if isinstance(x, (list, tuple, dict)):
        leaves = flatten(x)
        return bool(leaves) and all(_is_arrays(leaf) or _is_number(leaf) for leaf in leaves)
    return isinstance(x, torch.Tensor) or hasattr(x, "__array__")


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float))


def _as_array(x: Any) -> Any:
    if isinstance(x, torch.Tensor):
        return x
    array = np.asarray(x)
    if array.ndim == 0:
        raise ValueError(
            "predict takes arrays whose first axis counts samples; make an array of nested lists "
            f"of numbers with np.array. Received: {x!r}"
        )
    return array


def _slices(x: Any, batch_size: int, model_name: str) -> Batches:
    lengths = {len(leaf) for leaf in flatten(x)}
    if len(lengths) != 1:
        shapes = [tuple(leaf.shape) for leaf in flatten(x)]
        raise ValueError(
            f"Model '{model_name}' takes inputs with equal numbers of samples. "
            f"Received: inputs of shapes {shapes}"
        )
    length = lengths.pop()
    if length <= batch_size:
        return Batches([x], 1)
    starts = range(0, length, batch_size)
    return Batches(
        (map_structure(lambda leaf, s=start: leaf[s : s + batch_size], x) for start in starts),
        math.ceil(length / batch_size),
    )


def _inputs_of(batch: Any) -> Any:
    """The inputs of a batch `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`."""
    if isinstance(batch, (tuple, list)) and 1 <= len(batch) <= 3:
        return batch[0]
    return batch


def _first(batches: Iterable[Any], count: int) -> Iterator[Any]:
    iterator = iter(batches)
    for _ in range(count):
        try:
            yield next(iterator)
        except StopIteration:
            return
